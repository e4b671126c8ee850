// `referrald retry`: send rows once more.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_retry(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
