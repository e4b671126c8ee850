// A client between a scripted transport, tokens that a test hands out, and virtual time.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/submission/client.hpp"
#include "tests/support/scripted_transport.hpp"
#include "tests/support/spawning.hpp"
#include "tests/support/virtual_clock.hpp"
#include "tests/unit/submission/scripted_random.hpp"

namespace referrald::test {

// Hands out token-1 until it is rejected, then token-2, and so on; or what was queued.
class HandedTokens final : public submission::TokenSource {
 public:
  explicit HandedTokens(submission::Clock& clock) : clock_(clock) {}

  void then(submission::TokenResult result) { queue_.push_back(std::move(result)); }
  // Each further get() takes so long.
  void take(std::chrono::milliseconds time) { takes_ = time; }

  boost::asio::awaitable<submission::TokenResult> get() override {
    ++asked_;
    if (takes_.count() > 0) {
      const auto timer = clock_.timer();
      co_await timer->wait_until(clock_.steady() + takes_);
    }
    submission::TokenResult result;
    result.access_token = "token-" + std::to_string(rejected_.size() + 1);
    if (!queue_.empty()) {
      result = queue_.front();
      queue_.pop_front();
    }
    co_return result;
  }
  void reject(const std::string& access_token) override { rejected_.push_back(access_token); }
  void stop() override {}

  int asked() const { return asked_; }
  const std::vector<std::string>& rejected() const { return rejected_; }

 private:
  submission::Clock& clock_;
  std::deque<submission::TokenResult> queue_;
  std::chrono::milliseconds takes_{};
  std::vector<std::string> rejected_;
  int asked_ = 0;
};

class AClient : public testing::Test {
 protected:
  using Answer = submission::Answer;

  AClient() {
    settings_.timeout = std::chrono::seconds{30};
    settings_.retry.attempts = 4;
    settings_.retry.initial = std::chrono::seconds{1};
    settings_.retry.max = std::chrono::seconds{60};
    // So fast that it does not show when it is slowed.
    given_limit(1e9, 1'000'000);
  }

  void given_limit(config::Rate rate, int burst,
                   std::optional<std::uint64_t> budget = std::nullopt) {
    client_.reset();
    limiter_ =
        std::make_unique<submission::RateLimiter>(rate, burst, budget, std::uint64_t{0}, clock_);
    client_ = std::make_unique<submission::Client>(transport_, tokens_, *limiter_, clock_, random_,
                                                   settings_);
  }

  Answer get(std::string target = "/list") {
    return await(io_, clock_, client_->get(std::move(target)));
  }
  // As the dispatcher does it: with a permit in hand.
  Answer create(std::string body = "{}") {
    take_permit();
    return await(io_, clock_, client_->create(std::move(body)));
  }

  // Begins a call; its answer comes into answers_.
  void begin_get(std::string target = "/list") { begin(client_->get(std::move(target))); }
  void begin_create(std::string body = "{}") {
    take_permit();
    begin(client_->create(std::move(body)));
  }
  void take_permit() {
    EXPECT_EQ(await(io_, clock_, limiter_->acquire()), submission::Permit::granted);
  }
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

  // When each request left, since the start.
  std::vector<std::chrono::milliseconds> times() const {
    std::vector<std::chrono::milliseconds> times;
    for (const auto& asked : transport_.asked()) {
      times.push_back(std::chrono::floor<std::chrono::milliseconds>(asked.at - start_));
    }
    return times;
  }
  // The values of one header over all requests; "" where it is absent.
  std::vector<std::string> headers(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& asked : transport_.asked()) {
      const auto* value = header(asked.request, name);
      values.push_back(value == nullptr ? "" : *value);
    }
    return values;
  }
  std::uint64_t unrecorded() {
    std::uint64_t calls = 0;
    for (const auto& of_day : limiter_->take_unrecorded()) calls += of_day.calls;
    return calls;
  }
  void expect_counts(std::uint64_t requests, std::uint64_t retries, std::uint64_t throttled) const {
    EXPECT_EQ(client_->counts.requests, requests);
    EXPECT_EQ(client_->counts.retries, retries);
    EXPECT_EQ(client_->counts.throttled, throttled);
  }

  static submission::Exchange throttled(int status, std::string retry_after,
                                        std::string date = {}) {
    submission::Response response;
    response.status = status;
    response.retry_after = std::move(retry_after);
    response.date = std::move(date);
    return answered(std::move(response));
  }

  boost::asio::io_context io_;
  VirtualClock clock_;
  const submission::SteadyTime start_ = clock_.steady();
  ScriptedTransport transport_{clock_};
  HandedTokens tokens_{clock_};
  ScriptedRandom random_;
  config::Submission settings_;
  std::unique_ptr<submission::RateLimiter> limiter_;
  std::unique_ptr<submission::Client> client_;
  std::vector<Answer> answers_;

 private:
  boost::asio::awaitable<void> collect(boost::asio::awaitable<Answer> call) {
    Answer answer = co_await std::move(call);
    answers_.push_back(std::move(answer));
  }
  void begin(boost::asio::awaitable<Answer> call) {
    spawn(io_.get_executor(), collect(std::move(call)), rethrow);
    run_ready(io_, clock_);
  }
};

}  // namespace referrald::test
