// check: would the next sync start? Configuration, mappings with their tests, the exports' headers.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_check(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
