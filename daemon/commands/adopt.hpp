// `referrald adopt`: learn the referrals that already exist.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_adopt(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
