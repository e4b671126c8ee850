// How far long work is: one line rewritten in place on a terminal, else a line of the log now and
// then.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "daemon/console.hpp"
#include "daemon/log.hpp"

namespace referrald {

// Where the work stands. A new phase starts the rate anew.
struct ProgressState {
  std::string phase;  // "reading leads.csv", "sending"
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total{};  // absent: not known, no time left is told
  std::uint64_t failed = 0;              // told when it is not 0
};

// Cheap to call as often as one likes: at most ten updates a second reach the terminal. Without a
// terminal the log gets `progress` at level info, after 10 s and then ever less often (up to 5
// min). One thread.
class Progress {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  enum class Shown { no, yes };

  // `console` and `log` must outlive it. Shown::no (--no-progress) makes every call do nothing.
  Progress(Console& console, Log& log, std::function<SteadyTime()> now, Shown shown);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const ProgressState& state);
  // Takes the line away. A later update() shows it again.
  void done();

 private:
  struct Sample {
    SteadyTime at{};
    std::uint64_t done = 0;
  };

  void remember(SteadyTime now, std::uint64_t done);
  double rate(SteadyTime now) const;  // per second
  void tell_log(const ProgressState& state, SteadyTime now);

  Console& console_;
  Log& log_;
  const std::function<SteadyTime()> now_;
  const Shown shown_;
  std::string phase_;
  std::deque<Sample> samples_;  // of this phase, the last half minute
  std::optional<SteadyTime> last_told_;
  std::chrono::seconds interval_;  // of the log
};

// "sending 120 of 5,000 (2 %), 58/min, 1h 24m left, 3 failed"; `rate` per second, 0: not known.
std::string progress_line(const ProgressState& state, double rate);

// "45s", "12m", "1h 24m", "3d 4h".
std::string rough_duration(std::chrono::seconds duration);

}  // namespace referrald
