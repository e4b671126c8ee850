#include "tests/unit/submission/client_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Exchange;
using submission::Request;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = submission::Answer::Kind;
using Trouble = submission::Exchange::Trouble;

// -- a read is repeated
// -----------------------------------------------------------------------------

TEST_F(AClient, RepeatsAGetThatHadNoProperAnswer) {
  for (const int status : {408, 423, 429, 500, 502, 503, 504, 505, 509, 599}) {
    transport_.then(answered(status));
    transport_.then(answered(200, "{}"));
    EXPECT_EQ(get().response.status, 200) << status;
    EXPECT_EQ(transport_.queued(), 0u) << status;
  }
  for (const auto trouble : {Trouble::timeout, Trouble::closed, Trouble::unreadable}) {
    transport_.then(unknown(trouble));
    transport_.then(answered(200, "{}"));
    EXPECT_EQ(get().response.status, 200);
  }
  for (const auto trouble : {Trouble::resolve, Trouble::connect, Trouble::closed}) {
    transport_.then(not_sent(trouble));
    transport_.then(answered(200, "{}"));
    EXPECT_EQ(get().response.status, 200);
  }
}

TEST_F(AClient, RepeatsAGetWhoseSuccessIsNoWholeJson) {
  for (const std::string body :
       {"", "[]", R"({"value":[{"id":"a"})", R"({"value":[]}})", "<html>Sign in</html>"}) {
    transport_.then(answered(200, body));
    transport_.then(answered(200, R"({"value":[]})"));
    EXPECT_EQ(get().response.body, R"({"value":[]})") << body;
    EXPECT_EQ(transport_.queued(), 0u) << body;
  }
}

TEST_F(AClient, DoesNotRepeatAGetThatWouldBeAnsweredTheSame) {
  for (const int status : {200, 204, 301, 302, 400, 403, 404, 405, 406, 409, 410, 411, 412, 413,
                           415, 416, 422, 501, 507}) {
    transport_.then(answered(status, "{}"));
    EXPECT_EQ(get().response.status, status);
  }
  transport_.then(not_sent(Trouble::tls));
  EXPECT_EQ(get().trouble, Trouble::tls);
  transport_.then(not_sent(Trouble::proxy));
  EXPECT_EQ(get().trouble, Trouble::proxy);
  expect_counts(19, 0, 0);
}

TEST_F(AClient, WaitsLongerAfterEachTryAndGivesUpAfterTheLast) {
  transport_.then(answered(503));
  transport_.then(unknown(Trouble::timeout));
  transport_.then(answered(500));
  transport_.then(answered(502, "the last"));
  const Answer answer = get();

  EXPECT_EQ(answer.response.body, "the last");
  // Half of 1 s, 2 s, 4 s; no wait after the last.
  EXPECT_THAT(times(), ElementsAre(0ms, 500ms, 1'500ms, 3'500ms));
  EXPECT_EQ(clock_.elapsed(), 3'500ms);
  expect_counts(4, 3, 0);
}

TEST_F(AClient, TriesOnceWhenOneAttemptIsConfigured) {
  settings_.retry.attempts = 1;
  transport_.then(answered(503));
  EXPECT_EQ(get().response.status, 503);
  EXPECT_EQ(clock_.elapsed(), 0ms);
}

TEST_F(AClient, BeginsEachGetWithTheShortestWait) {
  for (int i = 0; i < 2; ++i) {
    transport_.then(answered(503));
    transport_.then(answered(200, "{}"));
    (void)get();
  }
  EXPECT_THAT(times(), ElementsAre(0ms, 500ms, 500ms, 1s));
}

TEST_F(AClient, PaysForEachTryOfAGetThatLeft) {
  given_limit(std::nullopt, 1, 100);
  transport_.then(not_sent(Trouble::connect));
  transport_.then(answered(503));
  transport_.then(not_sent(Trouble::closed));
  transport_.then(answered(200, "{}"));
  EXPECT_EQ(get().response.status, 200);
  EXPECT_EQ(limiter_->used_today(), 2u);
  expect_counts(2, 1, 0);
}

// `retries` are a part of `requests`.
TEST_F(AClient, CountsNoRetryWhereNothingLeftBefore) {
  transport_.then(not_sent(Trouble::connect));
  transport_.then(not_sent(Trouble::connect));
  transport_.then(answered(200, "{}"));
  (void)get();
  expect_counts(1, 0, 0);
}

TEST_F(AClient, CountsNoRetryThatNeverLeft) {
  transport_.then(answered(503));
  transport_.otherwise([](const Request&) { return not_sent(Trouble::connect); });
  EXPECT_EQ(get().kind, Kind::not_sent);
  EXPECT_THAT(transport_.asked(), SizeIs(4));
  expect_counts(1, 0, 0);
}

TEST_F(AClient, SaysExhaustedWhenTheBudgetEndsBetweenTwoTries) {
  given_limit(std::nullopt, 1, 2);
  transport_.otherwise([](const Request&) { return answered(503); });
  EXPECT_EQ(get().kind, Kind::exhausted);
  EXPECT_THAT(transport_.asked(), SizeIs(2));
  expect_counts(2, 1, 0);
}

TEST_F(AClient, KeepsToTheRateWithItsRepetitions) {
  given_limit(0.1, 1);
  transport_.then(answered(502));
  transport_.then(answered(502));
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_THAT(times(), ElementsAre(0ms, 10s, 20s));
}

// -- stop
// -------------------------------------------------------------------------------------------

TEST_F(AClient, StopEndsAWaitBetweenTwoTriesWithTheLastAnswer) {
  transport_.then(answered(503, "busy"));
  begin_get();
  run_for(100ms);
  EXPECT_THAT(answers_, IsEmpty());
  client_->stop();
  run_ready(io_, clock_);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].response.body, "busy");
  EXPECT_EQ(clock_.elapsed(), 100ms);
  expect_counts(1, 0, 0);
}

TEST_F(AClient, StopEndsTheWaitsOfAllCalls) {
  transport_.otherwise([](const Request&) { return answered(502); });
  for (int i = 0; i < 3; ++i) begin_get();
  client_->stop();
  run_ready(io_, clock_);
  EXPECT_THAT(answers_, SizeIs(3));
  EXPECT_THAT(transport_.asked(), SizeIs(3));
}

TEST_F(AClient, StopLetsACallThatLeftRunToItsEnd) {
  transport_.then(answered(503, "late"), 20s);
  transport_.then(answered(201, "created"), 10s);
  begin_get();
  begin_create();
  client_->stop();
  limiter_->stop();
  run();
  ASSERT_THAT(answers_, SizeIs(2));
  EXPECT_EQ(answers_[0].response.body, "created");
  EXPECT_EQ(answers_[1].response.body, "late") << "and is not repeated";
  EXPECT_EQ(clock_.elapsed(), 20s) << "nor waited for";
  EXPECT_THAT(transport_.asked(), SizeIs(2));
}

// -- throttling
// -------------------------------------------------------------------------------------

TEST_F(AClient, PausesAllCallsForTheTimeThatTheServiceAsksFor) {
  for (const int status : {429, 509}) {
    const auto begin = times().size();
    const auto start = clock_.elapsed();
    transport_.then(throttled(status, "57"));
    EXPECT_EQ(create().response.status, status);
    EXPECT_TRUE(limiter_->paused());
    transport_.otherwise([](const Request&) { return answered(200, "{}"); });
    begin_get("/a");
    begin_get("/b");
    run();
    ASSERT_THAT(times(), SizeIs(begin + 3)) << status;
    EXPECT_EQ(times()[begin + 1] - start, 57s) << status;
    EXPECT_EQ(times()[begin + 2] - start, 57s) << status;
  }
  expect_counts(6, 0, 2);
}

TEST_F(AClient, BacksOffWhenTheServiceDoesNotSayForHowLong) {
  for (const std::string value : {"", "soon", "-1"}) {
    const auto start = clock_.elapsed();
    transport_.then(throttled(429, value));
    (void)create();
    transport_.then(answered(200, "{}"));
    (void)get();
    EXPECT_EQ(times().back() - start, 500ms) << '"' << value << '"';
  }
}

TEST_F(AClient, TakesADateInRetryAfterAgainstTheServicesClock) {
  transport_.then(throttled(429, "Sun, 22 Nov 2026 12:00:20 GMT", "Sun, 22 Nov 2026 12:00:00 GMT"));
  (void)create();
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_THAT(times(), ElementsAre(0ms, 20s));
}

TEST_F(AClient, NeverPausesLongerThanAnHourAtATime) {
  transport_.then(throttled(429, "31536000"));
  (void)create();
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_THAT(times(), ElementsAre(0ms, 1h));
}

TEST_F(AClient, AddsABackoffThatDoublesWhileThrottlingPersists) {
  settings_.retry.attempts = 4;
  transport_.then(throttled(429, "10"));
  transport_.then(throttled(509, "10"));
  transport_.then(throttled(429, "10"));
  transport_.then(answered(200, "{}"));
  (void)get();
  // 10 s; 10 s and half of 2 s; 10 s and half of 4 s.
  EXPECT_THAT(times(), ElementsAre(0ms, 10s, 21s, 33s));
  expect_counts(4, 3, 3);
}

TEST_F(AClient, StartsTheBackoffAnewAfterAProperAnswer) {
  for (int i = 0; i < 3; ++i) {
    const auto start = clock_.elapsed();
    transport_.then(throttled(429, "10"));
    transport_.then(answered(200, "{}"));
    (void)get();
    EXPECT_EQ(clock_.elapsed() - start, 10s);
  }
}

// Many connections that are throttled at once are one throttling, not one that persists.
TEST_F(AClient, TakesAnswersToRequestsUnderWayTogetherForOneThrottling) {
  settings_.connections = 8;
  for (int i = 0; i < 8; ++i) {
    transport_.then(throttled(429, "10"), std::chrono::milliseconds{100 * (i + 1)});
    begin_create();
  }
  run();
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_EQ(times().back(), 10s + 800ms);
  expect_counts(9, 0, 8);
}

TEST_F(AClient, LearnsNothingOfThrottlingFromRequestsThatLeftBeforeIt) {
  transport_.then(throttled(429, "10"), 100ms);
  transport_.then(answered(201), 1s);
  transport_.then(throttled(429, ""), 2s);
  begin_create();
  begin_create();
  begin_create();
  run_for(2s);
  // It persists: the success that came since had left before. 10 s and half of 2 s.
  transport_.then(throttled(429, "10"));
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_EQ(times().back(), 100ms + 10s + 11s);
}

TEST_F(AClient, TellsOfEachThrottlingAndOnceThatItIsOver) {
  std::vector<submission::Throttling> told;
  client_->on_throttling([&](const submission::Throttling& what) { told.push_back(what); });
  transport_.then(throttled(429, "10"));
  transport_.then(throttled(509, "10"));
  transport_.then(answered(503));
  transport_.then(answered(200, "{}"));
  transport_.then(answered(201));
  (void)get();
  (void)create();
  ASSERT_THAT(told, SizeIs(3));
  EXPECT_EQ(told[0].in_a_row, 1);
  EXPECT_EQ(told[0].status, 429);
  EXPECT_EQ(told[0].pause, 10s);
  EXPECT_EQ(told[1].in_a_row, 2);
  EXPECT_EQ(told[1].status, 509);
  EXPECT_EQ(told[1].pause, 11s);
  EXPECT_EQ(told[2].in_a_row, 0);
}

TEST_F(AClient, TellsOnceOfAnswersToRequestsThatWereUnderWayTogether) {
  std::vector<int> told;
  client_->on_throttling(
      [&](const submission::Throttling& what) { told.push_back(what.in_a_row); });
  for (const auto delay : {100ms, 200ms, 300ms}) {
    transport_.then(throttled(429, "10"), delay);
    begin_create();
  }
  transport_.then(answered(201), 400ms);
  begin_create();  // its success says nothing: it had left before
  run_for(11s);
  EXPECT_THAT(told, ElementsAre(1));
  transport_.then(throttled(429, "10"));
  (void)create();
  EXPECT_THAT(told, ElementsAre(1, 2));
}

TEST_F(AClient, PausesForA503ThatAsksForIt) {
  transport_.then(throttled(503, "30"));
  (void)create();
  transport_.then(answered(200, "{}"));
  (void)get();
  EXPECT_THAT(times(), ElementsAre(0ms, 30s));
  expect_counts(2, 0, 0);
}

TEST_F(AClient, PausesForNoOtherAnswer) {
  transport_.then(answered(503));
  (void)create();
  EXPECT_FALSE(limiter_->paused());
  for (const int status : {200, 201, 301, 400, 404, 409}) {
    transport_.then(throttled(status, "30"));
    (void)create();
    EXPECT_FALSE(limiter_->paused()) << status;
  }
}

}  // namespace
}  // namespace referrald::test
