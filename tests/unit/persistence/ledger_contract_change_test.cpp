// Rows whose content changes once they have a referral, or may have one.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(LedgerContract, AChangeIsClaimedWithWhatIsKnownOfTheReferral) {
  given(State::synced, "a");
  EXPECT_EQ(change("a", change_to("new")), Verdict::changed);
  EXPECT_EQ(state("a"), State::pending);
  const Intent intent = claim_one();
  EXPECT_EQ(intent.step, Step::update);
  EXPECT_EQ(intent.body, patch_to("new"));
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
  EXPECT_EQ(ledger().change(view("a").row, change_to("new"), origin(3), now()).verdict,
            Verdict::changed);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim);
  EXPECT_FALSE(view("a").due);
  ledger().release_changes("leads", now());
  EXPECT_EQ(claim_one().step, Step::update);
}

// The run that is cut off then may not have read the export to its end.
TEST_P(LedgerContract, AreHeldBackOverAStart) {
  given(State::synced, "a");
  ledger().change(view("a").row, change_to("new"), origin(3), now());
  ledger().recover(now());
  EXPECT_THAT(claim(), IsEmpty());
  ledger().release_changes("deals", now());
  EXPECT_THAT(claim(), IsEmpty()) << "of another source";
  ledger().release_changes("leads", now());
  EXPECT_EQ(claim_one().step, Step::update);
}

TEST_P(LedgerContract, AChangeMayBeClaimedAsItComes) {
  given(State::synced, "a");
  const auto attempts = view("a").attempts;
  const auto terms = ClaimTerms{all_of().run, now() - 5s};
  Change wanted = change_to("new");
  wanted.create = desired("a", "new");
  const auto changed =
      ledger().change(view("a").row, wanted, origin(3), now(), [&] { return terms; });
  EXPECT_EQ(changed.verdict, Verdict::changed);
  EXPECT_EQ(state("a"), State::sending);
  EXPECT_EQ(view("a").attempts, attempts + 1);
  ASSERT_TRUE(changed.claimed);
  const Intent& intent = *changed.claimed;
  EXPECT_EQ(intent.external_id, "a");
  EXPECT_EQ(intent.step, Step::update);
  EXPECT_EQ(intent.body, patch_to("new"));
  EXPECT_EQ(intent.referral_id, "referral-a");
  EXPECT_EQ(intent.etag, "\"etag-a\"");
  EXPECT_EQ(intent.base, desired("", "content").fingerprint);
  EXPECT_EQ(intent.attempt, 1);
  EXPECT_EQ(intent.origin.source, "leads");
  EXPECT_THAT(claim(), IsEmpty()) << "a row under way is never claimed";
  EXPECT_EQ(ledger().counts({}).at(State::sending), 1u);

  EXPECT_TRUE(updated(intent).updated);
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_EQ(verdict("a", "new"), Verdict::unchanged);
}

// As what claim() has claimed.
TEST_P(LedgerContract, AChangeThatDiedClaimedAsItCameIsSentAgain) {
  given(State::synced, "a");
  const auto terms = ClaimTerms{all_of().run, now()};
  ledger().change(view("a").row, change_to("new"), origin(3), now(), [&] { return terms; });
  EXPECT_EQ(ledger().recover(now()), 0U);
  EXPECT_EQ(state("a"), State::pending);
  EXPECT_EQ(claim_one().body, patch_to("new"));
}

TEST_P(LedgerContract, AChangeThatIsNotAnUpdateAloneIsNotClaimedAsItComes) {
  const auto unasked = []() -> std::optional<ClaimTerms> {
    ADD_FAILURE() << "asked";
    return std::nullopt;
  };
  const auto take_in = [&](const std::string& id, const Change& wanted) {
    EXPECT_FALSE(ledger().change(view(id).row, wanted, origin(3), now(), unasked).claimed);
  };
  given(State::synced, "c");
  change("c", change_to("new"));
  claim_one();
  take_in("c", change_to("newer"));  // under way
  EXPECT_EQ(state("c"), State::sending);

  given(State::synced, "a");
  Change uncertain = change_to("new");
  uncertain.read_first = true;
  take_in("a", uncertain);
  EXPECT_EQ(state("a"), State::pending);
  take_in("a", change_to("newer"));  // waits already
  EXPECT_EQ(state("a"), State::pending);

  given(State::synced, "b");
  Change refused = change_to("new");
  refused.reasons = R"([{"code":"immutable-member","message":"cannot be changed"}])";
  take_in("b", refused);
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
  half.patch = patch_to("new");
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

TEST_P(LedgerContract, APersonsWordStandsWhileItsMembersSayTheSame) {
  for (const bool same : {true, false}) {
    const std::string id = same ? "a" : "b";
    given(State::synced, id);
    change(id, change_to("new"));
    Updated conflict;
    conflict.base = desired("").fingerprint;
    conflict.patch = patch_to("new");
    conflict.reasons = reasons("conflict");
    updated(claim_one(), conflict);
    ASSERT_TRUE(ledger().resolve(view(id).row, "crm", now()));
    for (const char* other : {"1", "2"}) {
      Change more = change_to(std::string("more ") + other);
      more.patch = patch_to(same ? "new" : "newer");
      more.patch.insert(more.patch.size() - 1, R"(,{"op":"add","path":"/details/notes","value":)" +
                                                   std::string(other) + "}");
      change(id, more);
    }
    const Intent intent = claim_one();
    EXPECT_EQ(intent.decided, same ? "crm" : "");
    updated(intent);
  }
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
  EXPECT_EQ(claim_one().body, patch_to("new"));
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

TEST_P(LedgerContract, APatchOfUnknownEffectOutlivesItsUpdate) {
  given(State::synced, "a");
  change("a", change_to("new"));
  claim_one();
  ledger().recover(now());
  exclude("a");
  EXPECT_EQ(state("a"), State::synced);
  const Offered offered = offer("a");
  EXPECT_EQ(offered.verdict, Verdict::changed);
  EXPECT_EQ(offered.sent, patch_to("new"));
}

TEST_P(LedgerContract, APatchUnderWayIsToldAsOneOfUnknownEffect) {
  given(State::synced, "a");
  change("a", change_to("new"));
  const Intent first = claim_one();
  EXPECT_EQ(offer("a").sent, patch_to("new"));
  Change back = change_to("content");
  back.patch = patch_to("back");
  back.read_first = true;
  EXPECT_EQ(change("a", back), Verdict::changed);
  EXPECT_EQ(offer("a", "newest").sent, patch_to("new"));
  Updated done;
  done.base = desired("", "new").fingerprint;
  EXPECT_EQ(updated(first, done).state, State::pending);
  const Intent second = claim_one();
  EXPECT_EQ(second.body, patch_to("back"));
  EXPECT_EQ(second.base, done.base);
  EXPECT_EQ(second.sent, "");
}

TEST_P(LedgerContract, AllPatchesOfUnknownEffectAreRemembered) {
  given(State::synced, "a");
  change("a", change_to("one"));
  failed(claim_one(), State::pending);
  change("a", change_to("two"));
  failed(claim_one(), State::pending);
  const Intent third = claim_one();
  EXPECT_EQ(third.body, patch_to("two"));
  EXPECT_THAT(third.sent, AllOf(HasSubstr("\"one\""), HasSubstr("\"two\"")));
  failed(third, State::pending);
  EXPECT_EQ(claim_one().sent, third.sent);
}

TEST_P(LedgerContract, WhatCameWhileAnUpdateWasUnderWayFollowsItsRefusal) {
  given(State::synced, "a");
  change("a", change_to("new"));
  const Intent first = claim_one();
  change("a", change_to("newest"));
  failed(first, State::refused, 0ms, failure("invalid-value", 400));
  EXPECT_EQ(claim_one().body, patch_to("newest"));
}

TEST_P(LedgerContract, WhatCameWhileAnUpdateWasUnderWayFollowsItsSuccess) {
  given(State::synced, "a");
  change("a", change_to("new"));
  const Intent first = claim_one();
  change("a", change_to("newest"));
  EXPECT_EQ(updated(first).state, State::pending);
  const Intent second = claim_one();
  EXPECT_EQ(second.body, patch_to("newest"));
  EXPECT_EQ(updated(second).state, State::synced);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(verdict("a", "newest"), Verdict::unchanged);
}

// A blank cell erases nothing: of what was sent nothing can be taken back.
TEST_P(LedgerContract, AnUpdateThatIsToSendNothingAnyMoreIsDone) {
  given(State::synced, "a");
  change("a", change_to("new"));
  const Intent first = claim_one();
  Change nothing = change_to("content");
  nothing.patch.clear();
  change("a", nothing);
  failed(first, State::pending);
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_EQ(offer("a", "newest").sent, patch_to("new"));
}

TEST_P(LedgerContract, ACreateThatIsRefusedIsFollowedByWhatCameMeanwhile) {
  for (const State state : {State::sending, State::in_doubt}) {
    const std::string id = state == State::sending ? "a" : "b";
    given(state, id);
    Change newer = change_to("new", "co-sell");
    newer.create = desired(id, "new", "co-sell");
    EXPECT_EQ(change(id, newer), Verdict::changed);
    failed(the_row(view(id).row, id), State::refused, 0ms, failure("invalid-country", 400));
    const Intent next = claim_one();
    EXPECT_EQ(next.step, Step::own);
    EXPECT_EQ(next.body, newer.create.own_body);
    EXPECT_TRUE(next.co_sell);
    EXPECT_EQ(view(id).deal, "co-sell");
    failed(next, State::refused, 0ms, failure("invalid-country", 400));
    EXPECT_EQ(verdict(id, "new", "co-sell"), Verdict::refused);
  }
}

// As pull saw it while Microsoft's referral was in doubt, or adopt while an update waited.
TEST_P(LedgerContract, NothingIsSentIntoADealThatIsClosed) {
  given_half("a");
  const Intent second = claim_one();
  failed(second, State::in_doubt);
  auto known = ledger().find_referral("a", "referral-a");
  ASSERT_TRUE(known);
  KnownReferral closed = *known;
  closed.ids.status = "Closed";
  ledger().refresh(*known, closed, now());
  EXPECT_EQ(state("a"), State::in_doubt);
  ledger().record(settlement(second, State::pending), run());
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(state("a"), State::closed);
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim);
}

TEST_P(LedgerContract, WhatTheServiceSaidGoesWhenTheRowIsSynced) {
  offer("a");
  failed(claim_one(), State::pending, 0ms, failure("http-503", 503));
  EXPECT_NE(ledger().attempts(view("a").row).at(0).failure.message, "");
  created(claim_one());
  const auto attempts = ledger().attempts(view("a").row);
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].failure.code, "http-503");
  EXPECT_EQ(attempts[0].failure.message, "");
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
