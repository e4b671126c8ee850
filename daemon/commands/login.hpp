#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

// `referrald login`
void add_login(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
