// A rate limiter in virtual time, and calls that ask it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <gtest/gtest.h>

#include "daemon/spawn.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "tests/support/spawning.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {

constexpr config::Rate unlimited{};

class ARateLimiter : public testing::Test {
 protected:
  // A permit as somebody got it, and when.
  struct Call {
    std::string name;
    submission::Permit permit;
    std::chrono::milliseconds at;
    bool operator==(const Call&) const = default;
    friend void PrintTo(const Call& call, std::ostream* out) {
      *out << call.name << " " << static_cast<int>(call.permit) << " at " << call.at.count()
           << "ms";
    }
  };

  void given(config::Rate rate, int burst, std::optional<std::uint64_t> budget = std::nullopt,
             std::uint64_t used = 0) {
    limiter_ = std::make_unique<submission::RateLimiter>(rate, burst, budget, used, clock_);
  }

  // Asks for a permit, and for others meanwhile.
  void ask(std::string name = {}) { begin(acquire(std::move(name))); }
  void ask_times(int times) {
    for (int i = 0; i < times; ++i) ask();
  }
  void ask_to_depart(std::string name,
                     std::vector<std::pair<std::string, std::chrono::milliseconds>>& left) {
    begin(depart(std::move(name), left));
  }
  // Without doing so then.
  void ask_for_a_turn() { begin(wait_to_depart()); }
  void depart_again_and_again(std::vector<std::chrono::milliseconds>& departures) {
    begin(depart_for_ever(departures));
  }
  void ask_to_pass(std::string name) { begin(pass(std::move(name))); }
  void run() { run_until_idle(io_, clock_); }
  void run_for(std::chrono::milliseconds time) {
    const auto end = clock_.steady() + time;
    run_ready(io_, clock_);
    while (clock_.next_expiry() && *clock_.next_expiry() <= end) {
      clock_.advance_to(*clock_.next_expiry());
      run_ready(io_, clock_);
    }
    clock_.advance_to(end);
    run_ready(io_, clock_);
  }

  // Of all days.
  std::uint64_t unrecorded() {
    std::uint64_t calls = 0;
    for (const auto& of_day : limiter_->take_unrecorded()) calls += of_day.calls;
    return calls;
  }
  std::vector<std::pair<std::string, std::uint64_t>> unrecorded_by_day() {
    std::vector<std::pair<std::string, std::uint64_t>> days;
    for (const auto& [day, calls] : limiter_->take_unrecorded()) days.emplace_back(day, calls);
    return days;
  }

  submission::Permit acquire_now() { return await(io_, clock_, limiter_->acquire()); }
  void pause_for(std::chrono::milliseconds time) { limiter_->pause_until(clock_.steady() + time); }

  std::vector<std::chrono::milliseconds> times() const {
    std::vector<std::chrono::milliseconds> times;
    for (const auto& call : calls_) times.push_back(call.at);
    return times;
  }

  boost::asio::io_context io_;
  VirtualClock clock_;
  std::unique_ptr<submission::RateLimiter> limiter_;
  std::vector<Call> calls_;

 private:
  boost::asio::awaitable<void> depart(
      std::string name, std::vector<std::pair<std::string, std::chrono::milliseconds>>& left) {
    while (!limiter_->try_depart()) {
      const submission::Permit permit = co_await limiter_->wait_to_depart();
      if (permit == submission::Permit::stopped) co_return;
    }
    left.emplace_back(std::move(name), clock_.elapsed());
  }
  boost::asio::awaitable<void> wait_to_depart() { (void)co_await limiter_->wait_to_depart(); }
  boost::asio::awaitable<void> depart_for_ever(std::vector<std::chrono::milliseconds>& departures) {
    while (true) {
      if (limiter_->try_depart()) {
        departures.push_back(clock_.elapsed());
        continue;
      }
      const submission::Permit permit = co_await limiter_->wait_to_depart();
      if (permit == submission::Permit::stopped) co_return;
    }
  }
  void begin(boost::asio::awaitable<void> job) {
    spawn(io_.get_executor(), std::move(job), rethrow);
    run_ready(io_, clock_);
  }
  boost::asio::awaitable<void> acquire(std::string name) {
    const submission::Permit permit = co_await limiter_->acquire();
    calls_.push_back(Call{name, permit, clock_.elapsed()});
  }
  boost::asio::awaitable<void> pass(std::string name) {
    const submission::Permit permit = co_await limiter_->pass();
    calls_.push_back(Call{name, permit, clock_.elapsed()});
  }
};

}  // namespace referrald::test
