// show: all that is known of one row.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_show(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
