// Time that moves only when a test says so: a week of waits passes in a moment.
//
//   boost::asio::io_context io;
//   VirtualClock clock;
//   const auto token = await(io, clock, source->get());   // however long its retries take
//
// Waits end in the order of their times, equal ones in the order in which they began.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "daemon/submission/clock.hpp"
#include "tests/support/spawning.hpp"

namespace referrald::test {

// To be declared after the io_context, so that it ends before it.
class VirtualClock final : public submission::Clock {
 public:
  // 2026-11-22T10:00:00Z.
  static constexpr submission::WallTime default_start{std::chrono::milliseconds{1'795'341'600'000}};

  explicit VirtualClock(submission::WallTime start = default_start);
  ~VirtualClock() override;

  submission::WallTime wall() const override;
  submission::SteadyTime steady() const override;
  std::unique_ptr<submission::Timer> timer() override;  // may outlive the clock

  // Moves time on and ends the waits that are due; what waited goes on when the io_context runs.
  void advance(std::chrono::nanoseconds by);
  void advance_to(submission::SteadyTime time);
  // The wall clock alone is set, as by an administrator.
  void set_wall(submission::WallTime wall);
  // When the next wait ends; nullopt when nobody waits.
  std::optional<submission::SteadyTime> next_expiry() const;
  // Since construction.
  std::chrono::milliseconds elapsed() const;

  // Tells whether another thread still works on something that it will post to the io_context; time
  // stands still meanwhile. It must stay true until after the posting.
  void set_busy(std::function<bool()> busy) { busy_ = std::move(busy); }
  bool busy() const { return busy_ && busy_(); }

  struct State;

 private:
  std::shared_ptr<State> state_;
  std::function<bool()> busy_;
};

// Runs all that can run without time moving.
void run_ready(boost::asio::io_context& io, const VirtualClock& clock);

// Runs, moving time to the next expiry whenever nothing else can run, until nobody waits any more.
// Throws std::runtime_error when that would pass `limit` of virtual time: something waits for ever.
void run_until_idle(boost::asio::io_context& io, VirtualClock& clock,
                    std::chrono::hours limit = std::chrono::hours{24 * 30});

// The same until `done`; false when nobody waits any more and it still is not.
bool run_until(boost::asio::io_context& io, VirtualClock& clock, const std::function<bool()>& done,
               std::chrono::hours limit = std::chrono::hours{24 * 30});

// Runs one coroutine to its end and returns its result or throws its exception. Throws
// std::runtime_error when it can never end.
template <typename T>
T await(boost::asio::io_context& io, VirtualClock& clock, boost::asio::awaitable<T> job);
void await(boost::asio::io_context& io, VirtualClock& clock, boost::asio::awaitable<void> job);

template <typename T>
T await(boost::asio::io_context& io, VirtualClock& clock, boost::asio::awaitable<T> job) {
  // Shared: if the coroutine is stuck, it outlives this call.
  const auto result = std::make_shared<std::optional<T>>();
  await(io, clock, keeping(std::move(job), result));
  return std::move(**result);
}

}  // namespace referrald::test
