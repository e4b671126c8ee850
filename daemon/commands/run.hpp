// `run`: the daemon.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_run(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
