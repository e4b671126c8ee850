// status: the ledger's counts, the last runs, the oldest waiting row, the sign-in.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_status(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
