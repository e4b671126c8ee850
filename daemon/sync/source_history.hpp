// How the runs of each source ended, which the ledger's list of runs does not say: a run may be of
// several sources, and old runs are forgotten. Kept as notes of the ledger.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/exit.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

struct SourceRun {
  persistence::Timestamp finished{};
  Exit exit = Exit::ok;
};

struct SourceHistory {
  std::optional<SourceRun> last;
  std::optional<persistence::Timestamp> last_success;
};

// Whether a run that ended so did for its sources what it can: rows that need a person do not get
// better by running again.
constexpr bool is_success(Exit exit) {
  return exit == Exit::ok || exit == Exit::needs_person;
}

// In the transaction that finishes the run.
void remember_run(persistence::Ledger& ledger, std::string_view source, const SourceRun& run);
SourceHistory history_of(persistence::Ledger& ledger, std::string_view source);

}  // namespace referrald::sync
