#include "daemon/submission/rate_limit.hpp"

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/spawn.hpp"
#include "tests/support/spawning.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using submission::Permit;
using submission::RateLimiter;
using submission::WallTime;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr config::Rate unlimited{};

class ARateLimiter : public testing::Test {
 protected:
  // A permit as somebody got it, and when.
  struct Call {
    std::string name;
    Permit permit;
    milliseconds at;
    bool operator==(const Call&) const = default;
    friend void PrintTo(const Call& call, std::ostream* out) {
      *out << call.name << " " << static_cast<int>(call.permit) << " at " << call.at.count()
           << "ms";
    }
  };

  void given(config::Rate rate, int burst, std::optional<std::uint64_t> budget = std::nullopt,
             std::uint64_t used = 0) {
    limiter_ = std::make_unique<RateLimiter>(rate, burst, budget, used, clock_);
  }

  // Asks for a permit, and for others meanwhile.
  void ask(std::string name = {}) { begin(acquire(std::move(name))); }
  void ask_times(int times) {
    for (int i = 0; i < times; ++i) ask();
  }
  void ask_to_depart(std::string name, std::vector<std::pair<std::string, milliseconds>>& left) {
    begin(depart(std::move(name), left));
  }
  // Without doing so then.
  void ask_for_a_turn() { begin(wait_to_depart()); }
  void depart_again_and_again(std::vector<milliseconds>& departures) {
    begin(depart_for_ever(departures));
  }
  void ask_to_pass(std::string name) { begin(pass(std::move(name))); }
  void run() { run_until_idle(io_, clock_); }
  void run_for(milliseconds time) {
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

  Permit acquire_now() { return await(io_, clock_, limiter_->acquire()); }
  void pause_for(milliseconds time) { limiter_->pause_until(clock_.steady() + time); }

  std::vector<milliseconds> times() const {
    std::vector<milliseconds> times;
    for (const auto& call : calls_) times.push_back(call.at);
    return times;
  }

  asio::io_context io_;
  VirtualClock clock_;
  std::unique_ptr<RateLimiter> limiter_;
  std::vector<Call> calls_;

 private:
  asio::awaitable<void> depart(std::string name,
                               std::vector<std::pair<std::string, milliseconds>>& left) {
    while (!limiter_->try_depart()) {
      const Permit permit = co_await limiter_->wait_to_depart();
      if (permit == Permit::stopped) co_return;
    }
    left.emplace_back(std::move(name), clock_.elapsed());
  }
  asio::awaitable<void> wait_to_depart() { (void)co_await limiter_->wait_to_depart(); }
  asio::awaitable<void> depart_for_ever(std::vector<milliseconds>& departures) {
    while (true) {
      if (limiter_->try_depart()) {
        departures.push_back(clock_.elapsed());
        continue;
      }
      const Permit permit = co_await limiter_->wait_to_depart();
      if (permit == Permit::stopped) co_return;
    }
  }
  void begin(asio::awaitable<void> job) {
    spawn(io_.get_executor(), std::move(job), rethrow);
    run_ready(io_, clock_);
  }
  asio::awaitable<void> acquire(std::string name) {
    const Permit permit = co_await limiter_->acquire();
    calls_.push_back(Call{name, permit, clock_.elapsed()});
  }
  asio::awaitable<void> pass(std::string name) {
    const Permit permit = co_await limiter_->pass();
    calls_.push_back(Call{name, permit, clock_.elapsed()});
  }
};

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

// The ledger writes down what will leave, which takes longer than a burst at a high rate.
TEST_F(ARateLimiter, HandsOutPermitsAheadAtAHighRateAndLetsNoneLeaveEarlier) {
  given(2000, 5);
  EXPECT_EQ(limiter_->try_acquire(10'000), 505u);
  int left = 0;
  while (limiter_->try_depart()) ++left;
  EXPECT_EQ(left, 5);
  clock_.advance(1s);
  while (limiter_->try_depart()) ++left;
  EXPECT_EQ(left, 10);
}

// What leaves evenly arrives unevenly, by a few milliseconds.
TEST_F(ARateLimiter, LeavesRoomForUnevenArrivalWhereThatIsMoreThanACall) {
  given(2000, 5);
  std::vector<milliseconds> departures;
  depart_again_and_again(departures);
  run_for(10s);
  limiter_->stop();
  run();
  EXPECT_NEAR(static_cast<double>(departures.size()), 5 + 19'920, 1);
  EXPECT_EQ(submission::kept_rate(250), 250);
  EXPECT_EQ(submission::kept_rate(unlimited), unlimited);
}

// Those who wait to depart wait for what is left of the bucket, not for times they were given
// before.
TEST_F(ARateLimiter, LosesNoMoreToAMomentInWhichNobodyRanThanThatMoment) {
  given(200, 5);
  std::vector<milliseconds> departures;
  for (int i = 0; i < 32; ++i) depart_again_and_again(departures);
  run_for(1s);
  clock_.advance(100ms);
  run_for(10s);
  limiter_->stop();
  run();
  // The stalled moment costs 100 ms less what the bucket holds; no other does.
  const auto until = [&](milliseconds end) {
    return std::ranges::count_if(departures, [&](milliseconds at) { return at <= end; });
  };
  EXPECT_EQ(until(1s), 5 + 200);
  EXPECT_EQ(until(11'100ms) - until(1s), 5 + 2000);
}

TEST_F(ARateLimiter, LetsWaitingCallsDepartInTheOrderInWhichTheyCame) {
  given(10, 1);
  ASSERT_TRUE(limiter_->try_depart());
  std::vector<std::pair<std::string, milliseconds>> left;
  for (const auto* name : {"a", "b", "c"}) ask_to_depart(name, left);
  run();
  EXPECT_THAT(left, ElementsAre(Pair("a", 100ms), Pair("b", 200ms), Pair("c", 300ms)));
}

// As when its connection has to be opened first.
TEST_F(ARateLimiter, OneThatDoesNotDepartInItsTurnDoesNotKeepTheNextOne) {
  given(10, 1);
  ASSERT_TRUE(limiter_->try_depart());
  ask_for_a_turn();
  std::vector<std::pair<std::string, milliseconds>> left;
  ask_to_depart("b", left);
  run();
  EXPECT_THAT(left, ElementsAre(Pair("b", 200ms)));
}

// As when no connection could be opened.
TEST_F(ARateLimiter, WhatIsGivenBackLetsTheNextOneDepartAtOnce) {
  given(10, 1);
  ASSERT_TRUE(limiter_->try_depart());
  ask_for_a_turn();
  std::vector<std::pair<std::string, milliseconds>> left;
  ask_to_depart("b", left);
  run_for(150ms);
  EXPECT_THAT(left, IsEmpty());
  limiter_->give_back(1);
  run();
  EXPECT_THAT(left, ElementsAre(Pair("b", 150ms)));
}

TEST_F(ARateLimiter, CountsCallsThatNobodyAskedFor) {
  given(unlimited, 1);
  limiter_->count(3);
  EXPECT_EQ(limiter_->used_today(), 3u);
  EXPECT_EQ(unrecorded(), 3u);
  limiter_->give_back(2);
  EXPECT_EQ(limiter_->used_today(), 1u);
}

TEST_F(ARateLimiter, WhoWaitsToDepartWaitsForAPauseThatBeginsMeanwhileAndNoLongerThanTheRun) {
  given(10, 1);
  ASSERT_TRUE(limiter_->try_depart());
  std::vector<std::pair<std::string, milliseconds>> left;
  for (const auto* name : {"a", "b", "c"}) ask_to_depart(name, left);
  run_for(50ms);
  limiter_->pause_until(clock_.steady() + 1s);
  run_for(1100ms);
  limiter_->stop();
  run();
  EXPECT_THAT(left, ElementsAre(Pair("a", 1050ms), Pair("b", 1150ms)));
}

}  // namespace
}  // namespace referrald::test
