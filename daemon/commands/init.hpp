#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

// `referrald init EXPORT`
void add_init(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
