// status: the ledger's counts, the last runs, the oldest waiting row, the sign-in.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_status(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
