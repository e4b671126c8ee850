// How fast the service may be called: a token bucket, the daily budget, and pauses of the whole
// client.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// Whether a call may be made.
enum class Permit {
  granted,
  stopped,    // stop() was called: the run is draining
  exhausted,  // the daily budget is used up
};

// Calls permitted on a day (UTC, "2026-11-22").
struct DayCalls {
  std::string day;
  std::uint64_t calls = 0;
};

// Counts every call to the API, reads too, tokens not (contract, section 7). The bucket starts
// full. One thread.
class RateLimiter {
 public:
  // `used_today` is what the ledger knows of the day (UTC) that `clock` shows.
  RateLimiter(config::Rate rate, int burst, std::optional<std::uint64_t> daily_budget,
              std::uint64_t used_today, Clock& clock);

  // Waits for the bucket and for pauses to end; first come, first served.
  boost::asio::awaitable<Permit> acquire();

  // For who holds a permit and has not used it yet: waits for a pause to end. granted or stopped.
  boost::asio::awaitable<Permit> pass();
  bool paused() const { return paused_until_ > clock_.steady(); }

  // Takes up to `most` permits that are to be had without waiting; how many.
  std::size_t try_acquire(std::size_t most);

  // Gives a permit back that was not used.
  void give_back(std::size_t permits);
  // The same for permits that take_unrecorded() handed out and the ledger was not told of after
  // all.
  void give_back_untold(std::size_t permits);

  // No call starts before `time`; the bucket is empty then, so that what waited does not come at
  // once.
  void pause_until(SteadyTime time);

  // Waiting and later acquire() calls answer `stopped`.
  void stop();

  // The day of the budget ("2026-11-22") and the calls permitted on it so far.
  std::string day() const;
  std::uint64_t used_today() const { return used_; }
  // Permits granted since the last call of this function, for the ledger, less those given back,
  // whenever they were granted; by the day on which they were, the newest first.
  std::vector<DayCalls> take_unrecorded();

 private:
  boost::asio::awaitable<void> wait_until(SteadyTime time);
  bool spend();
  SteadyTime reserve();
  void return_permits(std::size_t permits);
  void new_day();

  std::optional<SteadyTime::duration> interval_;  // between two calls; nullopt: unlimited
  SteadyTime::duration tolerance_{};              // how far the bucket lets calls run ahead
  std::optional<std::uint64_t> budget_;
  std::uint64_t used_;
  std::int64_t unrecorded_ = 0;    // today's; below 0: recorded, and given back since
  std::vector<DayCalls> earlier_;  // of days before, not recorded yet
  std::int64_t day_number_;
  Clock& clock_;
  SteadyTime next_;  // theoretical time of the next call (GCRA)
  SteadyTime paused_until_;
  bool stopped_ = false;
  std::list<Timer*> waiting_;
};

// Exponential backoff with full jitter: a random share of initial * 2^(n-1), at most `max`, for the
// n-th failure in a row (n from 1).
std::chrono::milliseconds backoff(const config::Retry& retry, int n, Random& random);

// A Date header: IMF-fixdate, the one form that servers send (RFC 9110, section 5.6.7).
std::optional<WallTime> parse_http_date(const std::string& text);

// Retry-After in both forms, seconds or HTTP date (against the answer's own Date where there is
// one, so that our clock need not be right). nullopt: absent or unreadable. At most an hour.
std::optional<std::chrono::milliseconds> retry_after(const std::string& retry_after,
                                                     const std::string& date, WallTime now);

}  // namespace referrald::submission
