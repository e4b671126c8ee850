// How far the rate falls when the service throttles, and how it rises again.
#include "daemon/submission/pace.hpp"

#include <gtest/gtest.h>

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Pace;
using submission::SteadyTime;

class APace : public testing::Test {
 protected:
  // Calls that are answered properly, one after the other at the rate that holds, for so long.
  void succeed_for(std::chrono::duration<double> time) {
    const auto end = now_ + std::chrono::round<SteadyTime::duration>(time);
    while (now_ < end && pace_.rate()) {
      now_ += std::chrono::round<SteadyTime::duration>(
          std::chrono::duration<double>(1.0 / *pace_.rate()));
      pace_.called(now_);
      pace_.succeeded(now_);
    }
  }
  void throttle() {
    pace_.called(now_);
    pace_.throttled(now_, now_ + 10ms);
    now_ += 20ms;
  }
  void given(config::Rate rate) { pace_ = Pace(rate); }

  SteadyTime now_{100h};
  Pace pace_{1.0};
};

TEST_F(APace, IsTheConfiguredOneUntilTheServiceThrottles) {
  EXPECT_FALSE(pace_.rate());
  pace_.succeeded(now_);
  EXPECT_FALSE(pace_.rate());
}

TEST_F(APace, IsHalvedByEachThrottlingDownToASixteenth) {
  for (const double rate : {0.5, 0.25, 0.125, 0.0625, 0.0625, 0.0625}) {
    throttle();
    EXPECT_EQ(pace_.rate(), rate);
    now_ += Pace::settling;
  }
}

TEST_F(APace, TakesThrottlingsUnderWayTogetherForOne) {
  const auto left = now_;
  pace_.throttled(left, now_ + 1s);
  pace_.throttled(left, now_ + 2s);
  pace_.throttled(now_ + 1s, now_ + 20s);  // left when the first answer came
  EXPECT_EQ(pace_.rate(), 0.5);
  pace_.throttled(now_ + 1s + 1ms, now_ + 20s);
  EXPECT_EQ(pace_.rate(), 0.25);
}

TEST_F(APace, WaitsForASlowingToTakeEffectBeforeTheNext) {
  pace_.throttled(now_, now_);
  pace_.throttled(now_ + 1s, now_ + Pace::settling - 1ms);
  EXPECT_EQ(pace_.rate(), 0.5);
  pace_.throttled(now_ + 1s, now_ + Pace::settling);
  EXPECT_EQ(pace_.rate(), 0.25);
}

TEST_F(APace, RisesEvenlyOverMinutesOfProperAnswers) {
  throttle();
  succeed_for(75s);
  ASSERT_TRUE(pace_.rate());
  EXPECT_NEAR(*pace_.rate(), 0.75, 0.02);
  succeed_for(70s);
  ASSERT_TRUE(pace_.rate());
  EXPECT_NEAR(*pace_.rate(), 0.98, 0.02);
  succeed_for(15s);
  EXPECT_FALSE(pace_.rate()) << "and is the configured one again";
}

TEST_F(APace, DoesNotRiseByTimeAlone) {
  throttle();
  now_ += 24h;
  EXPECT_EQ(pace_.rate(), 0.5);
}

TEST_F(APace, DoesNotRiseByAnswersToCallsThatLeftBeforeItFell) {
  const auto left = now_;
  throttle();
  pace_.succeeded(left);
  EXPECT_EQ(pace_.rate(), 0.5);
}

TEST_F(APace, FallsAgainFromWhereItIs) {
  throttle();
  succeed_for(75s);
  throttle();
  EXPECT_NEAR(*pace_.rate(), 0.375, 0.01);
}

TEST_F(APace, NeedsSeveralAnswersHoweverRareTheCallsAre) {
  given(1.0 / 3600);
  throttle();
  for (int i = 0; i < 7; ++i) pace_.succeeded(now_ += 1h);
  EXPECT_TRUE(pace_.rate());
  pace_.succeeded(now_ += 1h);
  EXPECT_FALSE(pace_.rate());
}

TEST_F(APace, WithoutALimitBeginsAtTheRateThatWasMeasured) {
  given(std::nullopt);
  for (int i = 0; i < 2'500; ++i) {
    pace_.called(now_);
    now_ += 1ms;
  }
  throttle();
  EXPECT_EQ(pace_.rate(), 500);
  succeed_for(140s);
  EXPECT_TRUE(pace_.rate());
  succeed_for(20s);
  EXPECT_FALSE(pace_.rate()) << "unlimited again where it was when it was throttled first";
}

TEST_F(APace, WithoutALimitDoesNotTakeTheFirstCallsForTheRate) {
  given(std::nullopt);
  throttle();
  EXPECT_EQ(pace_.rate(), Pace::least_measured / 2);
}

TEST_F(APace, WithoutALimitForgetsWhatWasCalledLongAgo) {
  given(std::nullopt);
  for (int i = 0; i < 2'000; ++i) pace_.called(now_ += 1ms);
  now_ += 1h;
  throttle();
  EXPECT_EQ(pace_.rate(), Pace::least_measured / 2);
}

}  // namespace
}  // namespace referrald::test
