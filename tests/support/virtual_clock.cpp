#include "tests/support/virtual_clock.hpp"

#include <map>
#include <stdexcept>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/spawn.hpp"

namespace referrald::test {

namespace asio = boost::asio;
using submission::SteadyTime;
using submission::Timer;
using submission::WallTime;

struct VirtualClock::State {
  struct Wait {
    bool* waiting;  // the timer's
    std::function<void(bool)> resume;
  };
  using Waits = std::multimap<SteadyTime, Wait>;  // equal keys keep the order of insertion

  SteadyTime now{std::chrono::hours{1}};
  SteadyTime start = now;
  WallTime wall_at_start;
  Waits waits;

  void end(Waits::iterator wait, bool by_time) {
    const auto node = waits.extract(wait);
    *node.mapped().waiting = false;
    node.mapped().resume(by_time);
  }
};

namespace {

using State = VirtualClock::State;

class VirtualTimer final : public Timer {
 public:
  explicit VirtualTimer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~VirtualTimer() override { wake(); }

  asio::awaitable<bool> wait_until(SteadyTime time) override {
    const auto initiation = [this, time](auto handler) {
      // Shared, because std::function wants to be copied.
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      const auto executor = asio::get_associated_executor(*shared);
      auto resume = [shared, executor](bool by_time) {
        asio::post(executor, [shared, by_time] { (*shared)(by_time); });
      };
      wait_ = state_->waits.emplace(time, State::Wait{&waiting_, std::move(resume)});
      waiting_ = true;
      if (time <= state_->now) state_->end(wait_, true);
    };
    if (waiting_) throw std::logic_error("two coroutines wait on one timer");
    const bool by_time = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
        initiation, asio::use_awaitable);
    co_return by_time;
  }

  void wake() override {
    if (waiting_) state_->end(wait_, false);
  }

 private:
  std::shared_ptr<State> state_;
  State::Waits::iterator wait_;
  bool waiting_ = false;
};

}  // namespace

VirtualClock::VirtualClock(WallTime start) : state_(std::make_shared<State>()) {
  state_->wall_at_start = start;
}

VirtualClock::~VirtualClock() {
  // Those who still wait are never resumed. Dropping a coroutine may destroy timers, hence one at a
  // time and out of the map first.
  while (!state_->waits.empty()) {
    const auto node = state_->waits.extract(state_->waits.begin());
    *node.mapped().waiting = false;
  }
}

WallTime VirtualClock::wall() const {
  return state_->wall_at_start + elapsed();
}

SteadyTime VirtualClock::steady() const {
  return state_->now;
}

std::unique_ptr<Timer> VirtualClock::timer() {
  return std::make_unique<VirtualTimer>(state_);
}

void VirtualClock::advance(std::chrono::nanoseconds by) {
  advance_to(state_->now + by);
}

void VirtualClock::advance_to(SteadyTime time) {
  if (time > state_->now) state_->now = time;
  while (!state_->waits.empty() && state_->waits.begin()->first <= state_->now) {
    state_->end(state_->waits.begin(), true);
  }
}

void VirtualClock::set_wall(WallTime wall) {
  state_->wall_at_start = wall - elapsed();
}

std::optional<SteadyTime> VirtualClock::next_expiry() const {
  if (state_->waits.empty()) return std::nullopt;
  return state_->waits.begin()->first;
}

std::chrono::milliseconds VirtualClock::elapsed() const {
  return std::chrono::floor<std::chrono::milliseconds>(state_->now - state_->start);
}

void run_ready(asio::io_context& io, const VirtualClock& clock) {
  for (;;) {
    io.restart();
    const std::size_t ran = io.poll();
    if (ran > 0) continue;
    if (!clock.busy()) {
      // Between the poll and the question the other thread may have posted and become idle.
      io.restart();
      const std::size_t late = io.poll();
      if (late == 0) return;
    } else {
      // Its work may not count as the io_context's own; and what it posted may have run already.
      const auto work = asio::make_work_guard(io);
      io.restart();
      io.run_one_for(std::chrono::milliseconds{1});
    }
  }
}

bool run_until(asio::io_context& io, VirtualClock& clock, const std::function<bool()>& done,
               std::chrono::hours limit) {
  const SteadyTime last = clock.steady() + limit;
  for (;;) {
    run_ready(io, clock);
    if (done()) return true;
    const auto next = clock.next_expiry();
    if (!next) return false;
    if (*next > last) throw std::runtime_error("virtual time would pass the limit");
    clock.advance_to(*next);
  }
}

void run_until_idle(asio::io_context& io, VirtualClock& clock, std::chrono::hours limit) {
  run_until(
      io, clock, [] { return false; }, limit);
}

void await(asio::io_context& io, VirtualClock& clock, asio::awaitable<void> job) {
  struct Outcome {
    bool done = false;
    std::exception_ptr error;
  };
  auto outcome = std::make_shared<Outcome>();
  spawn(io.get_executor(), std::move(job), [outcome](std::exception_ptr error) {
    outcome->error = error;
    outcome->done = true;
  });
  if (!run_until(io, clock, [&] { return outcome->done; }))
    throw std::runtime_error("the coroutine waits for something that never comes");
  if (outcome->error) std::rethrow_exception(outcome->error);
}

}  // namespace referrald::test
