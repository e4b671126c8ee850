// What the daemon does when, in virtual time; the syncs are scripted.
#include "tests/unit/inbox/supervisor_fixture.hpp"

namespace referrald::inbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(SupervisorTest, ReadsAFileWhenItHasBeenStill) {
  start();
  EXPECT_TRUE(ready_);
  given("leads.csv");
  told_of("leads.csv");
  pass(9s);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 1U) << "the same file is not read twice";
}

TEST_F(SupervisorTest, ReadsOneThatIsRenamedIntoPlaceAtOnce) {
  start();
  given("leads.csv");
  told_of("leads.csv", true);
  EXPECT_EQ(engine_.syncs.size(), 1U);
}

TEST_F(SupervisorTest, ReadsOneThatIsRenamedIntoPlaceDuringALookAtOnce) {
  start();
  meanwhile_ = [this] {
    given("leads.csv");
    watch_.tell({folder_ / "in", "leads.csv", true});
  };
  told_of("something-else");
  pass(1s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, FindsWhatNobodyToldItOf) {
  start();
  given("leads.csv");
  pass(2min);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ReadsWhatLiesThereAtTheStart) {
  given("leads.csv", 1h);
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ReadsAReplacedFileAgain) {
  given("leads.csv", 1h);
  start();
  pass(1min);
  given("leads.csv", 20min);
  told_of("leads.csv");
  pass(1s);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads.csv"));
}

TEST_F(SupervisorTest, OneRunAtATimeAndSourcesTakeTurns) {
  add_source("deals", "on arrival");
  engine_.duration = 5s;
  given("leads.csv", 1h);
  given("deals.csv", 1h);
  start();
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  ASSERT_EQ(engine_.syncs.size(), 3U);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "deals.csv", "leads2.csv"));
  EXPECT_GE(engine_.syncs[1].at, 5s);
  EXPECT_GE(engine_.syncs[2].at, 10s);
}

TEST_F(SupervisorTest, EveryLooksAtItsDistance) {
  config_.sources[0].schedule = "every 15m";
  given("leads.csv", 1h);
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(14min);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(2min);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads2.csv"));
}

TEST_F(SupervisorTest, DailyLooksAtItsTime) {
  config_.sources[0].schedule = "daily 12:00 UTC";  // it is 10:00
  start();
  given("leads.csv");
  told_of("leads.csv");
  pass(119min);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2min);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(engine_.syncs[0].at, 2h);
  given("leads2.csv");
  pass(23h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, DailyWaitsForAFileThatIsStillBeingWritten) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  start();
  pass(2h - 5s);
  given("leads.csv");
  pass(9s);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(1s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ADailyTimeThatWasMissedIsMadeUpFor) {
  config_.sources[0].schedule = "daily 02:30 UTC";
  given("leads.csv", 12h);  // of 22:00, and it is 10:00
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, AFileOfTodayWaitsForTheDailyTime) {
  config_.sources[0].schedule = "daily 02:30 UTC";
  given("leads.csv", 1h);
  start();
  pass(16h);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(1h);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, WhatWaitsFromBeforeIsSentAtTheStart) {
  engine_.waiting_at_start = 3;
  start();
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_THAT(engine_.syncs[0].exports, IsEmpty());
}

TEST_F(SupervisorTest, RowsThatStillWaitAreTriedAgainEverLessOften) {
  engine_.waiting_at_start = 3;
  for (int i = 0; i < 4; ++i) engine_.script.push_back(leaves(3));
  start();
  pass(10h);
  std::vector<std::chrono::minutes> at;
  for (const auto& sync : engine_.syncs)
    at.push_back(std::chrono::floor<std::chrono::minutes>(sync.at));
  EXPECT_THAT(at, ElementsAre(0min, 2min, 6min, 14min, 30min));
}

TEST_F(SupervisorTest, NewExportsInterruptWhatOnlySends) {
  engine_.waiting_at_start = 100'000;
  engine_.duration = 48h;
  engine_.script.push_back(leaves(100'000, 10));
  start();
  pass(1h);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  engine_.duration = 100ms;
  given("leads.csv", 1h);
  told_of("leads.csv");
  pass(2s);
  ASSERT_EQ(engine_.syncs.size(), 2U);
  EXPECT_TRUE(engine_.syncs[0].drained);
  EXPECT_THAT(engine_.syncs[1].exports, ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ARunSendsForAWhileBeforeItIsInterrupted) {
  engine_.waiting_at_start = 100'000;
  engine_.duration = 48h;
  start();
  given("leads.csv", 1h);
  told_of("leads.csv");
  pass(25s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(10s);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, WhatIsReadingIsNotInterrupted) {
  given("leads.csv", 1h);
  engine_.duration = 48h;
  engine_.now.reading = true;
  start();
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_FALSE(engine_.syncs[0].drained);
}

TEST_F(SupervisorTest, StoppingDrainsWhatIsUnderWay) {
  given("leads.csv", 1h);
  engine_.duration = 48h;
  start();
  supervisor_->stop();
  pass(1ms);
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(engine_.syncs.at(0).drained);
  EXPECT_TRUE(watch_.stopped);
  EXPECT_LT(clock_.elapsed(), 1min);
}

TEST_F(SupervisorTest, AClockThatIsSetMovesTheDailyTime) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  start();
  given("leads.csv", 1h);
  clock_.set_wall(clock_.wall() + 24h * 365);
  pass(5min);
  EXPECT_EQ(told("the machine's clock was set").size(), 1U);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
}

TEST_F(SupervisorTest, WhatIsUnderWayBeginsAnewWhenTheClockIsSet) {
  engine_.waiting_at_start = 5;
  engine_.duration = 48h;
  engine_.script.push_back(leaves(5));
  start();
  pass(1h);
  clock_.set_wall(clock_.wall() - 24h);
  engine_.duration = 100ms;
  pass(2s);
  ASSERT_EQ(engine_.syncs.size(), 2U);
  EXPECT_TRUE(engine_.syncs[0].drained);
}

TEST_F(SupervisorTest, AChangedMappingIsSaidOnceAndWaitsForTheReload) {
  start();
  folder_.write("mapping.yaml", std::string(mapping_text) + "# changed\n");
  pass(1h);
  ASSERT_EQ(told("mapping").size(), 1U);
  EXPECT_THAT(told("mapping").front(), HasSubstr("reload"));
}

TEST_F(SupervisorTest, SomebodyIsToldOfTroubleAndThatItHasPassed) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  start();
  pass(1h);
  EXPECT_THAT(notices_, ElementsAre("trouble service", "recovered service"));
}

TEST_F(SupervisorTest, SomebodyIsToldOfRowsThatNeedAPersonWhenThereAreMore) {
  for (const std::uint64_t rows : {2U, 2U, 3U, 1U, 2U})
    engine_.script.push_back([=](sync::SyncOutcome& outcome) { outcome.need_person = rows; });
  start();
  for (int i = 0; i < 5; ++i) {
    given("leads" + std::to_string(i) + ".csv", 1h);
    pass(2min);
  }
  EXPECT_EQ(engine_.syncs.size(), 5U);
  EXPECT_THAT(notices_, ElementsAre("needs-person rows", "needs-person rows", "needs-person rows"));
}

TEST_F(SupervisorTest, WhatNeededAPersonBeforeItStartedIsNotToldAgain) {
  engine_.needing_at_start = 2;
  for (const std::uint64_t rows : {2U, 3U})
    engine_.script.push_back([=](sync::SyncOutcome& outcome) { outcome.need_person = rows; });
  start();
  given("leads1.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, IsEmpty());
  given("leads2.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, ElementsAre("needs-person rows"));
}

// Whoever died while it was at work may have told nobody.
TEST_F(SupervisorTest, WhatNeededAPersonIsToldAgainBehindARunThatWasCutOff) {
  engine_.needing_at_start = 2;
  engine_.cut_off = true;
  engine_.script.push_back([](sync::SyncOutcome& outcome) { outcome.need_person = 2; });
  start();
  given("leads.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, ElementsAre("needs-person rows"));
}

TEST_F(SupervisorTest, SomebodyIsToldWhenNothingHasSucceededForLong) {
  config_.notify.emplace();
  config_.notify->silence = 6h;
  start();
  pass(7h);
  EXPECT_THAT(notices_, ElementsAre("silent silence"));
  pass(24h);
  EXPECT_EQ(notices_.size(), 1U);
  given("leads.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, ElementsAre("silent silence", "recovered silence"));
}

TEST_F(SupervisorTest, RunsThatFailAreNoSuccess) {
  config_.notify.emplace();
  config_.notify->silence = 6h;
  for (int i = 0; i < 8; ++i)
    engine_.script.push_back([](sync::SyncOutcome& outcome) { outcome.exit = Exit::invalid; });
  start();
  for (int i = 0; i < 8; ++i) {
    given("leads" + std::to_string(i) + ".csv", 1h);
    pass(1h);
  }
  EXPECT_EQ(engine_.syncs.size(), 8U);
  EXPECT_THAT(notices_, ElementsAre("silent silence"));
}

TEST_F(SupervisorTest, SaysWhatIsGoingOn) {
  given("leads.csv", 1h);
  engine_.duration = 10s;
  engine_.now.reading = true;
  engine_.now.bytes_read = 10;
  engine_.now.bytes_total = 100;
  engine_.now.admitted = 5;
  engine_.now.done = 2;
  engine_.now.waited = 1;
  start();
  EXPECT_EQ(in_words(supervisor_->activity()), "reading leads.csv of source leads");
  engine_.now.reading = false;
  EXPECT_EQ(in_words(supervisor_->activity()), "sending: 2 of 6 rows");
  pass(20s);
  EXPECT_EQ(in_words(supervisor_->activity()), "idle");
}

}  // namespace
}  // namespace referrald::inbox
