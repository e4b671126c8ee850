// Trouble that begins and passes while nobody watches, in virtual time.
#include "tests/unit/inbox/supervisor_fixture.hpp"

namespace referrald::inbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(SupervisorTest, AServiceInTroubleIsProbedAndTheWorkGoesOnByItself) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "Partner Center is down; sync later"));
  engine_.answers = {{Exit::unavailable, "down, request-id 1"},
                     {Exit::unavailable, "down, request-id 2"}};
  start();
  pass(1s);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::trouble);
  EXPECT_EQ(in_words(supervisor_->activity()), "waiting: Partner Center is down");
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  EXPECT_EQ(engine_.syncs.size(), 1U) << "nothing is sent into the trouble";
  pass(10min);
  EXPECT_EQ(engine_.probes.size(), 3U);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads.csv", "leads2.csv"));
  EXPECT_EQ(told("error").size(), 1U) << "it is said once";
  EXPECT_EQ(told("Partner Center answers again").size(), 1U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::idle);
}

TEST_F(SupervisorTest, TroubleOfAnotherKindIsSaidToo) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  engine_.answers = {{Exit::not_authorised, "the sign-in is refused"}};
  start();
  pass(1min);
  EXPECT_THAT(told("error"),
              ElementsAre(HasSubstr("error down "), HasSubstr("error the sign-in is refused ")));
}

TEST_F(SupervisorTest, AWeekOfTroubleIsOneLineAndSomeHundredReads) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  for (int i = 0; i < 5'000; ++i) engine_.answers.push_back({Exit::unavailable, "down"});
  start();
  pass(24h * 7);
  EXPECT_EQ(told("error").size(), 1U);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_GT(engine_.probes.size(), 1'000U);
  EXPECT_LT(engine_.probes.size(), 1'500U);
}

TEST_F(SupervisorTest, ADailySourceMakesUpForTheServicesTrouble) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  start();
  pass(2h + 5min);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, AUsedUpBudgetGoesOnTheNextDayAndNewExportsAreReadMeanwhile) {
  given("leads.csv", 1h);
  const auto used_up = [](sync::SyncOutcome& outcome) {
    outcome.halt = Halt::budget;
    outcome.halt_reason = "the daily budget of 5 calls is used up";
    outcome.summary.waiting = 5;
  };
  engine_.script = {used_up, used_up};
  start();
  pass(1min);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::budget);
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads2.csv"));
  EXPECT_EQ(told("budget").size(), 1U);
  pass(13h);
  EXPECT_EQ(engine_.syncs.size(), 2U);
  pass(1h);  // it is past midnight
  EXPECT_EQ(engine_.syncs.size(), 3U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::idle);
}

TEST_F(SupervisorTest, AnUnreadableExportIsSetAsideWithItsReasons) {
  config_.sources[0].quarantine = folder_ / "unreadable";
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome& outcome) {
    auto& what = outcome.exports.at(0);
    what.handled = Handled::unreadable;
    what.exit = Exit::cannot_read;
    what.reasons = {"leads.csv: line 7: a quote is left open"};
    outcome.messages = what.reasons;
  });
  start();
  pass(1h);
  EXPECT_FALSE(fs::exists(folder_ / "in" / "leads.csv"));
  EXPECT_TRUE(fs::exists(folder_ / "unreadable" / "leads.csv"));
  EXPECT_THAT(test::content_of(folder_ / "unreadable" / "leads.csv.why"),
              HasSubstr("line 7: a quote is left open"));
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(told("line 7").size(), 1U);
}

TEST_F(SupervisorTest, AnExportThatCannotBeDealtWithIsNotTriedAllTheTime) {
  given("leads.csv", 1h);
  for (int i = 0; i < 3; ++i)
    engine_.script.push_back([](sync::SyncOutcome& outcome) {
      outcome.exports.at(0).handled.reset();
      outcome.exports.at(0).exit = Exit::cannot_write;
    });
  start();
  pass(30s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(10min);
  EXPECT_EQ(engine_.syncs.size(), 4U);
}

TEST_F(SupervisorTest, AFolderThatVanishesIsSaidOnceAndPicksUpAgain) {
  start();
  fs::remove_all(folder_ / "in");
  pass(24h);
  EXPECT_EQ(told("error").size(), 1U);
  EXPECT_THAT(told("error").front(), HasSubstr("is not there"));
  fs::create_directories(folder_ / "in");
  given("leads.csv", 1h);
  pass(2min);
  EXPECT_EQ(told("its folder is there again").size(), 1U);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, AFullDiskIsSaidOnceAndPassesByItself) {
  given("leads.csv", 1h);
  for (int i = 0; i < 3; ++i)
    engine_.script.push_back([](sync::SyncOutcome&) {
      throw LedgerError(LedgerError::Kind::cannot_write, "the disk is full");
    });
  start();
  pass(10min);
  EXPECT_EQ(engine_.syncs.size(), 4U);
  EXPECT_EQ(told("the disk is full").size(), 1U);
  EXPECT_EQ(told("the ledger can be used again").size(), 1U);
  EXPECT_FALSE(ended_);
}

TEST_F(SupervisorTest, ThatTheLedgerIsWellIsSaidWhenSomethingIsRecordedInIt) {
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome&) {
    throw LedgerError(LedgerError::Kind::cannot_write, "the disk is full");
  });
  start();
  pass(1min);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::trouble);
  EXPECT_THAT(in_words(supervisor_->activity()), ::testing::HasSubstr("the disk is full"));
  engine_.duration = 10h;
  engine_.now.so_far.created = 1;
  pass(5min);
  EXPECT_EQ(told("the ledger can be used again").size(), 1U) << "not after ten hours of sending";
}

TEST_F(SupervisorTest, WhatTheGuardHoldsIsTroubleUntilItIsDealtWith) {
  const auto file = given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome& outcome) {
    outcome.exit = Exit::stopped;
    outcome.failures.push_back({"guard-stopped", Exit::stopped, "31 would be created", {}, {}});
    for (auto& what : outcome.exports) what.handled = Handled::guarded;
  });
  start();
  pass(1h);
  EXPECT_THAT(told("source leads: 31 would be created"),
              ElementsAre(::testing::AllOf(HasSubstr("run_id=1"), HasSubstr("export=leads.csv"))));
  EXPECT_THAT(supervisor_->activity().troubles, ::testing::SizeIs(1));
  fs::remove(file);
  pass(1h);
  EXPECT_THAT(supervisor_->activity().troubles, IsEmpty());
  EXPECT_THAT(notices_, ElementsAre("trouble guard leads", "recovered guard leads"));
}

TEST_F(SupervisorTest, ALedgerThatAnotherHoldsIsWaitedFor) {
  given("leads.csv", 1h);
  engine_.script.push_back(
      [](sync::SyncOutcome&) { throw LedgerError(LedgerError::Kind::held, "process 7 holds it"); });
  start();
  pass(9s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(2s);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, AScheduledSourceIsNotLookedAtWhileTheLedgerIsHeld) {
  config_.sources[0].schedule = "every 15m";
  engine_.handled_error = LedgerError::Kind::held;
  start();
  pass(1h);
  EXPECT_LE(engine_.asked, 61U * 6U) << "every ten seconds, not all the time";
  EXPECT_EQ(told("it is tried again and again").size(), 1U);
  engine_.handled_error.reset();
  given("leads.csv", 1h);
  pass(11s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ADamagedLedgerEndsIt) {
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome&) {
    throw LedgerError(LedgerError::Kind::damaged, "the ledger is damaged");
  });
  start();
  pass(1s);
  EXPECT_TRUE(ended_);
  EXPECT_THROW(std::rethrow_exception(error_), LedgerError);
}

TEST_F(SupervisorTest, IsNotReadyWithoutALedger) {
  engine_.prepare_error = LedgerError::Kind::cannot_write;
  start();
  EXPECT_FALSE(ready_);
  EXPECT_TRUE(ended_);
}

TEST_F(SupervisorTest, ALedgerThatAnotherCommandHoldsAtTheStartIsWaitedFor) {
  engine_.prepare_error = LedgerError::Kind::held;
  start();
  EXPECT_TRUE(ready_);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(told("it is tried again and again").size(), 1U);
  pass(11s);
  EXPECT_EQ(engine_.syncs.size(), 1U);  // of what may have waited
  EXPECT_THAT(supervisor_->activity().troubles, IsEmpty());
}

TEST_F(SupervisorTest, AfterAReloadALedgerThatCannotBeWrittenIsWaitedFor) {
  engine_.prepare_error = LedgerError::Kind::cannot_write;
  resumes_ = true;
  start();
  EXPECT_TRUE(ready_);
  EXPECT_FALSE(ended_);
}

}  // namespace
}  // namespace referrald::inbox
