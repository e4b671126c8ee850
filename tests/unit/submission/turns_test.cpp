// When a call that has its permit may leave: permits are given ahead, and calls leave evenly.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/submission/rate_limit_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

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
