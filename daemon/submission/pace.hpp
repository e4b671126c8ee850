// How much slower than allowed the service is called after it has said "too much".
#pragma once

#include <cstdint>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// Halves the rate when the service throttles, and lets it rise again in even steps while answers
// are proper ones: by the configured rate within `full_rise` of calls that follow one another at
// the rate it is at. Never above the configured rate, never below a sixteenth of it. Where the rate
// is unlimited, the one that was measured when the service throttled first takes its place until it
// is reached again. Pure: time is told.
class Pace {
 public:
  static constexpr std::chrono::minutes full_rise{5};
  // The effect of a slowing shows only after a while; until then it is not repeated.
  static constexpr std::chrono::seconds settling{10};
  // Measured over the first calls of a run a rate says little: it is not taken for lower than this.
  static constexpr double least_measured = 100;

  explicit Pace(config::Rate configured) : configured_(configured) {}

  // Is as slow as the one before it, unless another rate is configured by now.
  void go_on_from(const Pace& before) {
    if (before.configured_ == configured_) *this = before;
  }

  // Calls per second; nullopt: as configured.
  config::Rate rate() const { return slowed_; }

  // A call leaves.
  void called(SteadyTime now);
  // The service answered "too much" to a call that left at `left`. Calls that were under way at the
  // last slowing tell nothing new.
  void throttled(SteadyTime left, SteadyTime now);
  // It answered properly.
  void succeeded(SteadyTime left);

 private:
  double measured() const;

  config::Rate configured_;
  config::Rate slowed_;
  double full_ = 0;  // what slowed_ rises to
  SteadyTime slowed_at_ = SteadyTime::min();
  SteadyTime second_;            // the current one began
  std::uint64_t in_second_ = 0;  // calls
  std::uint64_t in_last_second_ = 0;
};

}  // namespace referrald::submission
