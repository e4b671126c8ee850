// `plan`: what a sync would do; sends nothing and writes nothing.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_plan(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
