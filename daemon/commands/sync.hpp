// `sync`: bring Partner Center up to date with exports, then exit.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_sync(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
