// Updates that wait from an earlier run, and a first sync into a tenant that is not empty.
#include <utility>

#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using testing::HasSubstr;

// What waits from an earlier run is of an older export: the newest one says what is sent.
class WaitingTest : public UpdateTest {
 protected:
  void waits(const Lead& lead, std::string_view method = "PATCH") {
    const int attempts = std::exchange(config.submission.retry.attempts, 1);
    world->fault = [method = std::string(method)](const submission::Request& request) {
      return request.method == method ? Fault::not_sent : Fault::none;
    };
    (void)synced({lead});
    world->fault = [](const auto&) { return Fault::none; };
    config.submission.retry.attempts = attempts;
    ASSERT_EQ(state_of(lead.id), State::pending);
  }
  // The export is read some time after the run began: its file has to be still first.
  sync::SyncOutcome later_synced(const std::vector<Lead>& leads) {
    config.sources[0].settle = std::chrono::seconds{5};
    given(leads);
    std::filesystem::last_write_time(folder / "in" / "leads.csv",
                                     std::chrono::file_clock::from_sys(clock().wall()));
    auto outcome = sync();
    config.sources[0].settle = std::chrono::seconds{0};
    return outcome;
  }
  std::string sellers_see() const {
    return world->member("1", "/consent/consentToShareReferralWithMicrosoftSellers");
  }
};

TEST_F(WaitingTest, TheNewestContentIsSent) {
  synced({{}});
  waits({.value = "1500"});
  EXPECT_EQ(later_synced({{.notes = "second", .value = "1700"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1700");
  EXPECT_EQ(world->member("1", "/details/notes"), "\"second\"");
  EXPECT_EQ(sync().summary.unchanged, 1u);
}

TEST_F(WaitingTest, WhatTheCrmTookBackIsNotSent) {
  synced({{}});
  waits({.value = "1500", .status = "Won"});
  const auto sent = requests();
  EXPECT_EQ(later_synced({{}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1000");
  EXPECT_EQ(world->own_referral("1").status, "Active");
  EXPECT_EQ(requests(), sent);
}

TEST_F(WaitingTest, AnUpgradeThatTheCrmTookBackIsNotMade) {
  synced({{}});
  waits({.deal = "co-sell"}, "POST");
  EXPECT_EQ(later_synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_NE(sellers_see(), "true");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(reader()->find("1")->deal, "private");
}

TEST_F(WaitingTest, AnUpgradeOfAVisibleDealCanBeTakenBack) {
  synced({{.deal = "partner-led"}});
  waits({.deal = "co-sell"}, "POST");
  EXPECT_EQ(later_synced({{.value = "1500", .deal = "partner-led"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(reader()->find("1")->deal, "partner-led");
}

TEST_F(WaitingTest, AnUpgradeIsMadeThoughTheRowChangesMeanwhile) {
  synced({{}});
  waits({.deal = "co-sell"}, "POST");
  EXPECT_EQ(later_synced({{.value = "1500", .deal = "co-sell"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(sync().summary.unchanged, 1u);
}

TEST_F(WaitingTest, ADealThatWasNeverSentIsCreatedAsTheNewestExportSays) {
  waits({.deal = "co-sell"}, "POST");
  EXPECT_EQ(later_synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_NE(sellers_see(), "true");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(world->patches, 0u);
  EXPECT_EQ(world->own("1"), 1u);
}

// A new ledger beside a tenant that holds referrals.
class FirstSyncTest : public UpdateTest {
 protected:
  FirstSyncTest() {
    synced({{}});
    std::filesystem::remove(config.ledger);
    first_sync = true;
  }
};

TEST_F(FirstSyncTest, StopsWithTheAdviceToAdopt) {
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("referrald adopt")));
  EXPECT_EQ(world->own("1"), 1u);
  EXPECT_EQ(state_of("1"), State::pending);
}

TEST_F(FirstSyncTest, PassesWithoutAnAdoptAndIsNoFirstOneAfterwards) {
  EXPECT_EQ(sync({.without_adopt = true})->exit, Exit::ok);
  const auto gets = world->gets;
  EXPECT_EQ(synced({{}, {.id = "2"}}).exit, Exit::ok);
  EXPECT_EQ(world->gets, gets);
}

TEST_F(FirstSyncTest, SendsNothingWhenTheListCannotBeRead) {
  config.submission.retry.attempts = 2;
  world->fault = [](const submission::Request& request) {
    return request.method == "GET" ? Fault::status_503 : Fault::none;
  };
  EXPECT_EQ(sync().exit, Exit::unavailable);
  EXPECT_EQ(world->own("1"), 1u);
}

}  // namespace
}  // namespace referrald::test
