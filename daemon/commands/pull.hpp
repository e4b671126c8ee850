// `referrald pull`: fetch what changed at Partner Center.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_pull(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
