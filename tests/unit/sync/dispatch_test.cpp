// What the service as a whole does to a run: throttling, halts, what it shows late.
#include "daemon/sync/dispatch.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using persistence::State;
using submission::Request;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class DispatchTest : public SyncTest {
 protected:
  static std::vector<RowSpec> rows(int count) {
    std::vector<RowSpec> rows;
    for (int i = 0; i < count; ++i) rows.push_back({.id = "id-" + std::to_string(i)});
    return rows;
  }

  // The lines of the log that begin so.
  std::vector<std::string> logged(std::string_view beginning) const {
    std::vector<std::string> found;
    for (const auto& line : log.lines()) {
      if (line.starts_with(beginning)) found.push_back(line);
    }
    return found;
  }

  // The first `times` requests for Microsoft's referral find no engagement.
  void given_engagement_shows_late(std::size_t times) {
    world->fault = [this, times](const Request& request) {
      if (request.body.find("\"msft\"") == std::string::npos) return Fault::none;
      return ++posts_for_microsoft <= times ? Fault::status_404 : Fault::none;
    };
  }

  std::size_t posts_for_microsoft = 0;
};

// -- throttling
// -------------------------------------------------------------------------------------

TEST_F(DispatchTest, ThrottlingWithoutEndStopsTheRunAndKeepsTheRows) {
  config.submission.connections = 4;
  world->fault = [](const Request&) { return Fault::status_429; };
  given_export("leads.csv", rows(30));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_THAT(outcome.messages,
              Contains(AllOf(HasSubstr("throttling"), HasSubstr("status 429"),
                             HasSubstr("8 times in a row"), HasSubstr("the last pause "),
                             HasSubstr("the next sync sends the rest"))));
  EXPECT_EQ(outcome.summary.waiting, 30u);
  EXPECT_EQ(outcome.summary.in_doubt, 0u);
  // Four connections that are throttled at once are one throttling.
  EXPECT_GT(world->posts, 8u);
  EXPECT_LE(world->posts, 8u * 4);

  world->fault = [](const Request&) { return Fault::none; };
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->gets, 0u);
  expect_exactly_once(rows(30));
}

TEST_F(DispatchTest, ThrottlingIsLoggedWhenItBeginsAndWhenItEnds) {
  config.submission.connections = 1;
  // Two episodes, of three throttlings and of one.
  world->fault = [this](const Request&) {
    const auto n = world->posts;
    return (n >= 2 && n <= 4) || n == 8 ? Fault::status_429 : Fault::none;
  };
  given_export("leads.csv", rows(9));
  EXPECT_EQ(sync().exit, Exit::ok);
  const auto began = logged("warning the service throttles; pausing");
  ASSERT_THAT(began, SizeIs(2));
  EXPECT_THAT(began[0], AllOf(HasSubstr("http_status=429"), HasSubstr("pause_ms=3000")));
  EXPECT_THAT(began[1], HasSubstr("(repeated 1 time)"));
  EXPECT_THAT(logged("info the service throttles no more"), SizeIs(2));
}

TEST_F(DispatchTest, ReadsThatAreThrottledWithoutEndStopTheRunToo) {
  world->fault = [](const Request& request) {
    return request.method == "POST" ? Fault::drop_after : Fault::status_429;
  };
  given_export("leads.csv", rows(1));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_THAT(outcome.messages, Contains(HasSubstr("throttling")));
  EXPECT_EQ(world->gets, 8u);
  EXPECT_EQ(state_of("id-0"), State::in_doubt);

  world->fault = [](const Request&) { return Fault::none; };
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once(rows(1));
}

// Neither of the two would end the run alone: a 503 is no throttling, a 429 is no trouble.
TEST_F(DispatchTest, ThrottlingInTurnWithTroubleEndsTheRunToo) {
  config.submission.connections = 1;
  world->fault = [this](const Request&) {
    return world->posts % 2 == 0 ? Fault::status_503 : Fault::status_429;
  };
  given_export("leads.csv", rows(100));
  EXPECT_EQ(sync().exit, Exit::unavailable);
  EXPECT_LE(world->posts, 16u);
}

// -- halts
// ------------------------------------------------------------------------------------------

TEST_F(DispatchTest, AHaltIsLoggedAtOnceAndNotWhenEverythingIsAnswered) {
  config.submission.connections = 2;
  world->fault = [this](const Request&) {
    world->latency = world->posts == 1 ? 1s : 20s;
    return world->posts == 1 ? Fault::status_403 : Fault::none;
  };
  given_export("leads.csv", rows(2));
  EXPECT_EQ(sync().exit, Exit::not_authorised);
  const auto lines = log.lines();
  const auto halted = std::ranges::find_if(
      lines, [](const auto& line) { return line.starts_with("debug the run stops"); });
  const auto answered = std::ranges::find_if(lines, [](const auto& line) {
    return line.find("external_reference_id=id-1") != std::string::npos;
  });
  ASSERT_NE(halted, lines.end());
  ASSERT_NE(answered, lines.end());
  EXPECT_LT(halted, answered);
  EXPECT_THAT(*halted, AllOf(HasSubstr("Partner Center denies access (status 403"),
                             testing::Not(HasSubstr("Referrals admin"))))
      << "what to do is said at the end";
}

TEST_F(DispatchTest, ADrainIsNoError) {
  given_export("leads.csv", rows(60));
  EXPECT_EQ(sync({.drain_after = 100ms})->exit, Exit::stopped);
  EXPECT_THAT(logged("error"), IsEmpty());
}

TEST_F(DispatchTest, ABudgetThatEndsBeforeALookIsNamedAsTheReason) {
  config.submission.daily_budget = 1;
  world->fault = [](const Request&) { return Fault::drop_after; };
  given_export("leads.csv", rows(1));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, Contains(StartsWith("the daily budget of 1 calls is used up")));
}

// The sweep's calls are told to the ledger with the next claim, which comes after midnight.
TEST_F(DispatchTest, TheBudgetOfADayPaysForTheCallsOfThatDay) {
  config.submission.daily_budget = 100;
  config.submission.connections = 1;
  clock().set_wall(VirtualClock::default_start + 14h - 10s);
  const auto midnight = clock().wall() + 10s;
  std::vector<submission::WallTime> asked_at;
  world->fault = [&](const Request& request) {
    asked_at.push_back(clock().wall());
    return request.method == "POST" && request.body.find("\"id-0\"") != std::string::npos
               ? Fault::drop_before
               : Fault::none;
  };
  config.submission.retry.attempts = 2;
  config.submission.reconcile = {.looks = 2, .apart = 3s};
  given_export("leads.csv", rows(1));
  const auto outcome = sync();
  const auto ledger = reader();
  EXPECT_GT(ledger->calls("2026-11-22"), 0u);
  EXPECT_GT(ledger->calls("2026-11-23"), 0u);
  EXPECT_EQ(ledger->calls("2026-11-22") + ledger->calls("2026-11-23"), outcome.summary.requests);
  std::size_t before = 0;
  for (const auto at : asked_at) before += at < midnight ? 1u : 0u;
  EXPECT_EQ(ledger->calls("2026-11-22"), before);
}

// -- an engagement that shows late
// ------------------------------------------------------------------

TEST_F(DispatchTest, AnEngagementThatIsNotFoundYetIsWaitedFor) {
  const RowSpec row{"id-1", "Big deal", "co-sell"};
  given_engagement_shows_late(3);
  given_export("leads.csv", {row});
  const auto began = clock().steady();
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(posts_for_microsoft, 4u);
  EXPECT_GT(clock().steady() - began, 1s) << "with backoff";
  EXPECT_EQ(outcome.summary.requests, 5u);
  EXPECT_EQ(outcome.summary.retries, 3u);
  expect_exactly_once({row});
}

TEST_F(DispatchTest, AnEngagementThatIsNeverFoundRefusesTheRowAfterTheLastAttempt) {
  config.submission.retry.attempts = 3;
  given_engagement_shows_late(100);
  given_export("leads.csv", {{"id-1", "Big deal", "co-sell"}, {"id-2"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(outcome.summary.refused, 1u);
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_EQ(posts_for_microsoft, 3u);
  EXPECT_EQ(state_of("id-1"), State::refused);
}

// What the run did not get to is sent by the next one: the first referral stands, and is not made
// again.
TEST_F(DispatchTest, AnEngagementThatShowsAfterTheRunIsCompletedByTheNext) {
  const RowSpec row{"id-1", "Big deal", "co-sell"};
  given_engagement_shows_late(1);
  given_export("leads.csv", {row});
  EXPECT_EQ(sync({.drain_after = 45ms})->exit, Exit::stopped);
  EXPECT_EQ(posts_for_microsoft, 1u);
  EXPECT_EQ(state_of("id-1"), State::pending);
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once({row});
}

}  // namespace
}  // namespace referrald::test
