// Microsoft is shown what the newest content wants it to see, and nothing else: a deal that it was
// shown cannot be taken back.
#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class InvitationTest : public UpdateTest {
 protected:
  // The row asks for Microsoft, whose invitation meets this; then the service is down.
  void doubtful(const Lead& lead, Fault fault) {
    world->fault = [fault, sent = false](const submission::Request& request) mutable {
      if (request.method == "POST" && !sent) {
        sent = true;
        return fault;
      }
      return sent ? Fault::status_503 : Fault::none;
    };
    config.submission.retry.attempts = 1;
    (void)synced({lead});
    config.submission.retry.attempts = 8;
    world->fault = [](const auto&) { return Fault::none; };
    ASSERT_EQ(state_of(lead.id), State::in_doubt);
  }
};

TEST_F(InvitationTest, ADoubtfulOneIsNotSentAgainOnceTheCrmWantsNone) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(reader()->find("1")->deal, "private");
  const auto sent = requests();
  EXPECT_EQ(sync().summary.unchanged, 1u);
  EXPECT_EQ(requests(), sent);
}

// As where a deal is joined with its contacts: the last row counts, each time.
TEST_F(InvitationTest, AnIdGivenTwiceWithAnotherDealIsDoneWithOnceItIsSent) {
  for (const auto* last : {"private", "partner-led", "co-sell"}) {
    for (const auto* first : {"private", "partner-led", "co-sell"}) {
      const std::string id = std::string(first) + " then " + last;
      const std::vector<Lead> rows{{.id = id, .deal = first}, {.id = id, .deal = last}};
      EXPECT_EQ(synced(rows).exit, Exit::ok) << id;
      EXPECT_EQ(world->microsofts(id), std::string(last) == "co-sell" ? 1u : 0u) << id;
      const auto sent = requests();
      const auto again = synced(rows);
      EXPECT_EQ(again.exit, Exit::ok) << id;
      EXPECT_EQ(again.summary.changed + again.summary.updated + again.summary.refused, 0u) << id;
      EXPECT_EQ(requests(), sent) << id;
      EXPECT_EQ(state_of(id), State::synced) << id;
    }
  }
}

// A canary run must not send what the export that lies there takes back.
TEST_F(InvitationTest, ALimitDoesNotKeepAnExportFromTakingBackWhatWaits) {
  config.submission.daily_budget = 1;
  EXPECT_EQ(synced({{.id = "1", .deal = "co-sell"}}).exit, Exit::stopped);
  ASSERT_EQ(state_of("1"), State::pending);
  config.submission.daily_budget.reset();
  given({{.id = "0"}, {.id = "1", .deal = "private"}, {.id = "2"}});
  const auto outcome = *sync({.limit = 1});
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(world->own("0") + world->own("2"), 0u) << "beyond the limit";
  EXPECT_TRUE(outcome.limit_reached);
  EXPECT_EQ(sync().exit, Exit::needs_person) << "a downgrade of what was created to be shown";
  EXPECT_EQ(world->own("0") + world->own("2"), 2u);
}

// It cannot be taken back, no more than a deal that is created.
TEST_F(InvitationTest, TheGuardCountsInvitationsToDealsThatExist) {
  std::vector<Lead> rows{{.id = "1"}, {.id = "2"}, {.id = "3"}};
  synced(rows);
  config.guard = config::Guard{.max_creates = 2, .max_changed = {}};
  for (auto& row : rows) row.deal = "co-sell";
  const auto outcome = synced(rows);
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, Contains(HasSubstr("guard.max_creates is 2")));
  EXPECT_EQ(world->posts, 3u);
}

TEST_F(InvitationTest, NobodyIsInvitedByAnExportThatCannotBeReadToItsEnd) {
  given({{.id = "1", .deal = "co-sell"}});
  const std::string name = "leads.csv";
  std::ofstream(folder / "in" / name, std::ios::app) << "2,\"never closed\n";
  EXPECT_EQ(sync().exit, Exit::cannot_read);
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(synced({{.id = "1", .deal = "co-sell"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
}

TEST_F(InvitationTest, NorWhereTheSameContentComesTwice) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  world->fault = [](const auto&) { return Fault::status_503; };
  (void)synced({{}});
  (void)synced({{}});
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(synced({{}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 0u);
}

TEST_F(InvitationTest, NorWhereTheDealIsOverByThen) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  EXPECT_EQ(synced({{.deal = "co-sell", .status = "Lost"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(world->own_referral("1").status, "Closed");
}

TEST_F(InvitationTest, OneThatHadItsEffectIsToldToAPerson) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_after);
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::needs_person);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_THAT(reasons_of("1"), HasSubstr("deal-downgrade"));
  EXPECT_EQ(reader()->find("1")->deal, "co-sell");
}

TEST_F(InvitationTest, OneThatIsWantedAgainIsSentOnce) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  world->fault = [](const auto&) { return Fault::status_503; };
  (void)synced({{}});
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(synced({{.deal = "co-sell"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
}

// Microsoft's referral repeats the own one, as that is then.
TEST_F(InvitationTest, OneWithoutEffectIsSentWithTheNewestContent) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  EXPECT_EQ(synced({{.topic = "Archive", .deal = "co-sell", .help = "help more"}}).exit, Exit::ok);
  ASSERT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->member("1", "/name"), "\"Archive\"");
  EXPECT_THAT(world->held().back().body, AllOf(HasSubstr("Archive"), HasSubstr("help more")));
  EXPECT_EQ(world->patches, 1u) << "and the own one is changed first";
  const auto again = sync();
  EXPECT_EQ(again.summary.unchanged, 1u);
  EXPECT_THAT(again.messages, IsEmpty());
}

TEST_F(InvitationTest, OneThatHadItsEffectKeepsItsContent) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_after);
  EXPECT_EQ(synced({{.topic = "Archive", .deal = "co-sell", .help = "help more"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->member("1", "/name"), "\"Archive\"");
  EXPECT_TRUE(reader()->find("1")->invitation_differs) << "as `show` tells";
}

TEST_F(InvitationTest, OneThatChangedAndIsTakenBackIsNoDowngrade) {
  synced({{}});
  doubtful({.deal = "co-sell"}, Fault::drop_before);
  world->fault = [](const auto&) { return Fault::status_503; };
  (void)synced({{.topic = "Archive", .deal = "co-sell"}});
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(synced({{.topic = "Archive"}}).exit, Exit::ok);
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(world->microsofts("1"), 0u);
}

// A closed deal is never opened again.
TEST_F(InvitationTest, ADealIsNotClosedByARowThatALaterOneOfItsExportOvertakes) {
  std::vector<Lead> rows{{.id = "1", .status = "Won"}};
  for (int i = 2; i < 1'500; ++i) rows.push_back({.id = std::to_string(i)});
  rows.push_back({.id = "1", .value = "1500"});
  EXPECT_EQ(synced(rows).exit, Exit::ok);
  EXPECT_EQ(world->own_referral("1").status, "Active");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(InvitationTest, NorByACanaryRun) {
  for (const Lead& first : {Lead{.id = "1", .status = "Won"}, Lead{.id = "2", .deal = "co-sell"}}) {
    given({first, {.id = "other"}, {.id = first.id, .value = "1500"}});
    (void)sync({.limit = 1});
    EXPECT_EQ(world->own_referral(first.id).status, "Active");
    EXPECT_EQ(world->microsofts(first.id), 0u);
    EXPECT_EQ(world->member(first.id, "/details/dealValue"), "1500");
    EXPECT_EQ(world->own("other"), 0u) << "beyond the limit";
  }
}

// Somebody was quicker in the portal.
TEST_F(InvitationTest, AnUpgradeFindsTheReferralThatMicrosoftHasAlready) {
  synced({{}});
  world->add(R"({"engagementId":")" + world->own_referral("1").engagement_id +
             R"(","name":"Backup","target":[{"type":"Microsoft","id":"msft"}]})");
  ASSERT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(synced({{.deal = "co-sell"}}).exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(state_of("1"), State::synced);
}

TEST_F(InvitationTest, ADealThatWasClosedAtPartnerCenterIsNotUpgraded) {
  for (const std::string value : {"1000", "1500"}) {
    const auto id = "id-" + value;
    synced({{.id = id}});
    world->edit(id, "/status", "\"Closed\"");
    (void)synced({{.id = id, .value = value, .deal = "co-sell"}});
    EXPECT_EQ(world->microsofts(id), 0u);
    EXPECT_EQ(state_of(id), State::closed);
  }
}

// A later row of the export may say that nobody is to see it.
TEST_F(InvitationTest, WhatOthersSeeWaitsForTheEndOfItsExport) {
  for (const std::string deal : {"co-sell", "partner-led"}) {
    std::vector<Lead> leads{{.id = "first", .deal = deal}};
    for (int i = 0; i < 1000; ++i) leads.push_back({.id = deal + std::to_string(i)});
    leads.push_back({.id = "first"});
    EXPECT_EQ(synced(leads).exit, Exit::ok);
    EXPECT_EQ(world->microsofts("first"), 0u);
    EXPECT_THAT(world->member("first", "/consent/consentToShareReferralWithMicrosoftSellers"),
                Not("true"));
  }
}

}  // namespace
}  // namespace referrald::test
