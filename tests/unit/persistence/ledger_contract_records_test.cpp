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
  EXPECT_EQ(seen(*this, "L-2"), 0);
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
  ledger().see_export("leads", {7, 70, 1});
  ledger().see_export("others", {7, 70, 2});
  EXPECT_EQ(ledger().seen_export("leads", 7), 1U);
  EXPECT_EQ(ledger().seen_export("leads", 8), std::nullopt);
  EXPECT_FALSE(ledger().has_seen_exports("leads", 71));
  EXPECT_EQ(ledger().seen_export("unknown", 7), std::nullopt);
  created(claim_one());
  EXPECT_TRUE(ledger().has_seen_exports("leads", 70))
      << "to be sent changes nothing of the content";
  restart();
  EXPECT_EQ(reader()->seen_export("leads", 7), 1U);
  offer("b");
  EXPECT_TRUE(ledger().has_seen_exports("leads", 70)) << "nor does another row";
  EXPECT_EQ(ledger().change(1, {}, origin(), now()).verdict, Verdict::unchanged);
  EXPECT_FALSE(ledger().has_seen_exports("leads", 70));
  EXPECT_FALSE(reader()->has_seen_exports("leads", 70));
  EXPECT_EQ(ledger().seen_export("others", 7), 2U);
  next_run();
  ledger().see_export("leads", {7, 70, 2});
  exclude("b");
  EXPECT_FALSE(ledger().has_seen_exports("leads", 70)) << "it is gone";
}

// Rows are sent while their export is still being read.
TEST_P(LedgerContract, AnExportIsNotSeenOfWhichARowWasRefusedMeanwhile) {
  const auto row = offer("a").row;
  ledger().see_record(row, "a", 5);
  failed(claim_one(), State::refused, 0ms, failure("bad", 400));
  ledger().see_export("leads", {7, 70, 1});
  EXPECT_EQ(ledger().seen_export("leads", 7), std::nullopt);
}

TEST_P(LedgerContract, OfExportsThatWereSeenAFewAreRemembered) {
  for (std::int64_t hash = 1; hash <= 1000; ++hash) ledger().see_export("leads", {hash, 70, 1});
  EXPECT_EQ(ledger().seen_export("leads", 1000), 1U);
  int remembered = 0;
  for (std::int64_t hash = 1; hash <= 1000; ++hash)
    remembered += ledger().seen_export("leads", hash) ? 1 : 0;
  EXPECT_LT(remembered, 20);
}

}  // namespace
}  // namespace referrald::persistence
