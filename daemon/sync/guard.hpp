// Whether a run would do more than the operator expects: for `sync`, which stops there, and for
// `plan`, which says so beforehand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/sync/survey.hpp"

namespace referrald::sync {

// A limit of the guard that the run is over.
struct OverGuard {
  std::string what;     // "6 referrals would be created, guard.max_creates is 5"
  std::string way_out;  // what helps beyond confirming this run, a sentence; empty: nothing needed
};

// `survey` has read the run's exports, up to `limit`. `ledger` may be nullptr: there is none yet.
std::vector<OverGuard> over_guard(const config::Guard& guard, const Survey& survey,
                                  persistence::Ledger* ledger, std::optional<std::uint64_t> limit);

}  // namespace referrald::sync
