// list: rows of the ledger, one a line.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_list(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
