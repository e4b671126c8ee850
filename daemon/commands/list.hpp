// list: rows of the ledger, one a line.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_list(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
