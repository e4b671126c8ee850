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
#include "daemon/submission/pace.hpp"
#include "daemon/submission/token_bucket.hpp"

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

// What a limiter leaves to the one after it, so that the rate is kept over all of a process.
struct RateHistory {
  TokenBucket permits, departures;
  Pace pace;
  SteadyTime paused_until;
  std::int64_t calls = 0;         // of `day`, which the ledger was not told of
  std::int64_t day = 0;           // since 1970
  std::vector<DayCalls> earlier;  // the same of days before it
};

// How many permits may be out beyond what the rate allows to leave: those of a second, at most
// 500, and none at rates up to 20 a second. So long may a disk that others write to stand still.
std::size_t permits_ahead(config::Rate rate);

// The rate at which calls leave so that in no second more than burst + rate arrive: at more than
// 250 a second a little lower.
config::Rate kept_rate(config::Rate rate);

// Counts every call to the API, reads too, tokens not (contract, section 7). The bucket starts
// full. One thread.
//
// A permit is taken well ahead of its call, which may then wait for a pause to end, for a token,
// for a connection. So the rate is kept twice: by the permits, and by what leaves. The second is
// exact: no window of any length holds more than burst + rate * length departures, whatever is
// paused, given back or slowed. So at a high rate permits may come a little ahead, as long as the
// ledger takes to write down what will leave: see permits_ahead().
class RateLimiter {
 public:
  // `used_today` is what the ledger knows of the day (UTC) that `clock` shows.
  RateLimiter(config::Rate rate, int burst, std::optional<std::uint64_t> daily_budget,
              std::uint64_t used_today, Clock& clock);

  // Of a limiter of the same rate that nobody uses any more; before the first permit.
  void go_on_from(const RateHistory& history);
  RateHistory history() const {
    return {permits_, departures_, pace_, paused_until_, unrecorded_, day_number_, earlier_};
  }

  // Waits for the bucket and for pauses to end; first come, first served.
  boost::asio::awaitable<Permit> acquire();

  // For who holds a permit and has not used it yet: waits for a pause to end. granted or stopped.
  boost::asio::awaitable<Permit> pass();
  bool paused() const { return paused_until_ > clock_.steady(); }

  // For who holds a permit and is about to send: whether that may leave now. True takes its place
  // in the rate; it must be sent at once then.
  bool try_depart();
  // Whether try_depart() would say true now.
  bool may_depart() const;
  // Waits until try_depart() may say true, for which there is no promise: one after the other, in
  // the order in which they came; whose place is taken first has to come again. granted or stopped.
  boost::asio::awaitable<Permit> wait_to_depart();

  // What an answer to a call that left at `left` says of the rate: the service throttles, or not.
  void slow_down(SteadyTime left);
  void speed_up(SteadyTime left);
  // Calls per second while the rate is below the configured one; nullopt: it is not.
  config::Rate slowed_to() const { return pace_.rate(); }

  // Takes up to `most` permits that are to be had without waiting; how many.
  std::size_t try_acquire(std::size_t most);

  // Counts calls for which nobody has to ask: without a rate and a daily budget.
  void count(std::size_t calls);

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
  void return_permits(std::size_t permits);
  void new_day();
  void set_pace();
  void wake_all();

  std::optional<std::uint64_t> budget_;
  std::uint64_t used_;
  std::int64_t unrecorded_ = 0;    // today's; below 0: recorded, and given back since
  std::vector<DayCalls> earlier_;  // of days before, not recorded yet
  std::int64_t day_number_;
  Clock& clock_;
  TokenBucket permits_;
  TokenBucket departures_;
  Pace pace_;
  SteadyTime paused_until_;
  std::list<Timer*> departing_;  // of those who wait to depart, in their order
  SteadyTime next_turn_ =
      SteadyTime::min();  // of the first of them, if it is later than the rate's
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
