// `referrald resolve`: settle a conflict.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_resolve(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
