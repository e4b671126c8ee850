// Taking rows in.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using namespace std::string_literals;

using testing::IsEmpty;
using testing::SizeIs;

TEST_P(LedgerContract, AnUnknownIdIsCreatedAndPending) {
  const Offered offered = offer("a");
  EXPECT_EQ(offered.verdict, Verdict::created);
  EXPECT_EQ(offered.row, 1);
  const RowView row = view("a");
  EXPECT_EQ(row.state, State::pending);
  EXPECT_EQ(row.step, Step::own);
  EXPECT_EQ(row.source, "leads");
  EXPECT_EQ(row.deal, "private");
  EXPECT_EQ(row.export_name, "leads.csv");
  EXPECT_EQ(row.line, 2U);
  EXPECT_EQ(row.first_seen, now());
  EXPECT_EQ(row.due, now());
}

TEST_P(LedgerContract, KeysAreDenseAndNeverReused) {
  EXPECT_EQ(offer("a").row, 1);
  EXPECT_EQ(offer("b").row, 2);
  exclude("b");
  EXPECT_EQ(offer("c").row, 3);
  restart();
  exclude("c");
  restart();
  EXPECT_EQ(offer("d").row, 4);
}

TEST_P(LedgerContract, TheSameContentIsUnchangedWhateverTheState) {
  for (const State state : {State::pending, State::sending, State::in_doubt, State::synced}) {
    const std::string id(to_string(state));
    given(state, id);
    const RowView before = view(id);
    advance(1h);
    EXPECT_EQ(verdict(id), Verdict::unchanged) << id;
    EXPECT_EQ(view(id).state, before.state) << id;
    EXPECT_EQ(view(id).changed, before.changed) << id;
    if (state == State::pending) created(claim_one());
  }
}

TEST_P(LedgerContract, TheSameContentIsRefusedAndClosedAgain) {
  given(State::refused, "r");
  given(State::closed, "c");
  EXPECT_EQ(verdict("r"), Verdict::refused);
  EXPECT_EQ(verdict("c"), Verdict::closed);
  EXPECT_EQ(verdict("c", "other content"), Verdict::closed);
  EXPECT_THAT(claim(), IsEmpty());
}

TEST_P(LedgerContract, OtherContentReplacesWhatWasNeverSent) {
  offer("a", "old");
  advance(1h);
  EXPECT_EQ(verdict("a", "new"), Verdict::requeued);
  EXPECT_EQ(claim_one().body, desired("a", "new").own_body);
  EXPECT_EQ(verdict("a", "new"), Verdict::unchanged);
}

TEST_P(LedgerContract, OtherContentReplacesWhatTheServiceDidNotTake) {
  offer("a", "old");
  failed(claim_one(), State::pending, 5min);
  EXPECT_EQ(verdict("a", "new"), Verdict::requeued);
  EXPECT_EQ(view("a").due, now() + 5min) << "new content is no reason to hurry";
  EXPECT_EQ(view("a").last_error->code, "throttled");
  advance(5min);
  const Intent intent = claim_one();
  EXPECT_EQ(intent.body, desired("a", "new").own_body);
  EXPECT_EQ(intent.attempt, 2);
}

TEST_P(LedgerContract, OtherContentRequeuesARefusedRow) {
  given(State::refused, "a");
  advance(1h);
  EXPECT_EQ(verdict("a", "new"), Verdict::requeued);
  EXPECT_EQ(state("a"), State::pending);
  EXPECT_FALSE(view("a").last_error) << "what it was refused for may be mended";
  const Intent intent = claim_one();
  EXPECT_EQ(intent.body, desired("a", "new").own_body);
  EXPECT_EQ(intent.attempt, 1);
}

TEST_P(LedgerContract, OtherContentOfAReferralThatMayExistIsLeftAlone) {
  for (const State state : {State::sending, State::in_doubt, State::synced}) {
    const std::string id(to_string(state));
    given(state, id);
    advance(1s);
    const RowView before = view(id);
    const Offered offered = offer(id, "new");
    EXPECT_EQ(offered.verdict, Verdict::changed) << id;
    EXPECT_EQ(offered.fingerprint, desired(id).fingerprint) << id;
    EXPECT_EQ(offered.deal, "private") << id;
    EXPECT_EQ(view(id).state, before.state) << id;
    EXPECT_EQ(view(id).changed, before.changed) << id;
    EXPECT_EQ(verdict(id), Verdict::unchanged) << "the ledger still holds the old content";
  }
}

TEST_P(LedgerContract, TheDealTypeIsContent) {
  offer("a", "content", "private");
  EXPECT_EQ(verdict("a", "content", "partner-led"), Verdict::requeued);
  EXPECT_EQ(view("a").deal, "partner-led");
  created(claim_one());
  const Offered offered = offer("a", "content", "private");
  EXPECT_EQ(offered.verdict, Verdict::changed);
  EXPECT_EQ(offered.deal, "partner-led");
}

TEST_P(LedgerContract, ADealThatBecomesCoSellBeforeItIsSentIsSentInTwoSteps) {
  offer("a", "content", "private");
  offer("a", "content", "co-sell");
  const Intent own = claim_one();
  EXPECT_TRUE(own.co_sell);
  created_own(own);
  EXPECT_EQ(claim_one().body, desired("a", "content", "co-sell").microsoft_body);
}

TEST_P(LedgerContract, OtherContentOfAHalfCreatedDealIsLeftAlone) {
  given_half("a", "old");
  EXPECT_EQ(verdict("a", "new", "co-sell"), Verdict::changed);
  EXPECT_EQ(claim_one().body, desired("a", "old", "co-sell").microsoft_body);
}

TEST_P(LedgerContract, AnIdBelongsToTheSourceThatBroughtItFirst) {
  offer("a", "content");
  const Offered offered = ledger().offer(desired("a", "new"), origin(7, "contacts"), now());
  EXPECT_EQ(offered.verdict, Verdict::other_source);
  EXPECT_EQ(offered.source, "leads");
  EXPECT_EQ(view("a").source, "leads");
  EXPECT_EQ(claim_one().body, desired("a", "content").own_body);
}

TEST_P(LedgerContract, ClassifySaysWhatOfferWouldSayAndWritesNothing) {
  const Desired old = desired("a");
  EXPECT_EQ(ledger().classify("a", "leads", old.fingerprint).verdict, Verdict::created);
  EXPECT_EQ(ledger().classify("a", "leads", old.fingerprint).row, 0);
  EXPECT_FALSE(knows("a"));
  offer("a");
  EXPECT_EQ(ledger().classify("a", "leads", old.fingerprint).verdict, Verdict::unchanged);
  EXPECT_EQ(ledger().classify("a", "leads", "new").verdict, Verdict::requeued);
  EXPECT_EQ(ledger().classify("a", "other", old.fingerprint).verdict, Verdict::other_source);
  created(claim_one());
  EXPECT_EQ(ledger().classify("a", "leads", "new").verdict, Verdict::changed);
  EXPECT_EQ(ledger().classify("a", "leads", "new").deal, "private");
  EXPECT_EQ(ledger().classify("a", "leads", "new").fingerprint, old.fingerprint);
  EXPECT_EQ(ledger().classify("a", "leads", "new").status, "New");
  EXPECT_EQ(verdict("a"), Verdict::unchanged);
}

TEST_P(LedgerContract, ExcludingForgetsARowThatWasNeverSent) {
  offer("a");
  exclude("a");
  EXPECT_FALSE(knows("a"));
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_THAT(ledger().counts({}), IsEmpty());
  EXPECT_EQ(verdict("a"), Verdict::created);
}

TEST_P(LedgerContract, ExcludingForgetsARowWhoseRequestNeverLeft) {
  offer("a");
  const Intent intent = claim_one();
  Settlement settlement = this->settlement(intent, State::pending);
  settlement.counts = false;
  settlement.failure = failure("no-connection", 0);
  ledger().record(settlement, run());
  exclude("a");
  EXPECT_FALSE(knows("a"));
}

TEST_P(LedgerContract, ExcludingLeavesAloneWhatWasSent) {
  for (const State state : {State::sending, State::in_doubt, State::synced}) {
    const std::string id(to_string(state));
    given(state, id);
    exclude(id);
    EXPECT_EQ(this->state(id), state);
  }
}

// `retry` would send it.
TEST_P(LedgerContract, ExcludingForgetsWhatWasRefused) {
  given(State::refused, "a");
  exclude("a");
  EXPECT_FALSE(knows("a"));
  EXPECT_THAT(rejects(), IsEmpty());
  EXPECT_THAT(ledger().counts({}), IsEmpty());
}

TEST_P(LedgerContract, ExcludingOrRejectingTakesBackARefusedInvitation) {
  for (const bool rejects : {false, true}) {
    const std::string id = rejects ? "rejected" : "excluded";
    offer(id, "content", "co-sell");
    created_own(claim_one());
    failed(claim_one(), State::refused, 0ms, failure("bad", 400));
    ASSERT_EQ(state(id), State::refused);
    rejects ? reject(id) : exclude(id);
    EXPECT_EQ(state(id), State::synced);
    EXPECT_EQ(ledger().retry(view(id).row, now()), Retried::nothing);
    EXPECT_THAT(claim(), IsEmpty());
  }
}

TEST_P(LedgerContract, ExcludingForgetsARowWhoseRequestsCertainlyHadNoEffect) {
  offer("tried");
  failed(claim_one(), State::pending);
  exclude("tried");
  EXPECT_FALSE(knows("tried"));
  offer("broken");
  failed(claim_one(), State::pending);
  reject("broken");
  exclude("broken");
  EXPECT_FALSE(knows("broken"));
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_THAT(ledger().counts({}), IsEmpty());
}

TEST_P(LedgerContract, ExcludingWithdrawsARowThatWasLookedForInVain) {
  offer("a");
  not_found(claim_one());
  for (int turn = 0; turn < 2; ++turn) {
    exclude("a");
    EXPECT_EQ(state("a"), State::rejected);
    EXPECT_EQ(view("a").attempts, 1) << "its request may show later";
    EXPECT_EQ(view("a").reasons, "");
    EXPECT_THAT(rejects(), IsEmpty()) << "nobody need do anything";
    EXPECT_THAT(claim(), IsEmpty());
    EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  }
  EXPECT_EQ(ledger().classify("a", "contacts", "any").verdict, Verdict::other_source);
  reject("a");
  EXPECT_EQ(view("a").reasons, reasons());
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  exclude("a");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  EXPECT_EQ(verdict("a"), Verdict::created);
  EXPECT_EQ(ledger().counts({}), (Counts{{State::pending, 1}}));
  EXPECT_EQ(claim_one().body, desired("a").own_body);
}

TEST_P(LedgerContract, ExcludingInAnotherSourceChangesNothing) {
  offer("a");
  exclude("a", "contacts");
  EXPECT_TRUE(knows("a"));
}

TEST_P(LedgerContract, WhatWasNotCommittedIsGone) {
  offer("kept");
  ledger().begin();
  offer("lost");
  ledger().reject({origin(9, "new source", "new.csv"), "lost too", reasons()}, run(), now());
  ledger().rollback();
  EXPECT_FALSE(knows("lost"));
  EXPECT_EQ(ledger().counts({}), (Counts{{State::pending, 1}}));
  ledger().offer(desired("later"), origin(9, "new source", "new.csv"), now());
  EXPECT_EQ(view("later").source, "new source");
  EXPECT_EQ(view("later").export_name, "new.csv");
  EXPECT_EQ(view("later").row, 2) << "a key that was never committed was never used";
}

TEST_P(LedgerContract, AReaderSeesWhatWasCommittedAndNothingElse) {
  ledger().begin();
  offer("a");
  const auto reader = this->reader();
  EXPECT_FALSE(reader->find("a"));
  EXPECT_THAT(reader->counts({}), IsEmpty());
  ledger().commit();
  EXPECT_TRUE(reader->find("a"));
  EXPECT_EQ(reader->counts({}), (Counts{{State::pending, 1}}));
}

TEST_P(LedgerContract, AReaderCannotWrite) {
  const auto reader = this->reader();
  EXPECT_THROW(reader->begin(), std::logic_error);
  EXPECT_THROW(reader->offer(desired("a"), origin(), now()), std::logic_error);
  EXPECT_THROW(reader->claim(all_of(), 1, now()), std::logic_error);
  EXPECT_THROW(reader->start_run("sync", now()), std::logic_error);
  EXPECT_FALSE(reader->find("a"));
}

TEST_P(LedgerContract, TransactionsDoNotNest) {
  EXPECT_THROW(ledger().commit(), std::logic_error);
  ledger().begin();
  EXPECT_THROW(ledger().begin(), std::logic_error);
  offer("a");
  ledger().commit();
  EXPECT_TRUE(knows("a"));
}

TEST_P(LedgerContract, ALedgerBelongsToOneTenant) {
  ledger().bind_tenant("contoso");
  restart();
  ledger().bind_tenant("contoso");
  try {
    ledger().bind_tenant("fabrikam");
    FAIL() << "another tenant was taken";
  } catch (const LedgerError& error) {
    EXPECT_EQ(error.kind(), LedgerError::Kind::other_tenant);
    EXPECT_THAT(error.what(), testing::HasSubstr("contoso"));
    EXPECT_THAT(error.what(), testing::HasSubstr("fabrikam"));
  }
  EXPECT_EQ(verdict("a"), Verdict::created) << "the question does no harm";
}

TEST_P(LedgerContract, IdsAndTextsAreKeptByteForByte) {
  const std::string id = "Straße\n'\"%\0x"s;
  Origin from = origin();
  from.cells = "\xff\xfe\0,\"a\"\"b\""s;
  from.columns = "\xe4,b";
  ledger().offer(desired(id, "\xc3\xa4"), from, now());
  EXPECT_EQ(view(id).external_id, id);
  const Intent intent = claim_one();
  EXPECT_EQ(intent.external_id, id);
  EXPECT_EQ(intent.body, desired(id, "\xc3\xa4").own_body);
  failed(intent, State::refused);
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects().front().origin.cells, from.cells);
  EXPECT_EQ(rejects().front().origin.columns, from.columns);
}

}  // namespace
}  // namespace referrald::persistence
