// Rows whose content changes once they have a referral, or may have one.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(LedgerContract, AChangeIsClaimedWithWhatIsKnownOfTheReferral) {
  given(State::synced, "a");
  EXPECT_EQ(change("a", change_to("new")), Verdict::changed);
  EXPECT_EQ(state("a"), State::pending);
  const Intent intent = claim_one();
  EXPECT_EQ(intent.step, Step::update);
  EXPECT_EQ(intent.body, "patch to new");
  EXPECT_EQ(intent.referral_id, "referral-a");
  EXPECT_EQ(intent.etag, "\"etag-a\"");
  EXPECT_EQ(intent.base, desired("", "content").fingerprint);
  const Recorded recorded = updated(intent);
  EXPECT_TRUE(recorded.updated);
  EXPECT_FALSE(recorded.created);
  EXPECT_EQ(recorded.state, State::synced);
  EXPECT_EQ(view("a").own.etag, "\"newer\"");
  EXPECT_EQ(verdict("a", "new"), Verdict::unchanged);
}

TEST_P(LedgerContract, AreHeldBackUntilTheyAreReleased) {
  given(State::synced, "a");
  EXPECT_EQ(ledger().change(view("a").row, change_to("new"), origin(3), now()), Verdict::changed);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim);
  EXPECT_FALSE(view("a").due);
  ledger().release_changes(now());
  EXPECT_EQ(claim_one().step, Step::update);
}

TEST_P(LedgerContract, AreReleasedByTheNextStart) {
  given(State::synced, "a");
  ledger().change(view("a").row, change_to("new"), origin(3), now());
  ledger().recover(now());
  EXPECT_EQ(claim_one().step, Step::update);
}

TEST_P(LedgerContract, TakenBackBeforeItIsSentLeavesNothing) {
  given(State::synced, "a");
  ledger().change(view("a").row, change_to("new"), origin(3), now());
  Change back = change_to("content");
  back.patch.clear();
  EXPECT_EQ(change("a", back), Verdict::unchanged);
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_EQ(verdict("a"), Verdict::unchanged);
}

TEST_P(LedgerContract, AnUpdateThatWasUnderWayIsRepeatedNotLookedFor) {
  given(State::synced, "a");
  change("a", change_to("new"));
  claim_one();
  EXPECT_EQ(ledger().recover(now()), 0U);
  EXPECT_EQ(state("a"), State::pending);
  EXPECT_EQ(claim_one().step, Step::update);
}

TEST_P(LedgerContract, WhatCannotBeDoneRefusesTheRowOnceTheRestIsSent) {
  given(State::synced, "a");
  Change partly = change_to("new");
  partly.reasons = reasons("immutable-member");
  EXPECT_EQ(change("a", partly), Verdict::changed);
  const Recorded recorded = updated(claim_one());
  EXPECT_EQ(recorded.state, State::refused);
  EXPECT_FALSE(recorded.updated);
  EXPECT_EQ(verdict("a", "new"), Verdict::refused);
  EXPECT_EQ(view("a").last_error->code, "immutable-member");
  ASSERT_EQ(rejects().size(), 1U);
  EXPECT_THAT(rejects()[0].reasons, HasSubstr("immutable-member"));
}

TEST_P(LedgerContract, OnlyWhatCannotBeDoneRefusesTheRowAtOnce) {
  given(State::synced, "a");
  Change nothing = change_to("new");
  nothing.patch.clear();
  nothing.reasons = reasons("immutable-member");
  EXPECT_EQ(change("a", nothing), Verdict::refused);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(state("a"), State::refused);
}

TEST_P(LedgerContract, AConflictWaitsWithItsPatchForAPerson) {
  given(State::synced, "a");
  change("a", change_to("new"));
  Updated half;
  half.base = desired("", "half").fingerprint;
  half.patch = "the rest";
  half.reasons = reasons("conflict");
  half.read_first = true;
  EXPECT_EQ(updated(claim_one(), half).state, State::refused);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(verdict("a", "new"), Verdict::refused);
  const Offered offered = offer("a", "newest");
  EXPECT_EQ(offered.verdict, Verdict::changed);
  EXPECT_EQ(offered.fingerprint, half.base);
  change("a", change_to("newest"));
  EXPECT_TRUE(claim_one().read_first);
}

TEST_P(LedgerContract, AChangeOfARowUnderWayFollowsItsCreate) {
  given(State::in_doubt, "a");
  EXPECT_EQ(offer("a", "new").verdict, Verdict::changed);
  EXPECT_EQ(change("a", change_to("new")), Verdict::changed);
  EXPECT_EQ(state("a"), State::in_doubt);
  Settlement found = settlement(the_row(view("a").row, "a"), State::synced);
  found.ids = ids("a");
  const Recorded recorded = ledger().record(found, run());
  EXPECT_TRUE(recorded.created);
  EXPECT_EQ(recorded.state, State::pending);
  EXPECT_EQ(claim_one().body, "patch to new");
}

TEST_P(LedgerContract, AnUpgradeInvitesMicrosoftAfterTheUpdate) {
  given(State::synced, "a");
  Change upgrade = change_to("new", "co-sell");
  upgrade.patch_first = true;
  upgrade.microsoft_body = "for microsoft";
  upgrade.invitation = "{}";
  change("a", upgrade);
  EXPECT_EQ(updated(claim_one()).state, State::pending);
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

TEST_P(LedgerContract, WhatFollowsACreateIsSentWithoutAChange) {
  Desired over = desired("a");
  over.patch = "close it";
  ledger().offer(over, origin(), now());
  const Intent create = claim_one();
  Settlement done = settlement(create, State::synced);
  done.ids = ids("a");
  const Recorded recorded = ledger().record(done, run());
  EXPECT_TRUE(recorded.created);
  const Intent close = claim_one();
  EXPECT_EQ(close.body, "close it");
  Settlement closed = settlement(close, State::synced);
  closed.ids = ids("a");
  closed.ids->status = "Closed";
  closed.updated = Updated{desired("a").fingerprint, {}, false, {}, {}};
  EXPECT_EQ(ledger().record(closed, run()).state, State::closed);
  EXPECT_EQ(verdict("a", "new"), Verdict::closed);
}

TEST_P(LedgerContract, AWaitingUpdateIsTakenBackByAnExclusionAndARejection) {
  for (const bool excluded : {true, false}) {
    const std::string id = excluded ? "a" : "b";
    given(State::synced, id);
    change(id, change_to("new"));
    excluded ? exclude(id) : reject(id);
    EXPECT_EQ(state(id), State::synced);
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(verdict(id), Verdict::unchanged);
  }
}

TEST_P(LedgerContract, AReferralThatIsClosedEndsWhateverWaits) {
  given(State::synced, "a");
  change("a", change_to("new"));
  Settlement closed = settlement(claim_one(), State::closed);
  closed.ids = ids("a");
  closed.ids->status = "Closed";
  closed.ids->engagement_id.clear();
  const Recorded recorded = ledger().record(closed, run());
  EXPECT_TRUE(recorded.closed);
  EXPECT_FALSE(recorded.updated);
  EXPECT_EQ(state("a"), State::closed);
  EXPECT_THAT(claim(), IsEmpty());
  // It is the own referral that was met, and what is not said of it stays.
  EXPECT_EQ(view("a").own.status, "Closed");
  EXPECT_EQ(view("a").own.engagement_id, "engagement-a");
  EXPECT_EQ(view("a").microsoft.referral_id, "");
  // What was not brought about is told to whoever brings it again.
  EXPECT_EQ(offer("a", "new").fingerprint, desired("a").fingerprint);
}

TEST_P(LedgerContract, AnUpdateThatFoundNothingToChangeIsNone) {
  given(State::synced, "a");
  change("a", change_to("new"));
  Updated nothing;
  nothing.base = desired("", "new").fingerprint;
  nothing.sent = false;
  const Recorded recorded = updated(claim_one(), nothing);
  EXPECT_EQ(recorded.state, State::synced);
  EXPECT_FALSE(recorded.updated);
  EXPECT_TRUE(recorded.as_wanted);
}

TEST_P(LedgerContract, TheFingerprintsKeyIsTheLedgersOwn) {
  EXPECT_EQ(ledger().fingerprint_key().size(), 16U);
  EXPECT_EQ(ledger().fingerprint_key(), ledger().fingerprint_key());
}

}  // namespace
}  // namespace referrald::persistence
