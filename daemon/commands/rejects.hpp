// rejects: rows that need a person, as CSV that sync can read again.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_rejects(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
