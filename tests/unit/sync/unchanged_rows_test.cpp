// Rows that need not be mapped again. Whether they are passed over or mapped must make no
// difference but for the time it takes.
#include "daemon/sync/unchanged_rows.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "daemon/sync/survey.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class UnchangedRowsTest : public SyncTest {
 protected:
  sync::UnchangedRows find(const sync::SearchOptions& options = {}) const {
    const auto work = sync::make_work_list(config, {});
    const auto ledger = reader();
    return sync::find_unchanged(work.exports.front(), *ledger, options);
  }
  static std::vector<bool> which(const sync::UnchangedRows& rows, std::size_t count) {
    std::vector<bool> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(is_known(rows.fate(i)));
    return out;
  }
  static bool stands_alone(const sync::UnchangedRows& rows, std::uint64_t record) {
    return rows.fate(record) == sync::RecordFate::to_map_alone;
  }
  static bool is_same_file(const sync::UnchangedRows& rows) { return !rows.seen_export().empty(); }
  static std::vector<RowSpec> many(int count, const std::string& name = "Storage") {
    std::vector<RowSpec> rows;
    for (int i = 0; i < count; ++i) rows.push_back({"id-" + std::to_string(i), name});
    return rows;
  }
};

TEST_F(UnchangedRowsTest, AreThoseThatASyncHasTakenIn) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  const auto found = find();
  EXPECT_TRUE(found.all());
  EXPECT_EQ(found.unchanged(), 2u);
}

TEST_F(UnchangedRowsTest, AreFoundInAnyOrder) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}});
  sync();
  given_export("leads.csv", {{"id-3"}, {"id-4"}, {"id-1"}, {"id-2", "Another name"}});
  const auto found = find();
  EXPECT_FALSE(found.all());
  EXPECT_EQ(which(found, 4), (std::vector{true, false, true, false}));
}

TEST_F(UnchangedRowsTest, AreNoneThatNeedAPerson) {
  world->fault = [](const submission::Request&) { return Fault::status_400; };
  given_export("leads.csv", {{"id-1"}, {"id-2", ""}});
  sync();
  EXPECT_EQ(which(find(), 2), (std::vector{false, false}));
  EXPECT_EQ(sync().summary.refused, 1u);
  EXPECT_EQ(sync().summary.rejected, 1u);
}

TEST_F(UnchangedRowsTest, AreNoneOnceTheMappingIsAnother) {
  given_export("leads.csv", {{"id-1"}});
  sync();
  EXPECT_TRUE(find().all());
  std::ofstream(folder / "mapping.yaml", std::ios::app) << "# another comment\n";
  EXPECT_EQ(find().unchanged(), 0u);
  sync();
  EXPECT_TRUE(find().all());
}

TEST_F(UnchangedRowsTest, AreNoneOnceTheHeaderIsAnother) {
  given_file("leads.csv", "Id,Name,Deal,Help,Include,More\r\nid-1,A,private,,yes,\r\n");
  sync();
  EXPECT_TRUE(find().all());
  given_file("leads.csv", "Id,Name,Deal,Help,Include,Most\r\nid-1,A,private,,yes,\r\n");
  EXPECT_EQ(find().unchanged(), 0u);
}

// Cells that begin elsewhere are others, though the record's text were the same.
TEST_F(UnchangedRowsTest, TellCellsApart) {
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\nid-1,AB,private,C,yes\r\n");
  sync();
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\nid-1,A,private,BC,yes\r\n");
  EXPECT_EQ(find().unchanged(), 0u);
}

TEST_F(UnchangedRowsTest, OfAnIdTwiceAreNoneUnlessBothAre) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  given_export("leads.csv", {{"id-1", "Another"}, {"id-2"}, {"id-1"}, {"id-2"}});
  EXPECT_EQ(which(find(), 4), (std::vector{false, true, false, true}));
}

// The faulty one ends as a rejection, which the later one ends.
TEST_F(UnchangedRowsTest, OfAnIdThatAFaultyRowHasTooAreNone) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  given_file("leads.csv", header + "id-1,A,private,,yes\r\n");
  sync();
  given_file("leads.csv", header + "id-1,\"A\"x,private,,yes\r\nid-1,A,private,,yes\r\n");
  EXPECT_EQ(find().unchanged(), 0u);
  sync();
  EXPECT_TRUE(reader()->find("id-1")->reasons.empty());
}

TEST_F(UnchangedRowsTest, TellOfChangedOnesWhetherTheirIdStandsAlone) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}});
  sync();
  given_export("leads.csv",
               {{"id-1", "New"}, {"id-2"}, {"id-3", "New"}, {"id-3", "Newer"}, {"id-4"}});
  const auto found = find();
  EXPECT_TRUE(stands_alone(found, 0));
  EXPECT_FALSE(stands_alone(found, 2));
  EXPECT_FALSE(stands_alone(found, 3));
  EXPECT_TRUE(stands_alone(found, 4)) << "a new one";
  EXPECT_FALSE(stands_alone(found, 5)) << "there is none";
}

// Records behind a damage, or in it, may have any id.
TEST_F(UnchangedRowsTest, NoIdStandsAloneInADamagedExport) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,A,private,,yes\r\n");
  sync();
  for (const std::string damage : {"id-3,\"say \"hi\",\"x\r\nid-1,Other,private,,yes\r\n\",z\r\n",
                                   "Name,Id,Deal,Help,Include\r\nOther,id-1,private,,yes\r\n"}) {
    SCOPED_TRACE(damage);
    given_file("leads.csv", header + "id-1,New,private,,yes\r\nid-2,A,private,,yes\r\n" + damage);
    const auto found = find();
    EXPECT_EQ(found.unchanged(), 0u);
    EXPECT_FALSE(stands_alone(found, 0));
  }
}

TEST_F(UnchangedRowsTest, OfMoreThanFitIntoMemoryAreFoundAllTheSame) {
  auto rows = many(1'000);
  given_export("leads.csv", rows);
  sync();
  const sync::SearchOptions options{.records_in_memory = 64};
  EXPECT_TRUE(find(options).all());
  std::ranges::reverse(rows);
  rows[3].name = rows[990].name = "Another";
  given_export("leads.csv", rows);
  const auto found = find(options);
  EXPECT_EQ(found.unchanged(), 998u);
  EXPECT_FALSE(is_known(found.fate(3)));
  EXPECT_FALSE(is_known(found.fate(990)));
}

// It takes longer then, and is no reason to sync nothing.
TEST_F(UnchangedRowsTest, AreNoneWhereThereIsNoRoomForATemporaryFile) {
  auto rows = many(1'000);
  given_export("leads.csv", rows);
  sync();
  std::ranges::reverse(rows);
  given_export("leads.csv", rows);
  const auto work = sync::make_work_list(config, {});
  const auto ledger = reader();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const auto found = sync::find_unchanged(work.exports.front(), *ledger, {.records_in_memory = 64});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(found.unchanged(), 0u);
  EXPECT_TRUE(find().all());
}

// Of a ledger that knows hardly any of the rows, an export is not read to its end for nothing.
TEST_F(UnchangedRowsTest, AreNotLookedForWhereTheBeginHasNone) {
  auto rows = many(6'000, "Other");
  given_export("leads.csv", {rows.begin() + 5'000, rows.end()});
  sync();
  given_export("leads.csv", rows);
  EXPECT_EQ(find().unchanged(), 0u);
  std::ranges::reverse(rows);
  given_export("leads.csv", rows);
  EXPECT_EQ(find().unchanged(), 1'000u);
}

// One of the rows says other things, far behind.
TEST_F(UnchangedRowsTest, OfAnIdVeryOftenAreNoneUnlessAllAre) {
  given_export("leads.csv", {{"id-1"}});
  sync();
  std::vector<RowSpec> rows(10'000, {"id-1"});
  rows.back().name = "Another";
  given_export("leads.csv", rows);
  EXPECT_EQ(find().unchanged(), 0u);
}

// A damage is for the reading proper to tell.
TEST_F(UnchangedRowsTest, AreNoneOfADamagedExport) {
  given_export("leads.csv", {{"id-1"}});
  sync();
  given_file("leads.csv",
             "Id,Name,Deal,Help,Include\r\nid-1,Storage renewal,private,Please help,\"");
  EXPECT_EQ(find().unchanged(), 0u);
}

TEST_F(UnchangedRowsTest, AreCountedAsSuchAndToldOfLikeAnyOthers) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3", ""}});
  sync();
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-4"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.rows_read, 3u);
  EXPECT_EQ(outcome.summary.unchanged, 2u);
  EXPECT_EQ(outcome.summary.created, 1u);
}

// -- an export that comes as it was ---------------------------------------------------------------

TEST_F(UnchangedRowsTest, OfTheSameFileAreKnownByTheWhole) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  const auto found = find();
  EXPECT_TRUE(is_same_file(found));
  EXPECT_TRUE(found.all());
  EXPECT_EQ(found.unchanged(), 2u);
  EXPECT_EQ(which(found, 3), (std::vector{true, true, false}));
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.rows_read, 2u);
  EXPECT_EQ(outcome.summary.unchanged, 2u);
  EXPECT_EQ(outcome.exit, Exit::ok);
}

TEST_F(UnchangedRowsTest, OfTheSameFileUnderAnotherNameAreKnown) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  const auto file = sync::make_work_list(config, {}).exports.front().file;
  std::filesystem::rename(file, file.parent_path() / "later.csv");
  EXPECT_TRUE(is_same_file(find()));
}

TEST_F(UnchangedRowsTest, OfAnotherFileAreLookedAt) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  given_export("leads.csv", {{"id-2"}, {"id-1"}});
  EXPECT_FALSE(is_same_file(find()));
  EXPECT_TRUE(find().all());
  sync();
  EXPECT_TRUE(is_same_file(find())) << "it was read to its end, and all of it was as before";
}

TEST_F(UnchangedRowsTest, OfTheSameFileAreLookedAtOnceTheMappingIsAnother) {
  given_export("leads.csv", {{"id-1"}});
  sync();
  std::ofstream(folder / "mapping.yaml", std::ios::app) << "# another comment\n";
  EXPECT_FALSE(is_same_file(find()));
}

// By another export, at Partner Center, or since the service refuses it.
TEST_F(UnchangedRowsTest, OfTheSameFileAreLookedAtOnceOneOfTheirRowsWasChanged) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  ASSERT_TRUE(is_same_file(find()));
  world->edit("id-1", "/status", "\"Closed\"");
  pull();
  EXPECT_FALSE(is_same_file(find()));
  sync();
  EXPECT_TRUE(is_same_file(find()));
  given_export("more.csv", {{"id-2", "Another name"}});
  sync();
  EXPECT_FALSE(is_same_file(find()));
}

// What is rejected is told each time, and found at its place.
TEST_F(UnchangedRowsTest, OfTheSameFileAreAllButThoseThatNeedAPerson) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  const std::string good = "id-1,A,private,,yes\r\n";
  for (const std::string& other : {std::string("id-2,,private,,yes\r\n"), std::string("id-3,B\r\n"),
                                   std::string(",B,private,,yes\r\n")}) {
    SCOPED_TRACE(other);
    given_file("leads.csv", header + good + other + "id-4,D,private,,yes\r\n");
    sync();
    sync();
    const auto found = find();
    EXPECT_TRUE(is_same_file(found));
    EXPECT_EQ(which(found, 3), (std::vector{true, false, true}));
    const auto outcome = sync();
    EXPECT_EQ(outcome.summary.unchanged, 2u);
    EXPECT_EQ(outcome.summary.rejected, 1u);
    EXPECT_EQ(outcome.rejected_by_reason.size(), 1u);
  }
}

TEST_F(UnchangedRowsTest, OfAnExportInWhichAnIdRepeatsAreLookedAtEachTime) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  const std::string good = "id-1,A,private,,yes\r\n";
  for (const std::string& other :
       {std::string("id-1,B,private,,yes\r\n"), std::string("id-1,,private,,yes\r\n"),
        std::string("id-1,A,private,,no\r\n")}) {
    for (const bool last : {false, true}) {
      SCOPED_TRACE(other + (last ? "last" : "first"));
      given_file("leads.csv", header + (last ? good + other : other + good));
      sync();
      sync();
      EXPECT_FALSE(is_same_file(find()));
    }
  }
}

// -- rows that are excluded
// ------------------------------------------------------------------------

TEST_F(UnchangedRowsTest, ThoseThatAreExcludedAreFoundAsSuch) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,B,private,,no\r\n");
  sync();
  given_file("leads.csv", header + "id-2,B,private,,no\r\nid-1,A,private,,yes\r\n");
  const auto found = find();
  EXPECT_TRUE(found.all());
  EXPECT_EQ(found.fate(0), sync::RecordFate::excluded);
  EXPECT_EQ(found.fate(1), sync::RecordFate::unchanged);
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.excluded, 1u);
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  EXPECT_EQ(outcome.summary.rows_read, 2u);
  EXPECT_TRUE(is_same_file(find()));
}

// Its referral stays; there is nothing to be done either time.
TEST_F(UnchangedRowsTest, ThoseThatAreExcludedOnceTheyAreSyncedAreFoundAsSuch) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,B,private,,yes\r\n");
  sync();
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,B,private,,no\r\n");
  EXPECT_EQ(which(find(), 2), (std::vector{true, false}));
  sync();
  EXPECT_EQ(find().fate(1), sync::RecordFate::excluded);
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,C,private,,yes\r\n");
  EXPECT_EQ(sync().summary.updated, 1u);
  given_file("leads.csv", header + "id-1,A,private,,yes\r\nid-2,B,private,,no\r\n");
  EXPECT_EQ(which(find(), 2), (std::vector{true, false})) << "the row has changed since";
}

TEST_F(UnchangedRowsTest, AnIdThatWasExcludedIsForgottenOnceItHasARow) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  const std::string rest = "id-1,A,private,,yes\r\n";
  const std::string without = header + rest + "id-2,B,private,,no\r\n";
  given_file("leads.csv", without);
  sync();
  ASSERT_TRUE(is_same_file(find()));
  world->fault = [](const submission::Request&) { return Fault::status_400; };
  given_file("more.csv", header + "id-2,B,private,,yes\r\n");
  sync();
  std::filesystem::remove(sync::make_work_list(config, {}).exports.back().file);
  EXPECT_EQ(which(find(), 2), (std::vector{true, false}));
  sync();
  EXPECT_FALSE(reader()->find("id-2")) << "nothing was sent, and nothing is wanted any more";
}

// Adopt has found a referral whose id Partner Center shows in another spelling.
TEST_F(UnchangedRowsTest, OfTheOtherSpellingOfAnIdAreNone) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  world->fault = [](const submission::Request& request) {
    return request.method == "POST" ? Fault::drop_after : Fault::none;
  };
  config.submission.retry.attempts = 1;
  config.submission.reconcile.apart = std::chrono::hours{1};
  given_file("leads.csv", header + "A&amp;B,V1,private,,yes\r\n");
  sync({.drain_after = std::chrono::milliseconds{20}});
  world->fault = [](const submission::Request&) { return Fault::none; };
  adopt();
  for (const std::string name : {"V1", "V1", "V2", "V1"}) {
    given_file("leads.csv", header + "A&B," + name + ",private,,yes\r\n");
    sync();
    EXPECT_EQ(world->member("A&amp;B", "/name"), "\"" + name + "\"");
  }
}

TEST_F(UnchangedRowsTest, ThoseThatAreExcludedOfASourceWithoutRowsAreKnownByTheWhole) {
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\nid-1,A,private,,no\r\n");
  sync();
  EXPECT_TRUE(is_same_file(find()));
  EXPECT_EQ(sync().summary.excluded, 1u);
}

TEST_F(UnchangedRowsTest, AnExcludedRowEndsARejectionThatCameSince) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  const std::string rest = "id-1,A,private,,yes\r\n";
  const std::string without = header + rest + "id-2,B,private,,no\r\n";
  given_file("leads.csv", without);
  sync();
  given_file("leads.csv", header + rest + "id-2,,private,,yes\r\n");
  EXPECT_EQ(sync().summary.rejected, 1u);
  given_file("leads.csv", without);
  EXPECT_EQ(which(find(), 2), (std::vector{true, false}));
  EXPECT_EQ(sync().summary.rejected, 0u);
  EXPECT_EQ(reader()->counts({}).size(), 1u) << "one is synced";
}

TEST_F(UnchangedRowsTest, OfARunThatIsNotReadToItsEndAreLookedAt) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}});
  sync({.limit = 1});
  EXPECT_FALSE(is_same_file(find()));
}

// The guard and `plan` count one export after another: of what an earlier one names, a later one's
// rows are to be looked at.
TEST_F(UnchangedRowsTest, OfTheSameFileAreLookedAtBehindAnExportThatChangesARow) {
  given_export("b.csv", {{"id-1"}, {"id-2"}});
  sync();
  given_export("a.csv", {{"id-1", "Another name"}});
  const auto ledger = reader();
  const auto survey = [&](std::optional<std::uint64_t> limit) {  // with one every row is mapped
    sync::Survey survey(ledger.get(), {});
    for (const auto& what : sync::make_work_list(config, {}).exports) survey.read(what, limit);
    return survey.sources().at("leads");
  };
  EXPECT_EQ(survey({}).tally.changed, survey(1'000).tally.changed);
  EXPECT_EQ(survey({}).tally.unchanged, survey(1'000).tally.unchanged);
  EXPECT_EQ(survey({}).requests, survey(1'000).requests);
}

// It withdraws what the earlier export would have had sent.
TEST_F(UnchangedRowsTest, ThatAreExcludedAreLookedAtBehindAnExportThatHasThem) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  given_file("b.csv", header + "id-1,A,private,,yes\r\nid-2,B,private,,no\r\n");
  sync();
  given_file("a.csv", header + "id-2,B,private,,yes\r\n");
  const auto ledger = reader();
  for (const std::optional<std::uint64_t> limit : {std::optional<std::uint64_t>{}, {1'000}}) {
    sync::Survey survey(ledger.get(), {});
    for (const auto& what : sync::make_work_list(config, {}).exports) survey.read(what, limit);
    const auto& plan = survey.sources().at("leads");
    EXPECT_EQ(plan.creates, 0u);
    EXPECT_EQ(plan.tally.excluded, 1u);
    EXPECT_EQ(plan.replaced, 1u);
  }
}

}  // namespace
}  // namespace referrald::test
