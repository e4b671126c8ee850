#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/submission/rate_limit_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using submission::Permit;
using submission::RateLimiter;
using submission::WallTime;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// -- the bucket
// -------------------------------------------------------------------------------------

TEST_F(ARateLimiter, StartsWithAFullBucketAndGoesOnAtAnEvenPace) {
  given(1.0, 5);
  ask_times(8);
  run();
  EXPECT_THAT(times(), ElementsAre(0ms, 0ms, 0ms, 0ms, 0ms, 1s, 2s, 3s));
}

TEST_F(ARateLimiter, WithABurstOfOneKeepsAnEvenPaceFromTheFirstCall) {
  given(4.0, 1);
  ask_times(5);
  run();
  EXPECT_THAT(times(), ElementsAre(0ms, 250ms, 500ms, 750ms, 1s));
}

TEST_F(ARateLimiter, TakesABurstBelowOneForOne) {
  for (const int burst : {0, -7}) {
    given(1.0, burst);
    EXPECT_EQ(limiter_->try_acquire(9), 1u) << burst;
  }
}

TEST_F(ARateLimiter, FillsTheBucketWhileNobodyCalls) {
  given(1.0, 5);
  ask_times(5);
  run_for(2s);
  ask_times(4);
  run();
  EXPECT_THAT(times(), ElementsAre(0ms, 0ms, 0ms, 0ms, 0ms, 2s, 2s, 3s, 4s));
}

TEST_F(ARateLimiter, FillsTheBucketNoHigherThanItsBurst) {
  given(1.0, 3);
  ask_times(3);
  run_for(24h);
  EXPECT_EQ(limiter_->try_acquire(100), 3u);
}

TEST_F(ARateLimiter, NeverWaitsWhenTheRateIsUnlimited) {
  given(unlimited, 1);
  ask_times(1'000);
  EXPECT_EQ(calls_.size(), 1'000u);
  EXPECT_EQ(limiter_->try_acquire(1'000), 1'000u);
  EXPECT_EQ(clock_.elapsed(), 0ms);
}

TEST_F(ARateLimiter, ServesFirstWhoCameFirst) {
  given(1.0, 1);
  ask("first");
  ask("second");
  run_for(500ms);
  ask("third");
  run();
  EXPECT_THAT(calls_,
              ElementsAre(Call{"first", Permit::granted, 0ms}, Call{"second", Permit::granted, 1s},
                          Call{"third", Permit::granted, 2s}));
}

// Nothing may overflow, whatever the configuration accepts.
TEST_F(ARateLimiter, HoldsWithTheSlowestRateAndTheLargestBurst) {
  given(1e-12, 1);
  EXPECT_EQ(limiter_->try_acquire(2), 1u);
  given(1e-12, std::numeric_limits<int>::max());
  EXPECT_GE(limiter_->try_acquire(1), 1u);
  given(1.0 / 60.0, std::numeric_limits<int>::max());
  EXPECT_EQ(limiter_->try_acquire(1'000), 1'000u);
}

TEST_F(ARateLimiter, NeverLetsMoreThroughThanBurstAndRateAllow) {
  constexpr int burst = 4;
  std::mt19937 random(20261122);
  given(2.0, burst);
  for (int i = 0; i < 400; ++i) {
    switch (random() % 8) {
      case 0:
        pause_for(milliseconds{random() % 4'000});
        break;
      case 1:
        run_for(milliseconds{random() % 3'000});
        break;
      case 2:
        for (auto taken = limiter_->try_acquire(random() % 4); taken > 0; --taken) {
          calls_.push_back(Call{"", Permit::granted, clock_.elapsed()});
        }
        break;
      default:
        ask();
        run_for(milliseconds{random() % 500});
        break;
    }
  }
  run();
  ASSERT_GT(calls_.size(), 200u);
  for (std::size_t first = 0; first < calls_.size(); ++first) {
    for (std::size_t last = first; last < calls_.size(); ++last) {
      const auto span = calls_[last].at - calls_[first].at;
      const auto most = burst + static_cast<std::size_t>(span / 500ms) + 1;
      ASSERT_LE(last - first + 1, most) << "from call " << first << " to " << last;
    }
  }
}

// -- pauses
// -----------------------------------------------------------------------------------------

TEST_F(ARateLimiter, StartsNoCallInAPauseAndFindsTheBucketEmptyAfterIt) {
  given(1.0, 5);
  pause_for(10s);
  EXPECT_TRUE(limiter_->paused());
  ask_times(3);
  run();
  EXPECT_THAT(times(), ElementsAre(10s, 11s, 12s));
  EXPECT_FALSE(limiter_->paused());
}

TEST_F(ARateLimiter, PausesThoseWhoWaitAlready) {
  given(1.0, 1);
  ask("a");
  ask("b");
  ask("c");
  pause_for(10s);
  run();
  EXPECT_THAT(calls_, ElementsAre(Call{"a", Permit::granted, 0ms}, Call{"b", Permit::granted, 10s},
                                  Call{"c", Permit::granted, 11s}));
}

TEST_F(ARateLimiter, PausesWithAnUnlimitedRateToo) {
  given(unlimited, 1);
  pause_for(3s);
  EXPECT_EQ(limiter_->try_acquire(1), 0u);
  ask_times(2);
  run();
  EXPECT_THAT(times(), ElementsAre(3s, 3s));
}

TEST_F(ARateLimiter, TakesTheLongestOfOverlappingPauses) {
  given(unlimited, 1);
  pause_for(10s);
  ask();
  pause_for(2s);
  run_for(5s);
  EXPECT_THAT(calls_, IsEmpty());
  pause_for(15s);  // until 20 s
  run();
  EXPECT_THAT(times(), ElementsAre(20s));
}

TEST_F(ARateLimiter, IgnoresAPauseThatIsOverAlready) {
  given(1.0, 5);
  run_for(1min);
  pause_for(5s);
  run_for(1min);
  limiter_->pause_until(clock_.steady() - 57s);
  EXPECT_FALSE(limiter_->paused());
  EXPECT_EQ(limiter_->try_acquire(9), 5u);
}

TEST_F(ARateLimiter, FillsTheBucketAgainAfterAPause) {
  given(1.0, 5);
  pause_for(10s);
  run_for(10s + 3s);
  EXPECT_EQ(limiter_->try_acquire(9), 4u);
}

TEST_F(ARateLimiter, LetsWhoHoldsAPermitPassWhenThePauseEnds) {
  given(1.0, 1);
  ask_to_pass("before");
  pause_for(10s);
  ask_to_pass("within");
  run_for(5s);
  pause_for(15s);
  run();
  ask_to_pass("after");
  EXPECT_THAT(calls_, ElementsAre(Call{"before", Permit::granted, 0ms},
                                  Call{"within", Permit::granted, 20s},
                                  Call{"after", Permit::granted, 20s}));
  EXPECT_EQ(limiter_->used_today(), 0u) << "passing costs nothing";
}

// The permits were taken before the service asked for the pause.
TEST_F(ARateLimiter, DoesNotRefillAPausedBucketWithPermitsGivenBack) {
  given(1.0, 5);
  ASSERT_EQ(limiter_->try_acquire(4), 4u);
  pause_for(10s);
  limiter_->give_back(4);
  ask_times(3);
  run();
  EXPECT_THAT(times(), ElementsAre(10s, 11s, 12s));
}

// -- permits given back, permits to be had at once
// --------------------------------------------------

TEST_F(ARateLimiter, HandsOutAgainWhatIsGivenBack) {
  given(1.0, 5);
  ASSERT_EQ(limiter_->try_acquire(5), 5u);
  ASSERT_EQ(limiter_->try_acquire(1), 0u);
  limiter_->give_back(2);
  EXPECT_EQ(limiter_->try_acquire(9), 2u);
}

TEST_F(ARateLimiter, HoldsNoMoreThanItsBurstHoweverMuchIsGivenBack) {
  given(1.0, 5);
  ASSERT_EQ(limiter_->try_acquire(5), 5u);
  run_for(1min);
  limiter_->give_back(5);
  EXPECT_EQ(limiter_->try_acquire(9), 5u);
}

TEST_F(ARateLimiter, GrantsNoMoreAtOnceThanWasAskedFor) {
  given(1.0, 5);
  EXPECT_EQ(limiter_->try_acquire(0), 0u);
  EXPECT_EQ(limiter_->try_acquire(3), 3u);
  EXPECT_EQ(limiter_->try_acquire(3), 2u);
  EXPECT_EQ(limiter_->try_acquire(3), 0u);
  run_for(1s);
  EXPECT_EQ(limiter_->try_acquire(3), 1u);
}

TEST_F(ARateLimiter, GrantsNothingAtOnceWhileOthersWait) {
  given(1.0, 3);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  ask("waiting");
  limiter_->give_back(2);
  EXPECT_EQ(limiter_->try_acquire(1), 0u);
  run();
  EXPECT_EQ(limiter_->try_acquire(1), 1u);
}

TEST_F(ARateLimiter, GrantsNothingAtOnceInAPauseOrAfterStop) {
  given(1.0, 5);
  pause_for(1s);
  EXPECT_EQ(limiter_->try_acquire(1), 0u);
  run_for(1s);
  EXPECT_EQ(limiter_->try_acquire(1), 1u);
  run_for(1min);
  limiter_->stop();
  EXPECT_EQ(limiter_->try_acquire(1), 0u);
}

// -- stop
// -------------------------------------------------------------------------------------------

TEST_F(ARateLimiter, StopEndsEveryWaitAtOnceAndItsPermitsDoNotCount) {
  given(1.0, 1, 100);
  ask("a");
  ask("b");
  ask("c");
  EXPECT_EQ(limiter_->used_today(), 3u);
  limiter_->stop();
  run();
  EXPECT_THAT(calls_, ElementsAre(Call{"a", Permit::granted, 0ms}, Call{"b", Permit::stopped, 0ms},
                                  Call{"c", Permit::stopped, 0ms}));
  EXPECT_EQ(limiter_->used_today(), 1u);
  EXPECT_EQ(unrecorded(), 1u);
}

TEST_F(ARateLimiter, StopEndsWaitsForAPauseToo) {
  given(unlimited, 1);
  pause_for(1h);
  ask("acquire");
  ask_to_pass("pass");
  limiter_->stop();
  run_ready(io_, clock_);
  EXPECT_THAT(calls_, ElementsAre(Call{"acquire", Permit::stopped, 0ms},
                                  Call{"pass", Permit::stopped, 0ms}));
}

TEST_F(ARateLimiter, AfterStopEverythingAnswersStopped) {
  given(1.0, 5, 1, 1);
  limiter_->stop();
  EXPECT_EQ(acquire_now(), Permit::stopped) << "although the budget is used up as well";
  EXPECT_EQ(await(io_, clock_, limiter_->pass()), Permit::stopped);
  EXPECT_EQ(limiter_->used_today(), 1u);
}

// -- the daily budget
// -------------------------------------------------------------------------------

TEST_F(ARateLimiter, IsExhaustedWhenTheBudgetIsUsedUp) {
  given(unlimited, 1, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(acquire_now(), Permit::granted);
  EXPECT_EQ(acquire_now(), Permit::exhausted);
  EXPECT_EQ(limiter_->try_acquire(1), 0u);
  EXPECT_EQ(limiter_->used_today(), 3u) << "what was not permitted is not counted";
  EXPECT_EQ(unrecorded(), 3u);
}

TEST_F(ARateLimiter, StartsFromWhatTheLedgerKnowsOfTheDay) {
  given(unlimited, 1, 10, 8);
  EXPECT_EQ(limiter_->try_acquire(5), 2u);
  EXPECT_EQ(limiter_->used_today(), 10u);
  EXPECT_EQ(unrecorded(), 2u) << "the ledger's own are not reported back to it";
  // A budget that was made smaller during the day.
  given(unlimited, 1, 10, 4'000);
  EXPECT_EQ(acquire_now(), Permit::exhausted);
}

TEST_F(ARateLimiter, ExhaustedIsSaidAtOnceAndNotAfterWaitingForTheBucket) {
  given(1.0 / 3600, 1, 1);
  ASSERT_EQ(acquire_now(), Permit::granted);
  ask("late");
  EXPECT_THAT(calls_, ElementsAre(Call{"late", Permit::exhausted, 0ms}));
}

TEST_F(ARateLimiter, BudgetIsWholeAgainOnTheNextDayOfUtc) {
  const WallTime day{std::chrono::sys_days{std::chrono::year{2026} / 12 / 31}};
  clock_.set_wall(day + 23h + 59min + 59s + 999ms);
  given(unlimited, 1, 2, 1);
  EXPECT_EQ(limiter_->day(), "2026-12-31");
  EXPECT_EQ(limiter_->try_acquire(5), 1u);
  EXPECT_EQ(acquire_now(), Permit::exhausted);
  clock_.advance(1ms);
  EXPECT_EQ(limiter_->try_acquire(5), 2u);
  EXPECT_EQ(limiter_->day(), "2027-01-01");
  EXPECT_EQ(limiter_->used_today(), 2u);
  EXPECT_EQ(acquire_now(), Permit::exhausted);
}

TEST_F(ARateLimiter, DayAndItsCallsBelongTogether) {
  given(unlimited, 1, 10, 4);
  clock_.advance(24h);
  // Nobody has called today yet: both are still yesterday's.
  EXPECT_EQ(limiter_->day(), "2026-11-22");
  EXPECT_EQ(limiter_->used_today(), 4u);
  ASSERT_EQ(acquire_now(), Permit::granted);
  EXPECT_EQ(limiter_->day(), "2026-11-23");
  EXPECT_EQ(limiter_->used_today(), 1u);
}

TEST_F(ARateLimiter, WhatIsGivenBackIsLeftInTheBudget) {
  given(unlimited, 1, 3);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  limiter_->give_back(2);
  EXPECT_EQ(limiter_->used_today(), 1u);
  EXPECT_EQ(unrecorded(), 1u);
  EXPECT_EQ(limiter_->try_acquire(9), 2u);
}

TEST_F(ARateLimiter, TellsTheLedgerEachCallOnce) {
  given(unlimited, 1);
  EXPECT_EQ(unrecorded(), 0u);
  ASSERT_EQ(limiter_->try_acquire(4), 4u);
  EXPECT_EQ(unrecorded(), 4u);
  EXPECT_EQ(unrecorded(), 0u);
}

// The ledger was told of permits that nobody used in the end: the next calls make up for it.
TEST_F(ARateLimiter, DoesNotTellTheLedgerAgainWhatReplacesAPermitGivenBackLate) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(4), 4u);
  ASSERT_EQ(unrecorded(), 4u);
  limiter_->give_back(3);
  EXPECT_EQ(unrecorded(), 0u);
  ASSERT_EQ(limiter_->try_acquire(5), 5u);
  EXPECT_EQ(unrecorded(), 2u) << "1 + 5 calls, of which the ledger has 4";
  EXPECT_EQ(limiter_->used_today(), 6u);
}

TEST_F(ARateLimiter, DoesNotCarryPermitsGivenBackIntoTheNextDay) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(4), 4u);
  ASSERT_EQ(unrecorded(), 4u);
  limiter_->give_back(3);
  clock_.advance(24h);
  ASSERT_EQ(limiter_->try_acquire(2), 2u);
  EXPECT_EQ(unrecorded(), 2u);
}

// A run goes on over midnight: what the ledger was not told of yet stays the day's on which it was.
TEST_F(ARateLimiter, TellsTheLedgerTheCallsOfEachDay) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  clock_.advance(24h);
  ASSERT_EQ(limiter_->try_acquire(2), 2u);
  clock_.advance(24h);
  ASSERT_EQ(limiter_->try_acquire(1), 1u);
  EXPECT_THAT(unrecorded_by_day(),
              ElementsAre(Pair("2026-11-24", 1u), Pair("2026-11-23", 2u), Pair("2026-11-22", 3u)));
  EXPECT_THAT(unrecorded_by_day(), IsEmpty());
}

TEST_F(ARateLimiter, TellsOfYesterdayAloneWhenNobodyCalledToday) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  clock_.advance(24h);
  EXPECT_THAT(unrecorded_by_day(), ElementsAre(Pair("2026-11-22", 3u)));
}

TEST_F(ARateLimiter, TakesPermitsGivenBackAfterMidnightFromTheDayBefore) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(4), 4u);
  clock_.advance(24h);
  ASSERT_EQ(limiter_->try_acquire(1), 1u);
  limiter_->give_back(3);
  EXPECT_EQ(unrecorded(), 2u);
  // Today owes nothing for them.
  ASSERT_EQ(limiter_->try_acquire(2), 2u);
  EXPECT_THAT(unrecorded_by_day(), ElementsAre(Pair("2026-11-23", 2u)));
}

// One limiter after another, as a daemon's runs have them.
TEST_F(ARateLimiter, GoesOnFromADayBeforeWithoutItsCalls) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  const auto history = limiter_->history();
  clock_.advance(24h);
  given(unlimited, 1, 10);
  limiter_->go_on_from(history);
  EXPECT_EQ(limiter_->used_today(), 0u);
  ASSERT_EQ(limiter_->try_acquire(1), 1u);
  EXPECT_THAT(unrecorded_by_day(), ElementsAre(Pair("2026-11-23", 1u), Pair("2026-11-22", 3u)));
}

TEST_F(ARateLimiter, OwesTheNextDayNothingForWhatWasGivenBackOnTheOneBefore) {
  given(unlimited, 1, 10);
  ASSERT_EQ(limiter_->try_acquire(3), 3u);
  EXPECT_EQ(unrecorded(), 3u);
  limiter_->give_back(1);
  const auto history = limiter_->history();
  clock_.advance(24h);
  given(unlimited, 1, 10);
  limiter_->go_on_from(history);
  ASSERT_EQ(limiter_->try_acquire(2), 2u);
  EXPECT_THAT(unrecorded_by_day(), ElementsAre(Pair("2026-11-23", 2u)));
}

// As after a reload.
TEST_F(ARateLimiter, GoesOnWithWhatIsLeftThoughAnotherRateIsConfigured) {
  given(10, 5);
  for (int i = 0; i < 5; ++i) ask();
  const auto history = limiter_->history();
  given(1, 5);
  limiter_->go_on_from(history);
  for (int i = 0; i < 2; ++i) ask();
  run();
  EXPECT_THAT(times(), ElementsAre(0ms, 0ms, 0ms, 0ms, 0ms, 100ms, 1100ms));
}

}  // namespace
}  // namespace referrald::test
