// Records that need not be read again: until something is done to their row.
#include <array>

#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

// What is in the ledger, whatever the writer keeps in memory.
std::int64_t seen(LedgerStory& story, const std::string& id) {
  story.next_run();
  story.ledger().finish_run(story.run(), {}, 0, story.now());
  const std::array ids{story.ledger().hash_of(id)};
  std::array<SeenRecord, 1> out;
  story.ledger().seen_records(ids, out);
  return out.front().record;
}

RowKey see(LedgerStory& story, const std::string& id) {
  const auto row = story.ledger().find(id)->row;
  story.ledger().see_record(row, id, 4711);
  return row;
}

RowKey see_synced(LedgerStory& story, const std::string& id) {
  story.offer(id);
  story.created(story.claim_one());
  return see(story, id);
}

TEST_P(LedgerContract, RecordsAreSeenUntilAnotherIs) {
  const auto row = see_synced(*this, "L-1");
  EXPECT_EQ(seen(*this, "L-1"), 4711);
  ledger().see_record(row, "L-1", 4712);
  EXPECT_EQ(seen(*this, "L-1"), 4712);
  EXPECT_EQ(seen(*this, "L-2"), 0);
  restart();
  EXPECT_EQ(seen(*this, "L-1"), 4712);
}

TEST_P(LedgerContract, RecordsAreSeenOfARowThatWaitsAndIsSentThen) {
  offer("L-1");
  see(*this, "L-1");
  EXPECT_EQ(seen(*this, "L-1"), 4711);
  const auto intent = claim_one();
  EXPECT_EQ(seen(*this, "L-1"), 4711);
  created(intent);
  EXPECT_EQ(seen(*this, "L-1"), 4711);
}

TEST_P(LedgerContract, RecordsOfOtherContentIsForgotten) {
  offer("L-1");
  see(*this, "L-1");
  offer("L-1", "other content");
  EXPECT_EQ(seen(*this, "L-1"), 0);
  created(claim_one());

  const auto row = see_synced(*this, "L-2");
  Change change;
  change.deal = "private";
  change.patch = R"([{"op":"replace","path":"/name","value":"x"}])";
  change.fingerprint = "other";
  change.base = "fingerprint of content";
  ledger().change(row, change, origin(), now());
  EXPECT_EQ(seen(*this, "L-2"), 0);
}

TEST_P(LedgerContract, RecordsOfARowThatIsRejectedOrExcludedIsForgotten) {
  see_synced(*this, "L-1");
  reject("L-1");
  EXPECT_EQ(seen(*this, "L-1"), 0);
  see_synced(*this, "L-2");
  exclude("L-2");
  EXPECT_EQ(seen(*this, "L-2"), 4711) << "to exclude it did nothing";
  offer("L-3");
  see(*this, "L-3");
  exclude("L-3");
  EXPECT_EQ(seen(*this, "L-3"), 0);
  offer("L-3");
  EXPECT_EQ(seen(*this, "L-3"), 0) << "the row is another one";
}

TEST_P(LedgerContract, RecordsOfARowThatAPersonIsToldOfIsForgotten) {
  offer("L-1");
  see(*this, "L-1");
  failed(claim_one(), State::refused, 0ms, failure("http-400", 400));
  EXPECT_EQ(seen(*this, "L-1"), 0);
}

TEST_P(LedgerContract, RecordsOfARowWhoseReferralIsClosedIsForgotten) {
  see_synced(*this, "L-1");
  auto known = ledger().find_referral("L-1", "referral-L-1");
  ASSERT_TRUE(known);
  auto closed = *known;
  closed.ids.status = "Closed";
  ledger().refresh(*known, closed, now());
  EXPECT_EQ(seen(*this, "L-1"), 0);
}

// -- of rows that are excluded: see exclude()
// ------------------------------------------------------

bool exclude_seen(LedgerStory& story, const std::string& id, const std::string& source = "leads") {
  return story.ledger().exclude(id, source, story.now(), 4713).remembered;
}

TEST_P(LedgerContract, AnExcludedRecordIsSeenUntilItsIdGetsARow) {
  EXPECT_TRUE(exclude_seen(*this, "L-1"));
  EXPECT_EQ(seen(*this, "L-1"), 4713);
  restart();
  EXPECT_EQ(seen(*this, "L-1"), 4713);
  offer("L-1");
  EXPECT_EQ(seen(*this, "L-1"), 0);
  EXPECT_FALSE(exclude_seen(*this, "L-1")) << "that took the row away";
  EXPECT_EQ(seen(*this, "L-1"), 0);
  EXPECT_TRUE(exclude_seen(*this, "L-1"));
  EXPECT_EQ(seen(*this, "L-1"), 4713);
  reject("L-1");
  EXPECT_EQ(seen(*this, "L-1"), 0);
  EXPECT_FALSE(exclude_seen(*this, "L-1")) << "that ended the rejection";
}

TEST_P(LedgerContract, AnExcludedRecordOfASyncedRowIsSeenUntilTheRowChanges) {
  see_synced(*this, "L-1");
  EXPECT_TRUE(exclude_seen(*this, "L-1"));
  EXPECT_EQ(seen(*this, "L-1"), 4713);
  reject("L-1");
  EXPECT_EQ(seen(*this, "L-1"), 0);
}

TEST_P(LedgerContract, AnExcludedRecordOfARowUnderWayIsNotSeen) {
  offer("L-1");
  const auto intent = claim_one();
  EXPECT_FALSE(exclude_seen(*this, "L-1")) << "what follows is no longer wanted";
  EXPECT_EQ(seen(*this, "L-1"), 0);
}

TEST_P(LedgerContract, AnExcludedRecordOfAnotherSourcesRowIsNotSeen) {
  see_synced(*this, "L-1");
  EXPECT_FALSE(exclude_seen(*this, "L-1", "contacts"));
  EXPECT_EQ(seen(*this, "L-1"), 4711);
}

// That id is another spelling of the row's from then on.
TEST_P(LedgerContract, AnExcludedRecordIsForgottenOnceAdoptGivesItsIdToARow) {
  offer("L-1");
  EXPECT_TRUE(exclude_seen(*this, "l-1"));
  EXPECT_EQ(seen(*this, "l-1"), 4713);
  Existing existing;
  existing.external_id = "L-1";
  existing.alias = "l-1";
  existing.ids = ids("L-1");
  existing.deal = "private";
  ledger().adopt(existing, now());
  EXPECT_EQ(seen(*this, "l-1"), 0);
  EXPECT_FALSE(exclude_seen(*this, "l-1")) << "the row may change, which is no change of this id";
}

TEST_P(LedgerContract, RecordsOfARowWhoseReferralAdoptFindsIsForgotten) {
  offer("L-1");
  see(*this, "L-1");
  Existing existing;
  existing.external_id = "L-1";
  existing.ids = ids("L-1");
  existing.deal = "private";
  existing.fingerprint = "what Partner Center holds";
  ledger().adopt(existing, now());
  EXPECT_EQ(seen(*this, "L-1"), 0);
}

TEST_P(LedgerContract, AnExportIsSeenUntilARowOfItsSourceChanges) {
  offer("a");
  ledger().see_export("leads", {7, 70, "1", false});
  ledger().see_export("others", {7, 70, "2", false});
  EXPECT_EQ(ledger().seen_export("leads", 7), "1");
  EXPECT_EQ(ledger().seen_export("leads", 8), "");
  EXPECT_FALSE(ledger().has_seen_exports("leads", 71));
  EXPECT_EQ(ledger().seen_export("unknown", 7), "");
  created(claim_one());
  EXPECT_TRUE(ledger().has_seen_exports("leads", 70))
      << "to be sent changes nothing of the content";
  restart();
  EXPECT_EQ(reader()->seen_export("leads", 7), "1");
  offer("b");
  EXPECT_TRUE(ledger().has_seen_exports("leads", 70)) << "nor does another row";
  EXPECT_EQ(ledger().change(1, {}, origin(), now()).verdict, Verdict::unchanged);
  EXPECT_FALSE(ledger().has_seen_exports("leads", 70));
  EXPECT_FALSE(reader()->has_seen_exports("leads", 70));
  EXPECT_EQ(ledger().seen_export("others", 7), "2");
  next_run();
  ledger().see_export("leads", {7, 70, "2", false});
  exclude("b");
  EXPECT_FALSE(ledger().has_seen_exports("leads", 70)) << "it is gone";
}

TEST_P(LedgerContract, AnExportThatExcludesRowsIsSeenUntilItsSourceGetsAnother) {
  ledger().see_export("leads", {7, 70, "1", true});
  ledger().see_export("others", {7, 70, "2", true});
  restart();
  offer("a");
  EXPECT_EQ(ledger().seen_export("leads", 7), "");
  EXPECT_EQ(ledger().seen_export("others", 7), "2");
  ledger().see_export("leads", {7, 70, "1", true});
  EXPECT_EQ(ledger().seen_export("leads", 7), "1");
  reject("b");
  EXPECT_EQ(ledger().seen_export("leads", 7), "");
}

// To exclude it ends the rejection.
TEST_P(LedgerContract, AnExportIsForgottenOnceAnotherSourcesIdIsRejected) {
  offer("a");
  const Origin from = origin(2, "contacts");
  ledger().see_export("contacts", {7, 70, "1", true});
  reject("a", from);
  EXPECT_EQ(ledger().seen_export("contacts", 7), "");
  next_run();
  ledger().see_export("contacts", {7, 70, "1", true});
  reject("a", from);
  EXPECT_EQ(ledger().seen_export("contacts", 7), "1") << "as it was";
}

TEST_P(LedgerContract, AnExportIsForgottenOnceARowOfItsSourceGetsAnotherSpelling) {
  offer("A&amp;B");
  failed(claim_one(), State::in_doubt, 0ms, failure("timeout", 0));
  next_run();
  ledger().see_export("leads", {7, 70, "1", true});
  Existing existing;
  existing.external_id = "A&amp;B";
  existing.alias = "A&B";
  existing.ids = ids("A&amp;B");
  existing.deal = "private";
  EXPECT_EQ(ledger().adopt(existing, now()).as, Adopted::As::settled);
  EXPECT_EQ(ledger().seen_export("leads", 7), "");
  const auto row = ledger().find("A&amp;B")->row;
  EXPECT_EQ(ledger().classify("A&B", "leads", "").row, row);
  EXPECT_FALSE(ledger().see_record(row, "A&B", 4711)) << "it would not be forgotten with the row's";
  EXPECT_EQ(seen(*this, "A&B"), 0);
}

// The id may occur in the export itself, far before its row.
TEST_P(LedgerContract, AnExportIsNotSeenInWhichAnExcludedIdGotARow) {
  exclude_seen(*this, "a");
  offer("a");
  ledger().see_export("leads", {7, 70, "1", true});
  EXPECT_EQ(ledger().seen_export("leads", 7), "");
}

TEST_P(LedgerContract, AnExportIsSeenThoughARowIsRejectedAgainAsItWas) {
  reject("a");
  next_run();
  ledger().see_export("leads", {7, 70, "1", false});
  reject("a");
  EXPECT_EQ(ledger().seen_export("leads", 7), "1");
}

// Rows are sent while their export is still being read.
TEST_P(LedgerContract, AnExportIsNotSeenOfWhichARowWasRefusedMeanwhile) {
  const auto row = offer("a").row;
  ledger().see_record(row, "a", 5);
  failed(claim_one(), State::refused, 0ms, failure("bad", 400));
  ledger().see_export("leads", {7, 70, "1", false});
  EXPECT_EQ(ledger().seen_export("leads", 7), "");
}

TEST_P(LedgerContract, OfExportsThatWereSeenAFewAreRemembered) {
  for (std::int64_t hash = 1; hash <= 1000; ++hash)
    ledger().see_export("leads", {hash, 70, "1", false});
  EXPECT_EQ(ledger().seen_export("leads", 1000), "1");
  int remembered = 0;
  for (std::int64_t hash = 1; hash <= 1000; ++hash)
    remembered += ledger().seen_export("leads", hash).empty() ? 0 : 1;
  EXPECT_LT(remembered, 20);
}

}  // namespace
}  // namespace referrald::persistence
