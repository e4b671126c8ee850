// rejects: rows that need a person, as CSV that sync can read again.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_rejects(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
