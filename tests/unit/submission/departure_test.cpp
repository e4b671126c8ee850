// The rate as the service sees it: what leaves, whatever happened to it on the way.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/submission/client_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using submission::Exchange;
using submission::Request;
using submission::SteadyTime;
using testing::ElementsAre;
using testing::SizeIs;

using ADeparture = AClient;

// No window, of whatever length, holds more than burst + rate * length.
void expect_no_window_over(const std::vector<SteadyTime>& calls, double rate, int burst) {
  for (std::size_t first = 0; first < calls.size(); ++first) {
    for (std::size_t last = first; last < calls.size(); ++last) {
      const std::chrono::duration<double> length = calls[last] - calls[first];
      ASSERT_LE(static_cast<double>(last - first + 1), burst + rate * length.count() + 1e-6)
          << "from call " << first << " to " << last << ", " << length.count() << " s";
    }
  }
}

// A service in bad weather, by chance: it throttles with and without a word of for how long, is
// slow, cannot be connected to. Tokens take their time; runs of calls come and go.
TEST_F(ADeparture, NoWindowHoldsMoreThanBurstAndRateAllowWhateverHappens) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const double rate = std::vector<double>{0.5, 2.0, 3.0, 50.0}[random() % 4];
    const int burst = std::vector<int>{1, 2, 5}[random() % 3];
    settings_.connections = 1 + static_cast<int>(random() % 6);
    given_limit(rate, burst);
    const auto begin = transport_.asked().size();
    const auto step = [&] { return milliseconds{static_cast<int>(1000 / rate)}; };
    for (int i = 0; i < 150; ++i) {
      switch (random() % 12) {
        case 0:
          transport_.then(throttled(429, std::to_string(random() % 20)), step());
          break;
        case 1:
          transport_.then(answered(random() % 2 == 0 ? 503 : 509), step() * 3);
          break;
        case 2:
          transport_.then(not_sent(Exchange::Trouble::connect), step() * 2);
          break;
        default:
          transport_.then(answered(200, "{}"), step() * (random() % 8));
          break;
      }
      if (random() % 4 == 0) transport_.connect_within(step() * (random() % 5));
      if (random() % 3 == 0) tokens_.take(step() * (random() % 6));
      if (random() % 40 == 0) limiter_->pause_until(clock_.steady() + step() * (random() % 30));
      if (random() % 20 == 0) limiter_->give_back(limiter_->try_acquire(3));
      transport_.otherwise([](const Request&) { return answered(200, "{}"); }, 10ms);
      begin_get();
      if (random() % 4 == 0) run_for(step() * (random() % 12));
    }
    run();
    std::vector<SteadyTime> calls;
    for (auto i = begin; i < transport_.asked().size(); ++i) {
      calls.push_back(transport_.asked()[i].at);
    }
    ASSERT_GE(calls.size(), 150u);
    expect_no_window_over(calls, rate, burst);
    if (HasFatalFailure()) return;
    tokens_.take(0ms);
    transport_.connect_within(0ms);
    answers_.clear();
  }
}

// What took its permits one by one must not leave together when the pause ends.
TEST_F(ADeparture, PermitsHeldThroughAPauseDoNotLeaveTogether) {
  given_limit(1.0, 1);
  settings_.connections = 8;
  transport_.otherwise([](const Request&) { return answered(201); });
  tokens_.take(4s);  // they take permits at 0, 1, 2 s, and the pause begins before they leave
  for (int i = 0; i < 3; ++i) begin_get();
  run_for(3s);
  limiter_->pause_until(start_ + 20s);
  run();
  ASSERT_THAT(times(), SizeIs(3));
  // After the pause each waits for its token first, the one that may have ended in it.
  EXPECT_GE(times()[1] - times()[0], 1s);
  EXPECT_GE(times()[2] - times()[1], 1s);
  EXPECT_GE(times()[0], 20s);
}

// They take their permits a second apart, and all wait for the same token.
TEST_F(ADeparture, ATokenThatTakesLongDoesNotBunchCalls) {
  given_limit(1.0, 1);
  settings_.connections = 8;
  transport_.otherwise([](const Request&) { return answered(201); });
  for (const auto time_left : {10s, 9s, 8s, 7s}) {
    tokens_.take(time_left);
    begin_get();
    run_for(1s);
  }
  tokens_.take(0ms);
  run();
  EXPECT_THAT(times(), ElementsAre(10s, 11s, 12s, 13s));
}

// Each is due in its second, and their connections are ready at once.
TEST_F(ADeparture, ConnectionsThatTakeLongToOpenDoNotBunchCalls) {
  given_limit(1.0, 1);
  settings_.connections = 8;
  transport_.otherwise([](const Request&) { return answered(201); });
  for (const auto opens : {10s, 9s, 8s, 7s}) {
    transport_.connect_within(opens);
    begin_get();
    run_for(1s);
  }
  transport_.connect_within(0ms);
  run();
  EXPECT_THAT(times(), ElementsAre(10s, 11s, 12s, 13s));
}

// A pause that begins while a connection opens holds for the call that it is opened for.
TEST_F(ADeparture, NothingLeavesInAPauseThatBeganWhileAConnectionOpened) {
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  transport_.connect_within(5s);
  begin_get();
  run_for(1s);
  limiter_->pause_until(start_ + 60s);
  run_for(10s);
  EXPECT_EQ(transport_.in_flight(), 0);
  transport_.connect_within(0ms);
  run();
  EXPECT_THAT(times(), ElementsAre(60s));
  EXPECT_EQ(limiter_->used_today(), 1u);
}

TEST_F(ADeparture, AStopWhileAConnectionOpensLetsNothingLeave) {
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  transport_.connect_within(5s);
  begin_get();
  run_for(1s);
  client_->stop();
  run();
  EXPECT_THAT(times(), SizeIs(0));
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind, Answer::Kind::stopped);
  EXPECT_EQ(limiter_->used_today(), 0u);
}

TEST_F(ADeparture, WhoWaitsForItsTurnHoldsNoConnection) {
  given_limit(1.0 / 60, 1);
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  for (int i = 0; i < 3; ++i) begin_get();
  run_for(1s);
  EXPECT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(transport_.in_flight(), 0);
  run();
  EXPECT_EQ(transport_.most_in_flight(), 1);
  EXPECT_THAT(times(), ElementsAre(0s, 60s, 120s));
}

TEST_F(ADeparture, WhoWaitsForATokenHoldsNoConnection) {
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  tokens_.take(1h);
  begin_get();
  run_for(59min);
  EXPECT_EQ(transport_.in_flight(), 0);
  run();
  EXPECT_THAT(answers_, SizeIs(1));
}

// A call would otherwise take its place in the rate, and leave when a connection is free.
TEST_F(ADeparture, NoMoreCallsLeaveThanThereAreConnections) {
  settings_.connections = 2;
  transport_.otherwise([](const Request&) { return answered(200, "{}"); }, 10s);
  for (int i = 0; i < 5; ++i) begin_get();
  run();
  EXPECT_EQ(transport_.most_in_flight(), 2);
  EXPECT_THAT(times(), ElementsAre(0s, 0s, 10s, 10s, 20s));
}

// As a worker does that has the next row at hand when the last is answered, and a look beside it.
TEST_F(ADeparture, ACallThatComesWhenAPlaceIsGivenDoesNotTakeIt) {
  settings_.connections = 1;
  transport_.otherwise([](const Request&) { return answered(200, "{}"); }, 10s);
  const auto worker = [this]() -> boost::asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) (void)co_await client_->get("/worker");
  };
  spawn(io_.get_executor(), worker(), rethrow);
  run_ready(io_, clock_);
  begin_get("/look");
  run();
  ASSERT_THAT(transport_.asked(), SizeIs(4));
  EXPECT_EQ(transport_.asked()[1].request.target, "/look");
}

TEST_F(ADeparture, WhoGivesUpLetsTheNextOneLeave) {
  settings_.connections = 1;
  transport_.otherwise([](const Request&) { return answered(200, "{}"); }, 10s);
  submission::TokenResult none;
  none.kind = submission::TokenResult::Kind::unavailable;
  for (int i = 0; i < 3; ++i) begin_get();
  tokens_.then(none);  // the second is told so when its turn comes
  run();
  EXPECT_THAT(answers_, SizeIs(3));
  EXPECT_THAT(times(), ElementsAre(0s, 10s));
}

TEST_F(ADeparture, StopEndsTheWaitForAConnection) {
  settings_.connections = 1;
  transport_.then(answered(200, "{}"), 10s);
  begin_get();
  begin_get();
  client_->stop();
  run_ready(io_, clock_);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind, Answer::Kind::stopped);
  run();
  EXPECT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(limiter_->used_today(), 1u);
}

// -- the pace
// ---------------------------------------------------------------------------------------

TEST_F(ADeparture, SlowsDownByHalfWhenTheServiceThrottles) {
  for (const int status : {429, 509, 503}) {
    given_limit(1.0, 1);
    const auto begin = times().size();
    transport_.then(throttled(status, "0"));
    transport_.otherwise([](const Request&) { return answered(400); });
    (void)create();
    EXPECT_EQ(limiter_->slowed_to(), 0.5) << status;
    for (int i = 0; i < 3; ++i) (void)create();
    ASSERT_THAT(times(), SizeIs(begin + 4));
    EXPECT_GT(times()[begin + 3] - times()[begin + 2], 1'950ms) << status;
  }
}

TEST_F(ADeparture, NoOtherAnswerSlowsDown) {
  given_limit(1.0, 1);
  for (const int status : {200, 201, 302, 400, 401, 403, 404, 408, 409, 423, 500, 502, 504, 507}) {
    transport_.then(answered(status));
    if (status == 401) transport_.then(answered(status));
    (void)create();
    EXPECT_FALSE(limiter_->slowed_to()) << status;
  }
}

TEST_F(ADeparture, TellsWhenItSlowsDownAndWhenTheFullRateIsBack) {
  std::vector<config::Rate> told;
  client_->on_pace([&](config::Rate rate) { told.push_back(rate); });
  given_limit(2.0, 1);
  client_->on_pace([&](config::Rate rate) { told.push_back(rate); });
  transport_.then(throttled(429, "20"));
  transport_.then(throttled(429, "20"));
  transport_.otherwise([](const Request&) { return answered(201); });
  for (int i = 0; i < 200; ++i) (void)create();
  EXPECT_THAT(told, ElementsAre(config::Rate{1.0})) << "the second slowing is no news";
  for (int i = 0; i < 400; ++i) (void)create();
  EXPECT_THAT(told, ElementsAre(config::Rate{1.0}, config::Rate{}));
  // Two halvings, and three quarters of five minutes to rise.
  EXPECT_GT(clock_.elapsed(), 40s + 3min);
}

TEST_F(ADeparture, SlowsDownAllCallsOfAnUnlimitedRateToo) {
  given_limit(std::nullopt, 1);
  transport_.then(throttled(429, "0"));
  (void)create();
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  for (int i = 0; i < 50; ++i) begin_get();
  run();
  std::vector<SteadyTime> calls;
  for (const auto& asked : transport_.asked()) calls.push_back(asked.at);
  ASSERT_THAT(calls, SizeIs(51));
  calls.erase(calls.begin());
  expect_no_window_over(calls, 52, 1);
}

}  // namespace
}  // namespace referrald::test
