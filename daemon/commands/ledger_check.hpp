// Whether the next sync could use what it writes to, found out without making or changing it.
#pragma once

#include <string>

#include "config/config.hpp"

namespace referrald::commands {

// One sentence with the exit code that a sync would end with; empty: nothing stands against it.
std::string ledger_trouble(const config::Config& config);
// The same of the refresh token, which is replaced beside the old one.
std::string refresh_token_trouble(const config::Config& config);

}  // namespace referrald::commands
