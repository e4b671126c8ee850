// `sync`: bring Partner Center up to date with exports, then exit.
#pragma once

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

void add_sync(CLI::App& app, Globals& globals, Chosen& chosen);

}  // namespace referrald::commands
