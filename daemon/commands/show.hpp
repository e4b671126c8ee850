// show: all that is known of one row.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_show(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
