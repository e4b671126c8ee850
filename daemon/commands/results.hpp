// results: what the CRM wants back, as CSV.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_results(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
