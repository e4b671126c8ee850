// What is learnt of a tenant: adopt and pull.
#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using persistence::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TenantTest : public UpdateTest {
 protected:
  void lose_the_ledger() {
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(config.ledger.string() + suffix);
  }
  std::vector<Lead> leads() const {
    return {{},
            {.id = "2", .deal = "partner-led"},
            {.id = "3", .deal = "co-sell"},
            {.id = "4", .notes = "", .status = "Won"},
            {.id = "5&6", .topic = "Tom &amp; Jerry & 'Co' <x>"}};
  }
};

TEST_F(TenantTest, AfterALostLedgerAdoptAndSyncSendNothing) {
  synced(leads());
  lose_the_ledger();
  first_sync = true;
  const auto writes = world->posts + world->patches;
  const auto adopted = adopt();
  EXPECT_EQ(adopted.exit, Exit::ok);
  EXPECT_EQ(adopted.read, 6u);
  EXPECT_EQ(adopted.adopted, 5u);
  EXPECT_EQ(adopted.microsofts, 1u);
  EXPECT_EQ(reader()->find("3")->microsoft.status, "New");
  const auto requests_before = requests();
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.unchanged, 5u);
  EXPECT_EQ(requests(), requests_before);
  EXPECT_EQ(world->posts + world->patches, writes);
  EXPECT_EQ(reader()->find("1")->source, "leads") << "the source that brings it owns it";
  EXPECT_EQ(state_of("4"), State::closed);
}

TEST_F(TenantTest, WhatTheServiceFillsInIsNoChangeAfterAnAdopt) {
  synced({{}});
  world->edit("1", "/details/requirements/solutions",
              R"([{"type":"Name","id":"SOL-1-ABC","quantity":5,"publisherName":"Contoso"}])");
  world->edit(
      "1", "/customerProfile/team",
      R"([{"firstName":"Ada","lastName":"Lee","email":"ada@fabrikam.example","title":"x"}])");
  lose_the_ledger();
  adopt();
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->patches, 0u);
  const auto sent = requests();
  sync();
  EXPECT_EQ(requests(), sent);
}

TEST_F(TenantTest, IdsWithEntitiesAreKnownHoweverTheServiceWritesThem) {
  for (const bool escapes : {true, false}) {
    world->escapes_html = escapes;
    const std::string id = escapes ? "R&D" : "R&amp;D";
    synced({{.id = id}});
    lose_the_ledger();
    adopt();
    EXPECT_EQ(synced({{.id = id}}).summary.unchanged, 1u) << id;
    EXPECT_EQ(world->own(id), 1u) << id;
    world = std::make_unique<PartnerCenterWorld>(clock());
    lose_the_ledger();
  }
}

TEST_F(TenantTest, WhatDiffersAfterAnAdoptIsAnOrdinaryUpdate) {
  synced(leads());
  lose_the_ledger();
  adopt();
  auto changed = leads();
  changed[0].value = "1500";
  EXPECT_EQ(synced(changed).summary.updated, 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(TenantTest, AnAdoptWaitsForWhatTheListDoesNotShowYet) {
  world->list_delay = config.submission.reconcile.apart - 1s;
  synced(leads());
  lose_the_ledger();
  const auto before = world->posts;
  EXPECT_EQ(adopt().adopted, 5u);
  EXPECT_EQ(sync().summary.unchanged, 5u);
  EXPECT_EQ(world->posts, before);
}

TEST_F(TenantTest, AnAdoptThatIsCutOffGoesOnWhereItStood) {
  world->page_size = 2;
  synced(leads());
  lose_the_ledger();
  const auto first = adopt(1);
  EXPECT_EQ(first.exit, Exit::stopped);
  EXPECT_EQ(first.read, 2u);
  const auto second = adopt();
  EXPECT_TRUE(second.resumed);
  EXPECT_EQ(second.exit, Exit::ok);
  EXPECT_EQ(first.read + second.read, 6u);
  EXPECT_EQ(sync().summary.unchanged, 5u);
}

TEST_F(TenantTest, AdoptReportsWhatHasNoCrmIdAndWhatIsThereTwice) {
  synced({{}});
  world->add(R"({"name":"by hand","type":"Independent"})");
  world->add(R"({"name":"again","type":"Independent","externalReferenceId":"1"})");
  lose_the_ledger();
  const auto adopted = adopt();
  EXPECT_EQ(adopted.exit, Exit::needs_person);
  EXPECT_EQ(adopted.without_id, 1u);
  EXPECT_THAT(adopted.without_ids, ElementsAre("r2"));
  EXPECT_EQ(adopted.twice, 1u);
  ASSERT_THAT(adopted.held_twice, SizeIs(1));
  EXPECT_EQ(adopted.held_twice[0].kept, "r3") << "the newest";
  EXPECT_EQ(adopted.held_twice[0].other, "r1");
}

TEST_F(TenantTest, OfTwoReferralsTheOpenOneIsGoneOnWith) {
  synced({{}});
  world->add(R"({"name":"again","type":"Independent","externalReferenceId":"1"})");
  world->edit("1", "/status", "\"Active\"");
  const_cast<HeldReferral&>(world->held()[1]).status = "Closed";
  lose_the_ledger();
  const auto adopted = adopt();
  EXPECT_EQ(adopted.exit, Exit::ok) << "a closed one is in nobody's way";
  EXPECT_EQ(reader()->find("1")->own.referral_id, "r1");
}

TEST_F(TenantTest, AWaitingRowThatExistsIsNotSent) {
  synced({{}});
  lose_the_ledger();
  world->fault = [](const auto&) { return Fault::status_403; };
  synced({{.value = "1500"}});
  ASSERT_EQ(state_of("1"), State::pending);
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(adopt().settled, 1u);
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(sync().summary.updated, 1u);
  EXPECT_EQ(world->own("1"), 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(TenantTest, AnOwnReferralOfACoSellDealIsLookedForBeforeMicrosoftIsInvited) {
  synced({{.deal = "co-sell"}});
  lose_the_ledger();
  // Microsoft's does not show in the list of all.
  const_cast<HeldReferral&>(world->held()[1]).created += std::chrono::hours{1};
  EXPECT_EQ(adopt().microsofts, 0u);
  const_cast<HeldReferral&>(world->held()[1]).created -= std::chrono::hours{1};
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->microsofts("1"), 1u);
}

TEST_F(TenantTest, AdoptAgainFindsNothingNew) {
  synced(leads());
  const auto adopted = adopt();
  EXPECT_EQ(adopted.known, 5u);
  EXPECT_EQ(adopted.adopted, 0u);
}

TEST_F(TenantTest, PullBringsWhatMicrosoftChanged) {
  synced(leads());
  pull();
  clock().advance(std::chrono::minutes{10});
  world->answer("3", "Active", "Accepted");
  const auto pulled = pull();
  EXPECT_EQ(pulled.changed, 1u);
  ASSERT_THAT(pulled.changes, SizeIs(1));
  EXPECT_EQ(pulled.changes[0].external_id, "3");
  EXPECT_TRUE(pulled.changes[0].microsofts);
  EXPECT_EQ(pulled.changes[0].before, "New / Pending");
  EXPECT_EQ(pulled.changes[0].now, "Active / Accepted");
  EXPECT_EQ(reader()->find("3")->microsoft_tracking, "7-3");
  EXPECT_THAT(log.lines(),
              testing::Contains(HasSubstr("event=referral-changed external_reference_id=3")));
  EXPECT_EQ(pull().changed, 0u);
}

TEST_F(TenantTest, PullGoesNoFurtherThanTheLastOneCame) {
  world->page_size = 1;
  synced(leads());
  clock().advance(std::chrono::hours{1});
  world->edit("2", "/details/notes", "\"theirs\"");
  EXPECT_EQ(pull().read, 6u);
  clock().advance(std::chrono::hours{1});
  world->edit("1", "/details/notes", "\"theirs\"");
  EXPECT_EQ(pull().read, 3u) << "1, then 2 of the last time, then one that is older";
}

TEST_F(TenantTest, AReferralThatIsClosedThereClosesItsRow) {
  synced({{}});
  world->edit("1", "/status", "\"Closed\"");
  world->edit("1", "/substatus", "\"Expired\"");
  EXPECT_EQ(pull().closed, 1u);
  EXPECT_EQ(state_of("1"), State::closed);
  EXPECT_EQ(synced({{.value = "1500"}}).summary.requests, 0u);
}

// With the new eTag in the ledger an update would go over what was changed there.
TEST_F(TenantTest, WhatPullHasSeenIsNotOverwritten) {
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  EXPECT_EQ(pull().changed, 1u);
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::needs_person);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1700");
}

TEST_F(TenantTest, AChangeOfMembersThatAreNotMappedIsNoNews) {
  synced({{}});
  world->edit("1", "/favorite", "true");
  EXPECT_EQ(pull().changed, 0u);
  // A version that we have not made proves nothing: it is read, and the next one is known.
  EXPECT_EQ(synced({{.value = "1500"}}).summary.requests, 2u);
  EXPECT_EQ(synced({{.value = "1600"}}).summary.requests, 1u);
}

TEST_F(TenantTest, ARefusedSignInEndsBothWithItsOwnCode) {
  synced({{}});
  world->fault = [](const auto&) { return Fault::status_403; };
  EXPECT_EQ(adopt().exit, Exit::not_authorised);
  EXPECT_EQ(pull().exit, Exit::not_authorised);
}

// -- what a person decides ------------------------------------------------------------------------

TEST_F(TenantTest, AConflictIsSettledByAPersonsWord) {
  for (const bool crm : {true, false}) {
    const std::string id = crm ? "crm" : "theirs";
    synced({{.id = id}});
    world->edit(id, "/details/dealValue", "1700");
    ASSERT_EQ(synced({{.id = id, .value = "1500"}}).exit, Exit::needs_person);
    {
      const auto ledger = writer();
      ASSERT_TRUE(
          ledger->resolve(ledger->find(id)->row, crm ? "crm" : "partner_center", clock().wall()));
    }
    EXPECT_EQ(sync().exit, Exit::ok);
    EXPECT_EQ(state_of(id), State::synced);
    EXPECT_EQ(world->member(id, "/details/dealValue"), crm ? "1500" : "1700");
    const auto sent = requests();
    EXPECT_EQ(sync().summary.unchanged, 1u);
    EXPECT_EQ(requests(), sent);
  }
}

TEST_F(TenantTest, ARowThatTheServiceRefusedIsSentAgainByARetry) {
  world->fault = [](const submission::Request& request) {
    return request.method == "POST" ? Fault::status_400 : Fault::none;
  };
  EXPECT_EQ(synced({{}}).exit, Exit::needs_person);
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(sync().summary.refused, 1u);
  {
    const auto ledger = writer();
    EXPECT_EQ(ledger->retry(ledger->find("1")->row, clock().wall()), persistence::Retried::queued);
  }
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->own("1"), 1u);
}

TEST_F(TenantTest, ARetryBringsNoLookForward) {
  config.submission.retry.attempts = 1;
  world->fault = [](const submission::Request& request) {
    return request.method == "POST" ? Fault::drop_after : Fault::status_503;
  };
  synced({{}});
  const auto ledger = writer();
  const auto before = *ledger->find("1");
  ASSERT_EQ(before.state, State::in_doubt);
  EXPECT_EQ(ledger->retry(before.row, clock().wall()), persistence::Retried::nothing);
  EXPECT_EQ(ledger->find("1")->due, before.due);
}

TEST_F(TenantTest, WhatCannotBeDoneIsNotRetried) {
  synced({{}});
  synced({{.city = "Munich"}});
  const auto ledger = writer();
  EXPECT_EQ(ledger->retry(ledger->find("1")->row, clock().wall()), persistence::Retried::nothing);
  EXPECT_EQ(ledger->find("1")->state, State::refused);
  EXPECT_FALSE(ledger->resolve(ledger->find("1")->row, "crm", clock().wall()));
}

}  // namespace
}  // namespace referrald::test
