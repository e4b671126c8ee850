// Requests: claimed, recorded, and looked for when their effect is unknown.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> ids_of(const std::vector<Intent>& intents) {
  std::vector<std::string> ids;
  for (const auto& intent : intents) ids.push_back(intent.external_id);
  return ids;
}

std::vector<std::string> ids_of(const std::vector<Doubt>& doubts) {
  std::vector<std::string> ids;
  for (const auto& doubt : doubts) ids.push_back(doubt.external_id);
  return ids;
}

TEST_P(LedgerContract, ClaimingMarksRowsSendingBeforeAnythingLeaves) {
  offer("a");
  const Intent intent = claim_one();
  EXPECT_EQ(intent.row, 1);
  EXPECT_EQ(intent.external_id, "a");
  EXPECT_EQ(intent.step, Step::own);
  EXPECT_EQ(intent.body, desired("a").own_body);
  EXPECT_EQ(intent.attempt, 1);
  EXPECT_FALSE(intent.co_sell);
  EXPECT_EQ(state("a"), State::sending);
  EXPECT_FALSE(view("a").due);
  EXPECT_THAT(claim(), IsEmpty()) << "a row under way is never claimed";
}

TEST_P(LedgerContract, ANewRowMayBeClaimedAsItEnters) {
  const auto terms = ClaimTerms{all_of().run, now() - 5s};
  const auto offered = ledger().offer(desired("a"), origin(), now(), [&] { return terms; });
  ASSERT_TRUE(offered.claimed);
  EXPECT_EQ(offered.verdict, Verdict::created);
  EXPECT_EQ(offered.claimed->row, offered.row);
  EXPECT_EQ(offered.claimed->external_id, "a");
  EXPECT_EQ(offered.claimed->step, Step::own);
  EXPECT_EQ(offered.claimed->attempt, 1);
  EXPECT_EQ(offered.claimed->body, desired("a").own_body);
  EXPECT_FALSE(offered.claimed->co_sell);
  EXPECT_EQ(offered.claimed->origin.source, origin().source);
  EXPECT_EQ(offered.claimed->origin.export_name, origin().export_name);
  EXPECT_EQ(offered.claimed->origin.line, origin().line);
  EXPECT_EQ(state("a"), State::sending);
  EXPECT_EQ(view("a").attempts, 1);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(ledger().counts({}).at(State::sending), 1u);

  failed(*offered.claimed, State::pending);
  EXPECT_EQ(claim_one().attempt, 2) << "of the same run";
}

TEST_P(LedgerContract, WhatDiedClaimedAsItEnteredIsSearchedForFromThenOn) {
  const Timestamp claimed = now() - 5s;
  const ClaimTerms terms{all_of().run, claimed};
  ledger().offer(desired("a"), origin(), now(), [&] { return terms; });
  advance(1h);
  EXPECT_EQ(ledger().recover(now()), 1u);
  EXPECT_EQ(state("a"), State::in_doubt);
  const auto doubts = ledger().doubts(now(), 0, 9);
  ASSERT_THAT(doubts, SizeIs(1));
  EXPECT_EQ(doubts[0].since, claimed);
  EXPECT_EQ(doubts[0].step, Step::own);
}

TEST_P(LedgerContract, NeitherAHeldNorAKnownRowIsClaimedAsItComes) {
  const auto unasked = []() -> std::optional<ClaimTerms> {
    ADD_FAILURE() << "asked";
    return std::nullopt;
  };
  Desired held = desired("a");
  held.hold = true;
  EXPECT_FALSE(ledger().offer(held, origin(), now(), unasked).claimed);
  offer("b");
  EXPECT_FALSE(ledger().offer(desired("b"), origin(), now(), unasked).claimed);
  EXPECT_FALSE(ledger().offer(desired("b", "other"), origin(), now(), unasked).claimed);
  EXPECT_EQ(state("b"), State::pending);
  const auto none = [] { return std::optional<ClaimTerms>(); };
  EXPECT_FALSE(ledger().offer(desired("c"), origin(), now(), none).claimed);
  EXPECT_EQ(state("c"), State::pending);
}

TEST_P(LedgerContract, TheOldestDueRowsAreClaimedFirst) {
  for (const char* id : {"a", "b", "c", "d"}) offer(id);
  const auto first = claim(2);
  EXPECT_THAT(ids_of(first), ElementsAre("a", "b"));
  failed(first[0], State::pending, 10s);
  failed(first[1], State::pending, 5s);
  advance(7s);
  offer("e");
  EXPECT_THAT(ids_of(claim()), ElementsAre("c", "d", "b", "e"));
  advance(3s);
  EXPECT_THAT(ids_of(claim()), ElementsAre("a"));
}

TEST_P(LedgerContract, OnlyTheSourcesThatAreAskedForAreClaimed) {
  ledger().offer(desired("a"), origin(1, "contacts"), now());
  advance(1s);
  ledger().offer(desired("b"), origin(1, "leads"), now());
  advance(1s);
  ledger().offer(desired("c"), origin(1, "contacts"), now());
  EXPECT_THAT(ledger().claim(all_of({}), 9, now()), IsEmpty());
  EXPECT_THAT(ledger().claim(all_of({"unknown"}), 9, now()), IsEmpty());
  EXPECT_THAT(ids_of(ledger().claim(all_of({"leads", "contacts", "leads"}), 2, now())),
              ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(ledger().claim(all_of({"leads"}), 9, now())), IsEmpty());
  EXPECT_THAT(ids_of(ledger().claim(all_of({"contacts"}), 9, now())), ElementsAre("c"));
}

TEST_P(LedgerContract, WhatIsHeldIsNotClaimedBeforeItIsReleased) {
  Desired held = desired("a");
  held.hold = true;
  ledger().offer(held, origin(), now());
  offer("b");
  Desired other = desired("b", "other");
  other.hold = true;
  ledger().offer(other, origin(), now());
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim.has_value());
  ledger().release_changes("leads", now());
  EXPECT_THAT(ids_of(claim()), ElementsAre("a", "b"));
}

TEST_P(LedgerContract, SourcesTakeTurnsHoweverLongTheBacklogOfOneIs) {
  for (const char* id : {"a", "b", "c", "d", "e"})
    ledger().offer(desired(id), origin(1, "contacts"), now());
  advance(1h);
  for (const char* id : {"x", "y", "z"}) ledger().offer(desired(id), origin(1, "leads"), now());
  const auto both = all_of({"contacts", "leads"});
  EXPECT_THAT(ids_of(ledger().claim(both, 1, now())), ElementsAre("a"));
  EXPECT_THAT(ids_of(ledger().claim(both, 1, now())), ElementsAre("x"));
  EXPECT_THAT(ids_of(ledger().claim(both, 3, now())), ElementsAre("b", "y", "c"));
  EXPECT_THAT(ids_of(ledger().claim(both, 9, now())), ElementsAre("z", "d", "e"));
}

TEST_P(LedgerContract, ACanaryRunLeavesTheRowsBehindItsLastOne) {
  for (const char* id : {"a", "b", "c"}) offer(id);
  Claim canary = all_of();
  canary.up_to = 2;
  const auto intents = ledger().claim(canary, 9, now());
  EXPECT_THAT(ids_of(intents), ElementsAre("a", "b"));
  EXPECT_FALSE(ledger().agenda(canary).next_claim);
  EXPECT_EQ(ledger().agenda(all_of()).next_claim, now());
}

TEST_P(LedgerContract, AttemptsOfAStepAreLimitedInEachRun) {
  offer("a");
  Claim which = all_of();
  which.max_attempts = 2;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const auto intents = ledger().claim(which, 9, now());
    ASSERT_THAT(intents, SizeIs(1));
    EXPECT_EQ(intents[0].attempt, attempt);
    failed(intents[0], State::pending);
  }
  EXPECT_THAT(ledger().claim(which, 9, now()), IsEmpty());
  EXPECT_FALSE(ledger().agenda(which).next_claim);
  next_run();
  which.run = run();
  EXPECT_EQ(ledger().agenda(which).next_claim, now());
  EXPECT_EQ(ledger().claim(which, 9, now()).at(0).attempt, 1);
  EXPECT_EQ(view("a").attempts, 3);
}

TEST_P(LedgerContract, ARequestThatNeverLeftIsNoAttempt) {
  offer("a");
  Claim which = all_of();
  which.max_attempts = 1;
  for (int i = 0; i < 3; ++i) {
    const auto intents = ledger().claim(which, 9, now());
    ASSERT_THAT(intents, SizeIs(1));
    EXPECT_EQ(intents[0].attempt, 1);
    never_left(intents[0]);
    EXPECT_EQ(state("a"), State::pending);
    EXPECT_EQ(view("a").attempts, 0);
  }
}

TEST_P(LedgerContract, AttemptsStartAgainWithTheNextStep) {
  offer("a", "content", "co-sell");
  failed(claim_one(), State::pending);
  const Intent own = claim_one();
  EXPECT_EQ(own.attempt, 2);
  created_own(own);
  EXPECT_EQ(claim_one().attempt, 1);
}

TEST_P(LedgerContract, AnAnswerIsRecordedWithItsIds) {
  offer("a");
  const Intent intent = claim_one();
  advance(3s);
  created(intent);
  const RowView row = view("a");
  EXPECT_EQ(row.state, State::synced);
  EXPECT_EQ(row.own.referral_id, "referral-a");
  EXPECT_EQ(row.own.engagement_id, "engagement-a");
  EXPECT_EQ(row.own.etag, "\"etag-a\"");
  EXPECT_EQ(row.own.organization_id, "organization");
  EXPECT_EQ(row.own.status, "New");
  EXPECT_EQ(row.own.substatus, "Pending");
  EXPECT_EQ(row.microsoft.referral_id, "");
  EXPECT_EQ(row.attempts, 1);
  EXPECT_EQ(row.changed, now());
  EXPECT_FALSE(row.due);
}

TEST_P(LedgerContract, ACoSellDealIsSentInTwoSteps) {
  offer("a", "content", "co-sell");
  const Intent own = claim_one();
  EXPECT_TRUE(own.co_sell);
  EXPECT_EQ(own.body, desired("a", "content", "co-sell").own_body);
  EXPECT_EQ(own.invitation, "");
  created_own(own);
  EXPECT_EQ(state("a"), State::pending);
  EXPECT_EQ(view("a").step, Step::microsoft);

  const Intent microsoft = claim_one();
  EXPECT_EQ(microsoft.row, own.row);
  EXPECT_EQ(microsoft.step, Step::microsoft);
  EXPECT_EQ(microsoft.body, desired("a", "content", "co-sell").microsoft_body);
  EXPECT_EQ(microsoft.invitation, desired("a", "content", "co-sell").invitation);
  EXPECT_EQ(microsoft.engagement_id, "engagement-a");
  EXPECT_EQ(microsoft.organization_id, "organization");
  created(microsoft);
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_EQ(view("a").own.referral_id, "referral-a");
  EXPECT_EQ(view("a").microsoft.referral_id, "referral-a-ms");
}

TEST_P(LedgerContract, AFailureIsRememberedUntilItIsOvercome) {
  offer("a");
  const Intent first = claim_one();
  advance(1s);
  failed(first, State::pending, 2s, failure("throttled", 429));
  EXPECT_EQ(view("a").last_error->code, "throttled");
  EXPECT_EQ(view("a").last_error->http_status, 429);
  EXPECT_EQ(view("a").last_error->request_id, "request");
  EXPECT_EQ(view("a").last_error->client_request_id, "client-request");
  EXPECT_EQ(view("a").last_error_at, now());
  EXPECT_EQ(view("a").due, now() + 2s);
  advance(2s);
  never_left(claim_one());
  EXPECT_EQ(view("a").last_error->code, "throttled") << "nothing new is known";
  created(claim_one());
  EXPECT_FALSE(view("a").last_error);
  const auto attempts = ledger().attempts(1);
  ASSERT_THAT(attempts, SizeIs(1)) << "only what did not succeed";
  EXPECT_EQ(attempts[0].failure.code, "throttled");
  EXPECT_EQ(attempts[0].failure.message, "") << "it may quote the row, which is synced now";
  EXPECT_EQ(attempts[0].state, State::pending);
  EXPECT_EQ(attempts[0].step, Step::own);
}

TEST_P(LedgerContract, OnlyTheNewestAttemptsOfARowAreKept) {
  offer("a");
  Claim which = all_of();
  which.max_attempts = 1000;
  for (int i = 0; i < 60; ++i) {
    failed(ledger().claim(which, 1, now()).at(0), State::pending, 0ms,
           failure("code-" + std::to_string(i)));
  }
  const auto attempts = ledger().attempts(1);
  ASSERT_THAT(attempts, SizeIs(50));
  EXPECT_EQ(attempts.front().failure.code, "code-10");
  EXPECT_EQ(attempts.back().failure.code, "code-59");
  EXPECT_EQ(view("a").attempts, 60);
}

TEST_P(LedgerContract, OnlyARequestUnderWayOrInDoubtCanBeAnswered) {
  offer("a");
  const Intent intent = claim_one();
  created(intent);
  EXPECT_THROW(created(intent), std::logic_error) << "the answer came twice";
  Intent unknown = intent;
  unknown.row = 99;
  EXPECT_THROW(created(unknown), std::logic_error);
  given_half("b");
  Intent other_step = claim_one();
  other_step.step = Step::own;
  EXPECT_THROW(created(other_step), std::logic_error);
  EXPECT_EQ(state("b"), State::sending);
  EXPECT_EQ(verdict("c"), Verdict::created) << "a refused answer does no harm";
}

TEST_P(LedgerContract, ARowFoundSendingAtStartUpIsInDoubt) {
  given(State::synced, "done");
  offer("half", "content", "co-sell");
  created_own(claim_one());
  claim_one();
  offer("whole");
  failed(claim_one(), State::pending, 0ms, failure("server-error", 503));
  claim_one();
  const Timestamp claimed = now();
  offer("waiting");
  advance(1h);
  restart();
  EXPECT_EQ(ledger().recover(now()), 2U);
  EXPECT_EQ(ledger().recover(now()), 0U);
  EXPECT_EQ(state("half"), State::in_doubt);
  EXPECT_EQ(view("half").step, Step::microsoft);
  EXPECT_EQ(state("whole"), State::in_doubt);
  EXPECT_EQ(view("whole").last_error->code, "interrupted");
  EXPECT_EQ(state("waiting"), State::pending);
  EXPECT_EQ(state("done"), State::synced);
  const auto doubts = ledger().doubts(now(), 0, 9);
  ASSERT_THAT(ids_of(doubts), ElementsAre("half", "whole")) << "to be looked for at once";
  EXPECT_EQ(doubts[1].since, claimed);
  EXPECT_EQ(doubts[1].looks, 0);
  EXPECT_EQ(doubts[1].http_status, 0) << "the 503 was the answer to an earlier request";
}

TEST_P(LedgerContract, WhatWasPutOffByAWrongClockIsBroughtForward) {
  offer("soon");
  failed(claim_one(), State::pending, 1min, failure("server-error", 503));
  offer("late");
  failed(claim_one(), State::pending, 24h * 9, failure("server-error", 503));
  offer("doubtful");
  failed(claim_one(), State::in_doubt, 24h * 9, failure("server-error", 503));
  ledger().bring_forward(now() + 5min);
  EXPECT_EQ(*view("soon").due, now() + 1min);
  EXPECT_EQ(*view("late").due, now() + 5min);
  EXPECT_EQ(*view("doubtful").due, now() + 5min);
}

TEST_P(LedgerContract, ADoubtfulRowIsLookedForAndNotSent) {
  offer("a");
  const Intent intent = claim_one();
  const Timestamp since = now();
  advance(30s);
  failed(intent, State::in_doubt, 10s, failure("server-error", 503));
  EXPECT_EQ(state("a"), State::in_doubt);
  EXPECT_EQ(view("a").due, now() + 10s);
  EXPECT_THAT(ledger().doubts(now(), 0, 9), IsEmpty()) << "its look is not due";
  EXPECT_EQ(ledger().agenda(all_of()).next_look, now() + 10s);
  advance(10s);
  const auto doubts = ledger().doubts(now(), 0, 9);
  ASSERT_THAT(doubts, SizeIs(1));
  EXPECT_EQ(doubts[0].row, intent.row);
  EXPECT_EQ(doubts[0].external_id, "a");
  EXPECT_EQ(doubts[0].step, Step::own);
  EXPECT_EQ(doubts[0].since, since);
  EXPECT_EQ(doubts[0].looks, 0);
  EXPECT_EQ(doubts[0].http_status, 503);
  EXPECT_THAT(claim(), IsEmpty());
}

// The first create may show in the list later than the looks that did not find it.
TEST_P(LedgerContract, ADoubtReachesBackToTheFirstRequestOfUnknownEffect) {
  offer("a");
  const Timestamp first = now();
  const Intent intent = claim_one();
  failed(intent, State::in_doubt);
  advance(1h);
  ledger().record(settlement(intent, State::pending), run());  // not found
  failed(claim_one(), State::pending, 0ms, failure("throttled", 429));
  advance(1h);
  const Intent again = claim_one();
  restart();
  ledger().recover(now());
  EXPECT_EQ(ledger().find_doubt("a")->since, first);
  created(again);
  EXPECT_EQ(state("a"), State::synced);
}

TEST_P(LedgerContract, ALookThatFindsNothingIsCounted) {
  given(State::in_doubt, "a");
  ledger().record_look(1, now() + 30s);
  EXPECT_THAT(ledger().doubts(now(), 0, 9), IsEmpty());
  advance(30s);
  EXPECT_EQ(ledger().doubts(now(), 0, 9).at(0).looks, 1);
  EXPECT_EQ(ledger().find_doubt("a")->looks, 1);
  ledger().record_look(1, now());
  EXPECT_EQ(ledger().find_doubt("a")->looks, 2);
  restart();
  EXPECT_EQ(ledger().find_doubt("a")->looks, 2);
}

TEST_P(LedgerContract, LooksAreOnlyCountedOfDoubts) {
  offer("a");
  EXPECT_THROW(ledger().record_look(1, now()), std::logic_error);
}

TEST_P(LedgerContract, ADoubtThatWasNotFoundIsSentAgain) {
  given(State::in_doubt, "a");
  ledger().record_look(1, now());
  const Intent looked = the_row(1, "a");
  failed(looked, State::pending, 0ms, failure("not-found-by-looking", 0));
  const Intent again = claim_one();
  EXPECT_EQ(again.body, desired("a").own_body) << "the body was kept while it was in doubt";
  EXPECT_EQ(again.attempt, 2);
  failed(again, State::in_doubt);
  EXPECT_EQ(ledger().find_doubt("a")->looks, 0) << "a new doubt is looked for from the start";
}

TEST_P(LedgerContract, ADoubtThatWasFoundIsSynced) {
  given(State::in_doubt, "a");
  const Intent looked = the_row(1, "a");
  created(looked);
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_FALSE(ledger().find_doubt("a"));
  EXPECT_THAT(ledger().doubts(now(), 0, 9), IsEmpty());
}

TEST_P(LedgerContract, DoubtsAreReadInPagesByRow) {
  for (const char* id : {"a", "b", "c", "d"}) given(State::in_doubt, id);
  EXPECT_THAT(ids_of(ledger().doubts(now(), 0, 2)), ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(ledger().doubts(now(), 2, 2)), ElementsAre("c", "d"));
  EXPECT_THAT(ledger().doubts(now(), 4, 2), IsEmpty());
}

TEST_P(LedgerContract, ADoubtAboutMicrosoftsHalfHasItsEngagement) {
  given_half("a");
  failed(claim_one(), State::in_doubt);
  const auto doubts = ledger().doubts(now(), 0, 9);
  ASSERT_THAT(doubts, SizeIs(1));
  EXPECT_EQ(doubts[0].step, Step::microsoft);
  EXPECT_TRUE(doubts[0].co_sell);
  EXPECT_EQ(doubts[0].engagement_id, "engagement-a");
  EXPECT_FALSE(ledger().find_doubt("a")) << "its own referral is in no doubt";
}

TEST_P(LedgerContract, ADoubtIsFoundByItsId) {
  given(State::in_doubt, "a");
  given(State::synced, "b");
  EXPECT_EQ(ledger().find_doubt("a")->row, 1);
  EXPECT_FALSE(ledger().find_doubt("b"));
  EXPECT_FALSE(ledger().find_doubt("unknown"));
}

TEST_P(LedgerContract, TheAgendaSaysWhenThereIsSomethingToDo) {
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim);
  EXPECT_FALSE(ledger().agenda(all_of()).next_look);
  offer("a");
  offer("b");
  const auto intents = claim();
  EXPECT_FALSE(ledger().agenda(all_of()).next_claim);
  failed(intents[0], State::pending, 9s);
  failed(intents[1], State::in_doubt, 4s);
  EXPECT_EQ(ledger().agenda(all_of()).next_claim, now() + 9s);
  EXPECT_EQ(ledger().agenda(all_of()).next_look, now() + 4s);
  EXPECT_FALSE(ledger().agenda(all_of({"contacts"})).next_claim);
  EXPECT_EQ(ledger().agenda(all_of({"contacts"})).next_look, now() + 4s)
      << "doubts are looked for whatever their source";
}

TEST_P(LedgerContract, TheDaysCallsOutliveTheProcess) {
  EXPECT_EQ(ledger().calls("2026-11-22"), 0U);
  ledger().add_calls("2026-11-22", 3);
  ledger().add_calls("2026-11-22", 4);
  ledger().add_calls("2026-11-23", 1);
  restart();
  EXPECT_EQ(ledger().calls("2026-11-22"), 7U);
  EXPECT_EQ(ledger().calls("2026-11-23"), 1U);
}

}  // namespace
}  // namespace referrald::persistence
