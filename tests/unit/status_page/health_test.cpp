#include "daemon/status_page/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_snapshot.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using namespace status_page;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> codes(const Health& health) {
  std::vector<std::string> all;
  for (const Trouble& reason : health.reasons) all.push_back(reason.code);
  return all;
}

TEST(HealthOfTheDaemon, IsGoodWhenNothingIsToBeDone) {
  const Health health = health_of(calm_snapshot(at_ten));
  EXPECT_TRUE(health.alive && health.ready);
  EXPECT_EQ(health.tone, Tone::calm);
  EXPECT_EQ(health.headline, "Everything is as wanted.");
  EXPECT_EQ(health_of(busy_snapshot(at_ten)).headline, "3,185 rows are on their way.");
  EXPECT_EQ(health_of(busy_snapshot(at_ten)).tone, Tone::calm);
}

TEST(HealthOfTheDaemon, PutsWhatHoldsEverythingUpFirst) {
  const Health health = health_of(troubled_snapshot(at_ten));
  EXPECT_TRUE(health.alive);
  EXPECT_FALSE(health.ready);
  EXPECT_EQ(health.tone, Tone::trouble);
  EXPECT_THAT(codes(health), ElementsAre("service-waited-for", "rows-need-a-person", "run-failed",
                                         "sign-in-ends"));
  EXPECT_THAT(ready_json(health), HasSubstr("service-waited-for"));
  EXPECT_THAT(ready_json(health), HasSubstr(R"("blocks":false)")) << "what is worth a look, too";
}

TEST(HealthOfTheDaemon, IsReadyThoughRowsNeedAPerson) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.ledger.needing = 1;
  const Health health = health_of(snapshot);
  EXPECT_TRUE(health.ready);
  EXPECT_EQ(health.tone, Tone::attention);
  EXPECT_EQ(health.headline, "1 row needs a person.");
}

// A later run that succeeds does not read them.
TEST(HealthOfTheDaemon, TellsOfExportsThatWereSetAside) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.ledger.sources.front().set_aside = 2;
  snapshot.ledger.sources.front().quarantine = "/srv/unreadable";
  const Health health = health_of(snapshot);
  EXPECT_TRUE(health.ready);
  EXPECT_EQ(health.tone, Tone::attention);
  EXPECT_THAT(codes(health), ElementsAre("exports-set-aside"));
  EXPECT_THAT(health.headline, HasSubstr("could not be read and lie in /srv/unreadable."));
}

TEST(HealthOfTheDaemon, IsReadyThoughTheBudgetIsUsedUp) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.live.now.doing = Doing::budget_used_up;
  EXPECT_TRUE(health_of(snapshot).ready);
  EXPECT_THAT(codes(health_of(snapshot)), ElementsAre("budget-used-up"));
}

TEST(HealthOfTheDaemon, NeedsASignInThatHasNotEnded) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.sign_in.present = false;
  EXPECT_THAT(codes(health_of(snapshot)), ElementsAre("no-sign-in"));
  snapshot = calm_snapshot(at_ten);
  snapshot.sign_in.good_until = at_ten;
  EXPECT_THAT(codes(health_of(snapshot)), ElementsAre("sign-in-ended"));
  snapshot = calm_snapshot(at_ten);
  snapshot.sign_in.client_until = at_ten - 1h;
  const Health health = health_of(snapshot);
  EXPECT_THAT(codes(health), ElementsAre("client-ended"));
  EXPECT_FALSE(health.ready);
}

TEST(HealthOfTheDaemon, HangsWhenItsLoopDoesNotComeRound) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.live.beat = at_ten - hangs_after;
  EXPECT_TRUE(health_of(snapshot).alive);
  snapshot.live.beat = at_ten - hangs_after - 1ms;
  const Health health = health_of(snapshot);
  EXPECT_FALSE(health.alive);
  EXPECT_FALSE(health.ready);
  EXPECT_THAT(alive_json(health), HasSubstr("\"since\":\"2026-11-22T09:57:59Z\""));
}

TEST(HealthOfTheDaemon, TakesStartingAndStoppingForWhatTheyAre) {
  Snapshot snapshot = calm_snapshot(at_ten);
  for (const Doing doing : {Doing::starting, Doing::stopping}) {
    snapshot.live.now.doing = doing;
    EXPECT_FALSE(health_of(snapshot).ready);
    EXPECT_EQ(health_of(snapshot).tone, Tone::attention);
  }
  snapshot.sign_in.present = false;
  EXPECT_EQ(health_of(snapshot).tone, Tone::trouble);
}

TEST(HealthOfTheDaemon, TellsWhatTheDaemonSaysOfItself) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.live.troubles = {
      {"folder-missing", "The folder /var/spool/leads is gone.", "Make it again.", at_ten - 1h,
       false},
      {"disk-full", "The ledger's disk is full.", "Make room.", at_ten, true}};
  const Health health = health_of(snapshot);
  EXPECT_THAT(codes(health), ElementsAre("disk-full", "folder-missing"));
  EXPECT_EQ(health.headline, "The ledger's disk is full.");
  EXPECT_THAT(alive_json(health), HasSubstr("ok"));
}

}  // namespace
}  // namespace referrald::test
