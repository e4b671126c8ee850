// Rows that our rules, or the service, keep from Partner Center.
#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(LedgerContract, ARejectedRowNeedsAPersonAndIsNotSent) {
  reject("a", origin(5, "leads", "leads.csv", "a,b"), reasons("missing-name"));
  EXPECT_EQ(state("a"), State::rejected);
  EXPECT_EQ(view("a").reasons, reasons("missing-name"));
  EXPECT_EQ(view("a").line, 5U);
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  EXPECT_THAT(claim(), IsEmpty());
  const auto rejects = this->rejects();
  ASSERT_THAT(rejects, SizeIs(1));
  EXPECT_EQ(rejects[0].external_id, "a");
  EXPECT_EQ(rejects[0].origin.source, "leads");
  EXPECT_EQ(rejects[0].origin.export_name, "leads.csv");
  EXPECT_EQ(rejects[0].origin.line, 5U);
  EXPECT_EQ(rejects[0].origin.columns, "Id,Topic");
  EXPECT_EQ(rejects[0].origin.cells, "a,b");
  EXPECT_EQ(rejects[0].reasons, reasons("missing-name"));
  EXPECT_FALSE(rejects[0].refused);
  EXPECT_EQ(rejects[0].at, now());
}

TEST_P(LedgerContract, AMendedRowIsCreatedAndItsRejectionEnds) {
  reject("a");
  EXPECT_EQ(ledger().classify("a", "leads", "any").verdict, Verdict::created);
  const Offered offered = offer("a");
  EXPECT_EQ(offered.verdict, Verdict::created);
  EXPECT_EQ(offered.row, 1);
  EXPECT_EQ(view("a").reasons, "");
  EXPECT_THAT(rejects(), IsEmpty());
  EXPECT_EQ(ledger().counts({}), (Counts{{State::pending, 1}}));
  created(claim_one());
  EXPECT_EQ(state("a"), State::synced);
}

TEST_P(LedgerContract, APendingRowThatWasNeverSentBecomesRejected) {
  offer("a");
  reject("a");
  EXPECT_EQ(state("a"), State::rejected);
  EXPECT_THAT(claim(), IsEmpty());
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  EXPECT_EQ(verdict("a"), Verdict::created) << "even with the content it had before";
  EXPECT_EQ(claim_one().body, desired("a").own_body);
}

TEST_P(LedgerContract, ARowThatWasSentStaysAndTheRejectionIsRememberedBesideIt) {
  for (const State state : {State::sending, State::in_doubt, State::synced, State::closed}) {
    const std::string id(to_string(state));
    given(state, id);
    reject(id);
    EXPECT_EQ(this->state(id), state);
    EXPECT_EQ(view(id).reasons, reasons()) << id;
    EXPECT_EQ(ledger().counts({}).at(State::rejected), 1U) << id;
    EXPECT_EQ(ledger().counts({}).at(state), 1U) << id;
    EXPECT_THAT(rejects(), SizeIs(1)) << id;
    EXPECT_EQ(verdict(id), state == State::closed ? Verdict::closed : Verdict::unchanged);
    EXPECT_EQ(view(id).reasons, "") << id;
    EXPECT_THAT(rejects(), IsEmpty()) << id;
  }
  EXPECT_FALSE(ledger().counts({}).contains(State::rejected));
}

TEST_P(LedgerContract, ARowWhoseEarlierRequestsHadNoEffectBecomesRejected) {
  for (const std::string id : {"throttled", "looked for"}) {
    offer(id);
    id == "throttled" ? failed(claim_one(), State::pending) : not_found(claim_one());
    reject(id);
    EXPECT_EQ(state(id), State::rejected);
    EXPECT_EQ(view(id).attempts, 1) << "it is remembered that requests left";
    EXPECT_THAT(claim(), IsEmpty()) << id;
    EXPECT_EQ(ledger().counts({}).at(State::rejected), 1U);
    EXPECT_EQ(verdict(id, "mended"), Verdict::created);
    EXPECT_EQ(claim_one().body, desired(id, "mended").own_body);
    EXPECT_THAT(rejects(), IsEmpty());
  }
}

TEST_P(LedgerContract, ADoubtOutlivesARejectionAndAnExclusion) {
  offer("a");
  advance(1h);
  const Timestamp first = now();
  not_found(claim_one());
  reject("a");
  exclude("a");
  offer("a");
  advance(1h);
  failed(claim_one(), State::in_doubt);
  ASSERT_TRUE(ledger().find_doubt("a"));
  EXPECT_EQ(ledger().find_doubt("a")->since, first) << "the first request may have shown late";
}

TEST_P(LedgerContract, ARowWhoseOwnReferralExistsGoesNoFurtherBesideItsRejection) {
  given_half("b");
  reject("b");
  EXPECT_EQ(state("b"), State::synced);
  EXPECT_NE(view("b").own.referral_id, "");
  EXPECT_NE(view("b").reasons, "");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::synced, 1}, {State::rejected, 1}}));
}

TEST_P(LedgerContract, AChangedRowEndsItsRejectionToo) {
  given(State::synced, "a");
  reject("a");
  EXPECT_EQ(verdict("a", "new"), Verdict::changed);
  EXPECT_THAT(rejects(), IsEmpty());
}

TEST_P(LedgerContract, ARepeatedRejectionIsOneAndKeepsItsTime) {
  reject("a");
  const Timestamp first = now();
  advance(1h);
  next_run();
  reject("a");
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].at, first);
  reject("a", origin(9, "leads", "newer.csv"));
  EXPECT_EQ(rejects()[0].at, first) << "it only moved";
  EXPECT_EQ(rejects()[0].origin.export_name, "newer.csv");
  reject("a", origin(9, "leads", "newer.csv"), reasons("bad-country"));
  EXPECT_EQ(rejects()[0].at, now());
  EXPECT_EQ(view("a").reasons, reasons("bad-country"));
  EXPECT_EQ(view("a").export_name, "newer.csv");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
}

// GUIDs are kept in a short form.
TEST_P(LedgerContract, ARejectedGuidIsOneRowHoweverOftenItComes) {
  const std::string guid = "bfef8030-ddc2-4d77-aa47-44104e916187";
  reject(guid);
  const auto row = view(guid).row;
  next_run();
  reject(guid);
  EXPECT_EQ(view(guid).row, row);
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
  EXPECT_EQ(verdict(guid), Verdict::created);
  EXPECT_EQ(view(guid).row, row) << "it is the row that was rejected";
  EXPECT_THAT(rejects(), IsEmpty());
}

// A process that dies leaves the index of ids as it was written last.
TEST_P(LedgerContract, ARowOfAdoptIsKnownAfterItWasTakenOver) {
  Existing existing;
  existing.external_id = "a";
  existing.ids = ids("a");
  existing.deal = "private";
  existing.fingerprint = "of what is there";
  ledger().adopt(existing, now());
  restart();
  EXPECT_EQ(verdict("a"), Verdict::changed);
  EXPECT_EQ(verdict("a"), Verdict::changed);
  restart();
  EXPECT_EQ(verdict("a"), Verdict::changed);
}

TEST_P(LedgerContract, ARejectionInAnotherSourceChangesNothingOfTheRow) {
  offer("a");
  reject("a", origin(3, "contacts"), reasons("other-source"));
  EXPECT_EQ(state("a"), State::pending);
  EXPECT_EQ(view("a").reasons, "");
  EXPECT_EQ(view("a").source, "leads");
  EXPECT_EQ(ledger().counts({"contacts"}), (Counts{{State::rejected, 1}}));
  EXPECT_EQ(ledger().counts({"leads"}), (Counts{{State::pending, 1}}));

  EXPECT_EQ(verdict("a"), Verdict::unchanged);
  EXPECT_THAT(rejects(), SizeIs(1)) << "it is the other source's to mend";
  exclude("a", "contacts");
  EXPECT_THAT(rejects(), IsEmpty());
  EXPECT_TRUE(knows("a"));
}

TEST_P(LedgerContract, AnIdThatWasForgottenMayComeFromAnotherSource) {
  offer("a");
  reject("a", origin(3, "contacts"), reasons("other-source"));
  exclude("a", "leads");
  EXPECT_FALSE(knows("a"));
  EXPECT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(ledger().offer(desired("a"), origin(3, "contacts"), now()).verdict, Verdict::created);
  EXPECT_THAT(rejects(), IsEmpty());
  EXPECT_EQ(view("a").source, "contacts");
}

TEST_P(LedgerContract, AnIdThatWasForgottenMayBeRejectedInAnotherSource) {
  offer("a");
  reject("a", origin(3, "contacts"), reasons("other-source"));
  exclude("a", "leads");
  reject("a", origin(3, "contacts"), reasons("missing-name"));
  EXPECT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(state("a"), State::rejected);
  EXPECT_EQ(view("a").reasons, reasons("missing-name"));
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
}

TEST_P(LedgerContract, ExcludingForgetsARejectedRow) {
  reject("a");
  exclude("a");
  EXPECT_FALSE(knows("a"));
  EXPECT_THAT(rejects(), IsEmpty());
  EXPECT_THAT(ledger().counts({}), IsEmpty());
}

TEST_P(LedgerContract, ExcludingEndsTheRejectionOfARowThatWasSent) {
  given(State::synced, "a");
  reject("a");
  exclude("a");
  EXPECT_EQ(state("a"), State::synced);
  EXPECT_EQ(view("a").reasons, "");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::synced, 1}}));
}

TEST_P(LedgerContract, ARejectedRowOfAnotherSourceIsNotTaken) {
  reject("a");
  EXPECT_EQ(ledger().offer(desired("a"), origin(1, "contacts"), now()).verdict,
            Verdict::other_source);
  EXPECT_EQ(state("a"), State::rejected);
}

TEST_P(LedgerContract, RowsWithoutAnIdAreToldApartByTheirCells) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  reject("", origin(5, "leads", "leads.csv", ",y"));
  reject("", origin(6, "leads", "leads.csv", ",x"));
  EXPECT_THAT(rejects(), SizeIs(3)) << "two rows may well look the same";
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 3}}));
  EXPECT_EQ(rejects()[0].external_id, "");
  EXPECT_FALSE(knows(""));
}

TEST_P(LedgerContract, RowsWithoutAnIdAreRecognizedWhenTheirExportIsReadAgain) {
  const auto read = [&](std::uint64_t first_line) {
    next_run();
    for (const char* cells : {",x", ",x", ",y"}) {
      reject("", origin(first_line++, "leads", "leads.csv", cells));
    }
    ledger().finish_export("leads", "leads.csv", run());
  };
  read(4);
  const Timestamp first = now();
  for (const std::uint64_t line : {4U, 5U, 3U, 90U}) {
    advance(1h);
    read(line);
    ASSERT_THAT(rejects(), SizeIs(3)) << line;
    for (const auto& reject : rejects()) EXPECT_EQ(reject.at, first) << line;
    std::vector<std::uint64_t> lines;
    for (const auto& reject : rejects()) lines.push_back(reject.origin.line);
    EXPECT_THAT(lines, testing::UnorderedElementsAre(line, line + 1, line + 2));
  }
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 3}}));
}

TEST_P(LedgerContract, RowsWithoutAnIdAreRecognizedWhenTheyAreReadTwiceInARun) {
  for (int reading = 0; reading < 2; ++reading) {
    for (const std::uint64_t line : {4U, 5U}) reject("", origin(line, "leads", "leads.csv", ",x"));
  }
  EXPECT_THAT(rejects(), SizeIs(2));
}

TEST_P(LedgerContract, RejectionsWithoutAnIdEndWhenTheirExportNoLongerHasThem) {
  reject("", origin(4, "leads", "leads.csv", ",gone"));
  reject("", origin(5, "leads", "leads.csv", ",stays"));
  reject("", origin(4, "leads", "other.csv", ",elsewhere"));
  reject("", origin(4, "contacts", "leads.csv", ",other source"));
  reject("named", origin(6));
  next_run();
  reject("", origin(5, "leads", "leads.csv", ",stays"));
  ledger().finish_export("leads", "leads.csv", run());
  std::vector<std::string> cells;
  for (const auto& reject : rejects()) cells.push_back(reject.origin.cells);
  EXPECT_THAT(cells, ElementsAre(",stays", ",elsewhere", ",other source", "cells"));
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 4}}));
  EXPECT_NO_THROW(ledger().finish_export("unknown", "unknown.csv", run()));
}

TEST_P(LedgerContract, ARowThatComesBackAsItWasLeavesItsRejectionAsItIs) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  reject("a", origin(5, "leads", "leads.csv", "a,x"));
  const auto before = rejects();
  for (int turn = 0; turn < 3; ++turn) {
    advance(1h);
    next_run();
    for (const auto& reject : before) {
      EXPECT_TRUE(ledger().keep_rejection(reject.rejection, "leads", "rejects.csv", run()));
    }
    ledger().finish_export("leads", "rejects.csv", run());
    ASSERT_THAT(rejects(), SizeIs(2));
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(rejects()[i].rejection, before[i].rejection);
      EXPECT_EQ(rejects()[i].origin.export_name, "leads.csv");
      EXPECT_EQ(rejects()[i].origin.line, before[i].origin.line);
      EXPECT_EQ(rejects()[i].origin.cells, before[i].origin.cells);
      EXPECT_EQ(rejects()[i].reasons, before[i].reasons);
      EXPECT_EQ(rejects()[i].at, before[i].at);
    }
  }
  next_run();
  ledger().finish_export("leads", "leads.csv", run());
  EXPECT_THAT(rejects(), SizeIs(1)) << "its own export, and no other, tells that a row has gone";
}

TEST_P(LedgerContract, ARowThatComesBackAsItWasIsFoundInTheExportThatTookThePlaceOfItsOwn) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  next_run();
  EXPECT_TRUE(ledger().keep_rejection(rejects().at(0).rejection, "leads", "leads.csv", run()));
  ledger().finish_export("leads", "leads.csv", run());
  EXPECT_THAT(rejects(), SizeIs(1));
}

TEST_P(LedgerContract, ARejectionThatIsClosedOrAnotherSourcesIsNotKept) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  const RejectionId id = rejects().at(0).rejection;
  EXPECT_FALSE(ledger().keep_rejection(id, "contacts", "leads.csv", run()));
  EXPECT_FALSE(ledger().keep_rejection(0, "leads", "leads.csv", run()));
  EXPECT_FALSE(ledger().keep_rejection(id + 1, "leads", "leads.csv", run()));
  ledger().answer_rejection(id, "leads");
  EXPECT_FALSE(ledger().keep_rejection(id, "leads", "leads.csv", run()));
  reject("", origin(4, "leads", "leads.csv", ",x"));
  EXPECT_FALSE(ledger().keep_rejection(id, "leads", "leads.csv", run())) << "no number is reused";
}

TEST_P(LedgerContract, AnAnswerEndsOnlyARejectionWithoutAnIdOfItsSource) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  reject("a", origin(5));
  const auto before = rejects();
  ledger().answer_rejection(before[0].rejection, "contacts");
  ledger().answer_rejection(before[0].rejection, "unknown");
  ledger().answer_rejection(before[1].rejection, "leads");
  ledger().answer_rejection(0, "leads");
  EXPECT_THAT(rejects(), SizeIs(2));
  ledger().answer_rejection(before[0].rejection, "leads");
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].external_id, "a");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
}

TEST_P(LedgerContract, ARowThatComesBackAndHasNoIdStillIsOneEntryWhereItStood) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  const RejectionId id = rejects().at(0).rejection;
  for (int turn = 0; turn < 3; ++turn) {
    next_run();
    for (const char* cells : {",half mended,", ",half mended,"}) {
      Rejection again{origin(2, "leads", "rejects.csv", cells), "", reasons("missing-id")};
      again.answers = id;
      ledger().reject(again, run(), now());
    }
    ledger().finish_export("leads", "rejects.csv", run());
    ASSERT_THAT(rejects(), SizeIs(1)) << turn;
    EXPECT_EQ(rejects()[0].rejection, id);
    EXPECT_EQ(rejects()[0].origin.export_name, "leads.csv");
    EXPECT_EQ(rejects()[0].origin.line, 4U);
    EXPECT_EQ(rejects()[0].origin.cells, ",half mended,");
    EXPECT_EQ(rejects()[0].reasons, reasons("missing-id"));
  }
  // The original export, read after the other in one run too, has the row as it was.
  reject("", origin(4, "leads", "leads.csv", ",x"));
  ledger().finish_export("leads", "leads.csv", run());
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].origin.cells, ",x");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
}

TEST_P(LedgerContract, ARowThatComesBackWithAnIdIsRejectedUnderThatId) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  Rejection again{origin(2, "leads", "rejects.csv", "a,x"), "a", reasons("bad-date")};
  again.answers = rejects().at(0).rejection;
  ledger().reject(again, run(), now());
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].external_id, "a");
  EXPECT_EQ(rejects()[0].origin.export_name, "rejects.csv");
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 1}}));
}

TEST_P(LedgerContract, ARowThatAnswersNoOpenRejectionOfItsSourceIsAnEntryOfItsOwn) {
  reject("", origin(4, "leads", "leads.csv", ",x"));
  reject("a", origin(5));
  const auto before = rejects();
  std::uint64_t line = 2;
  for (const auto& [source, answers] :
       {std::pair<const char*, RejectionId>{"contacts", before[0].rejection},
        {"leads", before[1].rejection},
        {"leads", 99}}) {
    Rejection again{origin(line++, source, "rejects.csv", ",y"), "", reasons()};
    again.answers = answers;
    ledger().reject(again, run(), now());
  }
  EXPECT_THAT(rejects(), SizeIs(5));
  EXPECT_EQ(ledger().counts({}), (Counts{{State::rejected, 5}}));
}

TEST_P(LedgerContract, ARefusedRowIsShownWithItsCellsAndTheServicesReason) {
  ledger().offer(desired("a"), origin(8, "leads", "leads.csv", "its cells"), now());
  const Intent intent = claim_one();
  advance(1s);
  failed(intent, State::refused, 0ms, failure("invalid \"country\"", 400));
  const auto rejects = this->rejects();
  ASSERT_THAT(rejects, SizeIs(1));
  EXPECT_TRUE(rejects[0].refused);
  EXPECT_EQ(rejects[0].external_id, "a");
  EXPECT_EQ(rejects[0].rejection, 0);
  EXPECT_EQ(rejects[0].origin.cells, "its cells");
  EXPECT_EQ(rejects[0].origin.columns, "Id,Topic");
  EXPECT_EQ(rejects[0].origin.line, 8U);
  EXPECT_EQ(rejects[0].at, now());
  EXPECT_EQ(rejects[0].reasons,
            R"([{"code":"invalid \"country\"","member":"","column":"","value":"",)"
            R"("message":"the service said invalid \"country\"","remedy":""}])");
}

TEST_P(LedgerContract, ARefusedRowThatIsRejectedNowIsShownOnce) {
  given(State::refused, "a");
  reject("a", origin(9, "leads", "leads.csv", "newer cells"));
  EXPECT_EQ(state("a"), State::rejected);
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_FALSE(rejects()[0].refused);
  EXPECT_EQ(rejects()[0].origin.cells, "newer cells");
  EXPECT_EQ(ledger().retry(view("a").row, now()), Retried::nothing) << "it would be sent";
  EXPECT_EQ(verdict("a", "new"), Verdict::created);
  EXPECT_THAT(rejects(), IsEmpty());
}

// As after a lost ledger: what adopt found is of no source until a row of it can be sent.
TEST_P(LedgerContract, ARejectionFromBeforeARowWasTakenOverEndsThen) {
  Existing existing;
  existing.external_id = "a";
  existing.ids = ids("a");
  existing.deal = "private";
  existing.fingerprint = "of what is there";
  ledger().adopt(existing, now());
  reject("a");
  EXPECT_NE(verdict("a"), Verdict::created);
  EXPECT_THAT(rejects(), IsEmpty());
  reject("a");
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(ledger().counts({"leads"}).at(State::rejected), 1u);
}

TEST_P(LedgerContract, RejectsAreFilteredBySourceAndTime) {
  reject("a");
  reject("b", origin(1, "contacts"));
  given(State::refused, "c");
  advance(1h);
  reject("d");
  std::vector<std::string> ids;
  const auto note = [&](const RejectView& reject) { ids.push_back(reject.external_id); };
  ledger().rejects("leads", std::nullopt, note);
  EXPECT_THAT(ids, ElementsAre("a", "d", "c"));
  ids.clear();
  ledger().rejects(std::nullopt, now(), note);
  EXPECT_THAT(ids, ElementsAre("d"));
  ids.clear();
  reader()->rejects("contacts", std::nullopt, note);
  EXPECT_THAT(ids, ElementsAre("b"));
}

TEST_P(LedgerContract, TheColumnsOfRejectsComeInOrderOfFirstUse) {
  const auto with_columns = [](const char* columns, std::uint64_t line) {
    Origin from = origin(line);
    from.columns = columns;
    from.cells = std::to_string(line);
    return from;
  };
  ledger().offer(desired("refused"), with_columns("C", 1), now());
  failed(claim_one(), State::refused);
  reject("a", with_columns("B", 2));
  reject("b", with_columns("A", 3));
  reject("", with_columns("B", 4));
  EXPECT_THAT(ledger().reject_columns(std::nullopt, std::nullopt), ElementsAre("B", "A", "C"));
  EXPECT_THAT(ledger().reject_columns("contacts", std::nullopt), IsEmpty());
}

}  // namespace
}  // namespace referrald::persistence
