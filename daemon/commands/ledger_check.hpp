// Whether the next sync could use the ledger, found out without making or changing it.
#pragma once

#include <string>

#include "config/config.hpp"

namespace referrald::commands {

// One sentence with the exit code that a sync would end with; empty: nothing stands against it.
std::string ledger_trouble(const config::Config& config);

}  // namespace referrald::commands
