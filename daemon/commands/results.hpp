// results: what the CRM wants back, as CSV.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_results(CommandLine& line, Globals& globals);

}  // namespace referrald::commands
