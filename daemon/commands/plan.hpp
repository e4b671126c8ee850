// `plan`: what a sync would do; sends nothing and writes nothing.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_plan(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
