// What the daemon is doing, for whoever looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/inbox/troubles.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::inbox {

struct Activity {
  enum class Phase { starting, idle, reading, sending, trouble, budget, stopping };
  struct SourceActivity {
    std::string name, schedule;
    std::optional<submission::WallTime> next_look;  // scheduled sources
    std::string trouble;                            // why its folder cannot be looked into
  };

  Phase phase = Phase::starting;
  std::optional<submission::WallTime> since;  // the phase
  std::string reason;                         // trouble: what, for the operator
  persistence::RunId last_run = 0;
  std::string source;  // whose exports the run under way reads; empty: it sends what waits
  std::string export_name;
  sync::SyncProgress progress;  // of the run under way
  std::optional<submission::WallTime> run_began;
  std::optional<submission::WallTime> next_try;  // trouble, budget: when it goes on
  std::uint64_t waiting = 0;                     // after the last run
  std::vector<SourceActivity> sources;
  std::vector<Trouble> troubles;  // that last
};

// "sending leads: 1,200 of 10,000", for a person.
std::string in_words(const Activity& activity);

}  // namespace referrald::inbox
