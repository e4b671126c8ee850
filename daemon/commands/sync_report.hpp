// How the outcome of a sync is printed.
#pragma once

#include <string>

#include "daemon/sync/sync_run.hpp"

namespace referrald::commands {

std::string sync_text(const sync::SyncOutcome& outcome, bool named);
// The members are the contract's (section 1); new ones may be added, none goes.
std::string sync_json(const sync::SyncOutcome& outcome);

}  // namespace referrald::commands
