// Invitations of Microsoft, and what is taken back before it is sent.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::IsEmpty;

// Microsoft's referral repeats the own one.
TEST_P(LedgerContract, AnUpgradeInvitesMicrosoftAfterTheUpdateAndALook) {
  given(State::synced, "a");
  Change upgrade = change_to("new", "co-sell");
  upgrade.microsoft_body = "for microsoft";
  upgrade.invitation = "{}";
  change("a", upgrade);
  EXPECT_EQ(updated(claim_one()).state, State::pending);
  EXPECT_THAT(claim(), IsEmpty());
  ASSERT_EQ(state("a"), State::in_doubt);
  looked_in_vain("a");
  const Intent second = claim_one();
  EXPECT_EQ(second.step, Step::microsoft);
  EXPECT_EQ(second.body, "for microsoft");
  EXPECT_EQ(second.engagement_id, "engagement-a");
  Settlement done = settlement(second, State::synced);
  done.ids = ids("a-ms");
  const Recorded recorded = ledger().record(done, run());
  EXPECT_TRUE(recorded.updated);
  EXPECT_FALSE(recorded.created);
  EXPECT_EQ(state("a"), State::synced);
}

TEST_P(LedgerContract, NobodyIsInvitedWhileTheChangeWaitsForAPerson) {
  given(State::synced, "a");
  Change upgrade = change_to("new", "co-sell");
  upgrade.microsoft_body = "for microsoft";
  upgrade.invitation = "{}";
  change("a", upgrade);
  Updated conflict;
  conflict.patch = patch_to("new");
  conflict.reasons = reasons("conflict");
  EXPECT_EQ(updated(claim_one(), conflict).state, State::refused);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_TRUE(ledger().resolve(view("a").row, "crm", now()));
  EXPECT_EQ(updated(claim_one()).state, State::pending);
  EXPECT_EQ(view("a").step, Step::microsoft);
}

TEST_P(LedgerContract, NobodyIsInvitedToWhatTheOwnReferralCannotSay) {
  given(State::synced, "a");
  Change upgrade = upgrade_to("new");
  upgrade.reasons = reasons("immutable-member");
  EXPECT_EQ(change("a", upgrade), Verdict::refused);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(ledger().retry(view("a").row, now()), Retried::nothing);
}

// A person may have invited Microsoft since, or closed the deal.
TEST_P(LedgerContract, AnInvitationThatWaitsFromAnEarlierRunIsLookedForFirst) {
  offer("a", "content", "co-sell");
  created_own(claim_one());
  next_run();
  EXPECT_THAT(claim(), IsEmpty());
  ASSERT_EQ(state("a"), State::in_doubt);
  EXPECT_THAT(ledger().doubts(now(), 0, 10), SizeIs(1));
  looked_in_vain("a");
  EXPECT_EQ(claim_one().step, Step::microsoft);
}

TEST_P(LedgerContract, AndSoIsOneThatWasRefused) {
  offer("a", "content", "co-sell");
  created_own(claim_one());
  failed(claim_one(), State::refused, 0ms, failure("bad", 400));
  ASSERT_EQ(ledger().retry(view("a").row, now()), Retried::queued);
  next_run();
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(state("a"), State::in_doubt);
}

TEST_P(LedgerContract, AWaitingUpdateIsTakenBackByAnExclusionAndARejection) {
  for (const bool excluded : {true, false}) {
    const std::string id = excluded ? "a" : "b";
    given(State::synced, id);
    change(id, change_to("new"));
    excluded ? exclude(id) : reject(id);
    EXPECT_EQ(state(id), State::synced);
    EXPECT_THAT(claim(), IsEmpty());
    Change back = change_to("content");
    back.patch.clear();
    EXPECT_EQ(change(id, back), Verdict::unchanged);
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(verdict(id), Verdict::unchanged);
  }
}

TEST_P(LedgerContract, ATakenBackUpdateIsMadeWhenTheRowReturns) {
  given(State::synced, "a");
  change("a", change_to("new"));
  exclude("a");
  EXPECT_TRUE(view("a").taken_back);
  EXPECT_EQ(verdict("a", "new"), Verdict::changed);
  change("a", change_to("new"));
  EXPECT_EQ(claim_one().body, patch_to("new"));
}

TEST_P(LedgerContract, WhatFollowsACreateIsNotLostByBeingTakenBack) {
  Desired over = desired("a");
  over.patch = patch_to("closed");
  ledger().offer(over, origin(), now());
  created(claim_one());
  exclude("a");
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(verdict("a"), Verdict::changed);
}

// Microsoft is not invited to a deal that the CRM has taken out or broken since.
TEST_P(LedgerContract, AWaitingInvitationIsTakenBackByAnExclusionAndARejection) {
  for (const bool excluded : {true, false}) {
    for (const bool upgrade : {true, false}) {
      const std::string id = std::to_string(excluded) + std::to_string(upgrade);
      if (upgrade) {
        given(State::synced, id);
        change(id, upgrade_to("content"));
        looked_in_vain(id);
      } else {
        given_half(id);
      }
      ASSERT_EQ(view(id).step, Step::microsoft);
      ASSERT_EQ(state(id), State::pending);
      excluded ? exclude(id) : reject(id);
      EXPECT_EQ(state(id), State::synced);
      EXPECT_THAT(claim(), IsEmpty());
      EXPECT_EQ(verdict(id, "content", "co-sell"), Verdict::changed);
    }
  }
}

// It may have been asked for before: then it is looked for.
TEST_P(LedgerContract, AnInvitationThatWasTakenBackIsLookedForBeforeItIsMade) {
  given_half("a");
  not_found(claim_one());
  exclude("a");
  EXPECT_EQ(state("a"), State::synced);
  ASSERT_EQ(verdict("a", "content", "co-sell"), Verdict::changed);
  Change again = upgrade_to("content");
  EXPECT_EQ(change("a", again), Verdict::changed);
  EXPECT_EQ(state("a"), State::in_doubt);
  ASSERT_EQ(ledger().doubts(now(), 0, 10).size(), 1U);
  EXPECT_EQ(ledger().doubts(now(), 0, 10)[0].step, Step::microsoft);
}

TEST_P(LedgerContract, WhatWasUnderWayWhenItsRowWasTakenOutIsFollowedByNothing) {
  for (const bool excluded : {true, false}) {
    const auto take_out = [&](const std::string& id) { excluded ? exclude(id) : reject(id); };
    const std::string found = excluded ? "a" : "b", missing = found + "-missing",
                      updated = found + "-updated";
    offer(found, "content", "co-sell");
    const Intent create = claim_one();
    take_out(found);
    created_own(create);
    EXPECT_EQ(state(found), State::synced);

    given(State::in_doubt, missing);
    take_out(missing);
    EXPECT_EQ(state(missing), State::in_doubt);
    const Intent doubtful = the_row(view(missing).row, missing);
    EXPECT_EQ(ledger().record(settlement(doubtful, State::pending), run()).state, State::rejected);
    EXPECT_EQ(state(missing), State::rejected);

    given(State::synced, updated);
    change(updated, change_to("new"));
    const Intent update = claim_one();
    take_out(updated);
    failed(update, State::pending);
    EXPECT_EQ(state(updated), State::synced);
    EXPECT_THAT(claim(), IsEmpty());
  }
}

TEST_P(LedgerContract, WhatNeverLeftIsForgottenWithItsRow) {
  offer("a");
  const Intent intent = claim_one();
  exclude("a");
  never_left(intent);
  EXPECT_FALSE(knows("a"));
}

TEST_P(LedgerContract, ARowThatReturnsWhileItsRequestIsUnderWayIsWantedAgain) {
  offer("a", "content", "co-sell");
  const Intent create = claim_one();
  exclude("a");
  EXPECT_EQ(verdict("a", "content", "co-sell"), Verdict::unchanged);
  created_own(create);
  EXPECT_EQ(claim_one().step, Step::microsoft);
}

TEST_P(LedgerContract, AnInvitationThatDiffersStaysKnown) {
  // The first eight bytes of a fingerprint are the invitation's.
  Desired deal = desired("a", "content", "co-sell");
  deal.fingerprint = "invite-1 and the rest";
  ledger().offer(deal, origin(), now());
  created_own(claim_one());
  created(claim_one());
  deal.fingerprint = "invite-2 and the rest";
  ASSERT_EQ(ledger().offer(deal, origin(), now()).verdict, Verdict::changed);
  Change other = change_to("", "co-sell");
  other.patch.clear();
  other.fingerprint = deal.fingerprint;
  other.base = "invite-1 and the rest";
  EXPECT_EQ(change("a", other), Verdict::unchanged);
  for (int i = 0; i < 2; ++i) {
    const Offered again = ledger().offer(deal, origin(), now());
    EXPECT_EQ(again.verdict, Verdict::unchanged);
    EXPECT_TRUE(again.invitation_differs);
    EXPECT_TRUE(view("a").invitation_differs);
  }
}

TEST_P(LedgerContract, AnUpgradedDealHasTheInvitationThatItWasMadeWith) {
  given(State::synced, "a");
  Change upgrade = upgrade_to("content");
  upgrade.fingerprint = "invite-1 and the rest";
  upgrade.base = "none---- and the type";
  change("a", upgrade);
  looked_in_vain("a");
  created(claim_one());
  Desired deal = desired("a", "content", "co-sell");
  deal.fingerprint = upgrade.fingerprint;
  const Offered again = ledger().offer(deal, origin(), now());
  EXPECT_EQ(again.verdict, Verdict::unchanged);
  EXPECT_FALSE(again.invitation_differs);
  EXPECT_FALSE(view("a").invitation_differs);
  deal.fingerprint = "invite-1 and a change";
  EXPECT_EQ(ledger().offer(deal, origin(), now()).fingerprint, "invite-1 and the type");
}

}  // namespace
}  // namespace referrald::persistence
