// check: would the next sync start? Configuration, mappings with their tests, the exports' headers.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_check(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
