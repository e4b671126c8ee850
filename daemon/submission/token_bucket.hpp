// A token bucket, as the generic cell rate algorithm keeps it: one time, and no tokens to count.
#pragma once

#include <cstddef>
#include <optional>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// No window of any length holds more than burst + rate * length of the calls that were taken and
// made at their time or later in their order; giving back aside. Starts full. Pure: time is told.
class TokenBucket {
 public:
  TokenBucket(config::Rate rate, int burst, SteadyTime now);

  // Holds no more than the one before it does, which may have had another rate and burst.
  void go_on_from(const TokenBucket& before);

  // When the next call may be made; not after `now`: at once.
  SteadyTime next(SteadyTime now) const;
  // Takes a call; when it may be made, which is next(now).
  SteadyTime take(SteadyTime now);
  // Calls taken that are not made. Those taken meanwhile keep their times, so what is given back
  // may let one more than `burst` through.
  void give_back(std::size_t calls);
  // Nothing is in it before `time`.
  void empty_until(SteadyTime time);
  // Fills at this rate from now on, if that is lower than its own; nullopt: at its own again.
  void slow_to(config::Rate rate, SteadyTime now);
  // Between two calls, at the rate it fills at; 0: unlimited.
  SteadyTime::duration interval() const;

 private:
  SteadyTime::duration tolerance() const;

  std::optional<SteadyTime::duration> own_;     // between two calls; nullopt: unlimited
  std::optional<SteadyTime::duration> slowed_;  // the same while it is slowed
  int burst_;
  SteadyTime next_;  // theoretical time of the next call
  SteadyTime empty_until_ = SteadyTime::min();
};

}  // namespace referrald::submission
