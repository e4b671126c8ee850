#include "daemon/sync/intake.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "daemon/csv_record.hpp"
#include "daemon/sync/answered_rejections.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::RejectView;
using persistence::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class IntakeTest : public SyncTest {
 protected:
  std::vector<RejectView> rejects() const {
    std::vector<RejectView> found;
    reader()->rejects({}, {}, [&](const RejectView& view) { found.push_back(view); });
    return found;
  }

  static constexpr const char* columns = "Id,Name,Deal,Help,Include";
  static constexpr const char* added = ",referrald_unmended,referrald_rejection\r\n";

  // A row as `rejects` writes it, after a person has had it in hands.
  static std::string returned(const std::string& cells, persistence::RejectionId rejection) {
    return cells + ",," + std::to_string(rejection) + "\r\n";
  }
  // A damaged row that nobody had in hands.
  static std::string unmended(const std::string& cells, persistence::RejectionId rejection) {
    const auto parsed = parse_record(cells);
    return cells + "," + unmended_mark(parsed) + "," + std::to_string(rejection) + "\r\n";
  }
  sync::SyncOutcome sync_rejects(const std::string& rows) {
    const auto file = folder / "rejects.csv";
    std::ofstream(file, std::ios::binary) << columns << added << rows;
    Options options;
    options.exports = {file};
    return *sync(options);
  }
  // One row without an id, open as rejection 1.
  void given_a_row_without_id() {
    given_file("leads.csv", std::string(columns) + "\r\n,a,private,,yes\r\n");
    sync();
    ASSERT_THAT(rejects(), SizeIs(1));
    ASSERT_EQ(rejects()[0].rejection, 1);
  }
  // One row with a cell too few, open as rejection 1.
  void given_a_damaged_row() {
    given_file("leads.csv", std::string(columns) + "\r\nid-1,a,private,\r\n");
    sync();
    ASSERT_THAT(rejects(), SizeIs(1));
    ASSERT_EQ(rejects()[0].rejection, 1);
  }
  void expect_the_original_damaged_row() const {
    ASSERT_THAT(rejects(), SizeIs(1));
    EXPECT_EQ(rejects()[0].rejection, 1);
    EXPECT_EQ(rejects()[0].origin.export_name, "leads.csv");
    EXPECT_EQ(rejects()[0].origin.line, 2u);
    EXPECT_EQ(rejects()[0].origin.cells, "id-1,a,private,");
    EXPECT_THAT(rejects()[0].reasons, HasSubstr("cell-count"));
  }
};

TEST(AnsweredRejections, KnowWhatWasAddedWhateverItsNumber) {
  sync::AnsweredRejections answered;
  for (const persistence::RejectionId number :
       {persistence::RejectionId{1}, persistence::RejectionId{9'000'000'000'000'000'000},
        persistence::RejectionId{500}, persistence::RejectionId{-3}}) {
    EXPECT_TRUE(answered.add(number)) << number;
    EXPECT_FALSE(answered.add(number)) << number;
  }
  EXPECT_TRUE(answered.add(2));
  answered.clear();
  EXPECT_TRUE(answered.add(1));
}

TEST_F(IntakeTest, OfTheSameIdTwiceInAnExportTheLastRowCounts) {
  given_export("leads.csv", {{"id-1", "First"}, {"id-2"}, {"id-1", "Second"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.created, 2u);
  ASSERT_EQ(world->own("id-1"), 1u);
  EXPECT_EQ(world->member("id-1", "/name"), "\"Second\"");
  EXPECT_THAT(log.lines(),
              testing::Contains(HasSubstr("leads.csv: line 2 and line 4 have the same id id-1 and "
                                          "different content; the last one counts")));
}

// The first row is a change every time, which the second one takes back before it is sent.
TEST_F(IntakeTest, ASecondSyncOfAnIdTwiceInAnExportSendsNothing) {
  given_export("leads.csv", {{"id-1", "First"}, {"id-2"}, {"id-1", "Second"}});
  sync();
  const auto sent = world->posts + world->patches + world->gets;
  const auto again = sync();
  EXPECT_EQ(world->posts + world->patches + world->gets, sent);
  EXPECT_EQ(again.exit, Exit::ok);
  EXPECT_EQ(again.summary.updated, 0u);
}

TEST_F(IntakeTest, TheSameRowTwiceInAnExportIsOneReferral) {
  given_export("leads.csv", {{"id-1"}, {"id-1"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  expect_exactly_once({{"id-1"}});
}

TEST_F(IntakeTest, ALaterExportOfTheSourceMayReplaceWhatWaits) {
  world->fault = [](const submission::Request&) { return Fault::status_403; };
  given_export("1.csv", {{"id-1", "First"}});
  sync();
  world->fault = [](const submission::Request&) { return Fault::none; };
  std::filesystem::remove(folder / "in" / "1.csv");
  given_export("2.csv", {{"id-1", "Second"}});
  sync();
  ASSERT_EQ(world->own("id-1"), 1u);
  EXPECT_EQ(world->held()[0].name, "Second");
}

TEST_F(IntakeTest, AnIdOfAnotherSourceIsRejected) {
  config::Source other = config.sources[0];
  other.name = "deals";
  other.exports = folder / "deals" / "*";
  config.sources.push_back(other);
  given_export("leads.csv", {{"id-1"}});
  sync();
  std::filesystem::create_directories(folder / "deals");
  std::filesystem::rename(folder / "in" / "leads.csv", folder / "deals" / "deals.csv");
  const auto outcome = sync();
  EXPECT_EQ(outcome.rejected_by_reason.at("id-of-another-source"), 1u);
  EXPECT_EQ(state_of("id-1"), State::synced);
  expect_exactly_once({{"id-1"}});
}

TEST_F(IntakeTest, RejectedRowsKeepTheirCellsAndEndWhenTheRowIsMended) {
  given_export("leads.csv", {{"id-1", ""}});
  sync();
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].origin.columns, "Id,Name,Deal,Help,Include");
  EXPECT_EQ(rejects()[0].origin.cells, "id-1,,private,Please help,yes");
  EXPECT_THAT(rejects()[0].reasons, HasSubstr("\"remedy\""));
  EXPECT_EQ(state_of("id-1"), State::rejected);
  given_export("leads.csv", {{"id-1", "A name"}});
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_THAT(rejects(), SizeIs(0));
  expect_exactly_once({{"id-1"}});
}

TEST_F(IntakeTest, TheColumnsThatRejectsAddsAreIgnored) {
  given_file("leads.csv",
             "Id,Name,Deal,Help,Include,referrald_reasons\r\n"
             "id-1,,private,,yes,required-member\r\n");
  sync();
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].origin.columns, "Id,Name,Deal,Help,Include");
  EXPECT_EQ(rejects()[0].origin.cells, "id-1,,private,,yes");
}

TEST_F(IntakeTest, ARowWithTooFewCellsIsRejectedAlone) {
  given_file(
      "leads.csv",
      "Id,Name,Deal,Help,Include\r\nid-1,a\r\nid-2,b,private,,yes\r\nid-3,c,private,,yes,x\r\n");
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.rejected, 2u);
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_EQ(outcome.summary.rows_read, 3u);
  ASSERT_THAT(rejects(), SizeIs(2));
  EXPECT_EQ(rejects()[0].origin.line, 2u);
}

TEST_F(IntakeTest, ARejectionWithoutAnIdEndsWhenItsExportIsReadWithoutIt) {
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\n,a,private,,yes\r\n");
  sync();
  ASSERT_THAT(rejects(), SizeIs(1));
  given_export("leads.csv", {{"id-1"}});
  sync();
  EXPECT_THAT(rejects(), SizeIs(0));
}

TEST_F(IntakeTest, ADamagedRowThatNobodyMendsStaysAsItIsForAnyNumberOfTurns) {
  given_a_damaged_row();
  for (int turn = 0; turn < 3; ++turn) {
    const auto outcome = sync_rejects(unmended("id-1,a,private,,", 1));
    EXPECT_EQ(outcome.summary.rejected, 1u);
    EXPECT_EQ(outcome.rejected_by_reason.at("not-mended"), 1u);
    expect_the_original_damaged_row();
    sync();
    expect_the_original_damaged_row();
  }
  EXPECT_EQ(world->posts, 0u);
}

TEST_F(IntakeTest, ADamagedRowStaysOpenWhenTheFileOfRejectsTakesItsExportsPlace) {
  given_a_damaged_row();
  for (int turn = 0; turn < 2; ++turn) {
    given_file("leads.csv", std::string(columns) + added + unmended("id-1,a,private,,", 1));
    sync();
    expect_the_original_damaged_row();
  }
}

TEST_F(IntakeTest, ADamagedRowThatWasMendedIsSentAndLeavesTheList) {
  given_a_damaged_row();
  const auto marked = unmended("id-1,a,private,,", 1);
  const auto mark = marked.substr(std::string_view("id-1,a,private,,").size());
  EXPECT_EQ(sync_rejects("id-1,a,private,,yes" + mark).exit, Exit::ok);
  EXPECT_THAT(rejects(), SizeIs(0));
  expect_exactly_once({{"id-1"}});
}

TEST_F(IntakeTest, AStaleFileOfRejectsStillHoldsTheRowBack) {
  given_a_damaged_row();
  given_export("leads.csv", {{"id-2"}});
  sync();
  ASSERT_THAT(rejects(), SizeIs(0));
  for (int turn = 0; turn < 2; ++turn) {
    sync_rejects(unmended("id-1,a,private,,", 1));
    ASSERT_THAT(rejects(), SizeIs(1)) << "never a loss; and one entry";
    EXPECT_EQ(rejects()[0].origin.export_name, "rejects.csv");
    EXPECT_THAT(rejects()[0].reasons, HasSubstr("not-mended"));
  }
  EXPECT_EQ(world->own("id-1"), 0u);
}

TEST_F(IntakeTest, ARowThatWasMendedByAnIdLeavesTheList) {
  given_a_row_without_id();
  EXPECT_EQ(sync_rejects(returned("id-1,a,private,,yes", 1)).exit, Exit::ok);
  EXPECT_THAT(rejects(), SizeIs(0));
  EXPECT_EQ(reader()->counts({}), (persistence::Counts{{State::synced, 1}}));
}

TEST_F(IntakeTest, ARowThatIsMendedHalfwayIsOneEntryForAnyNumberOfTurns) {
  given_a_row_without_id();
  for (int turn = 0; turn < 3; ++turn) {
    sync_rejects(returned(",better name,private,,yes", 1));
    ASSERT_THAT(rejects(), SizeIs(1));
    EXPECT_EQ(rejects()[0].rejection, 1);
    EXPECT_EQ(rejects()[0].origin.export_name, "leads.csv");
    EXPECT_EQ(rejects()[0].origin.line, 2u);
    EXPECT_EQ(rejects()[0].origin.cells, ",better name,private,,yes");
  }
  sync();
  ASSERT_THAT(rejects(), SizeIs(1)) << "the original export has the row as it was";
  EXPECT_EQ(rejects()[0].origin.cells, ",a,private,,yes");
}

TEST_F(IntakeTest, ARowThatGetsAnIdAndIsRejectedForSomethingElseIsOneEntry) {
  given_a_row_without_id();
  sync_rejects(returned("id-1,,private,,yes", 1));
  ASSERT_THAT(rejects(), SizeIs(1));
  EXPECT_EQ(rejects()[0].external_id, "id-1");
}

TEST_F(IntakeTest, ARowThatIsExcludedAfterItCameBackLeavesTheList) {
  given_a_row_without_id();
  EXPECT_EQ(sync_rejects(returned(",a,private,,no", 1)).summary.excluded, 1u);
  EXPECT_THAT(rejects(), SizeIs(0));
  EXPECT_EQ(reader()->counts({}), persistence::Counts{});
}

TEST_F(IntakeTest, ACopyOfARowThatCameBackIsAnEntryOfItsOwn) {
  given_a_row_without_id();
  for (int turn = 0; turn < 2; ++turn) {
    sync_rejects(returned(",a,private,,yes", 1) + returned(",copied,private,,yes", 1));
    ASSERT_THAT(rejects(), SizeIs(2));
    EXPECT_EQ(rejects()[0].origin.cells, ",a,private,,yes");
    EXPECT_EQ(rejects()[1].origin.cells, ",copied,private,,yes");
  }
}

TEST_F(IntakeTest, ANumberOfARejectionOfAnotherSourceEndsNothing) {
  given_a_row_without_id();
  config::Source other = config.sources[0];
  other.name = "deals";
  other.exports = folder / "deals" / "*";
  config.sources.push_back(other);
  std::filesystem::create_directories(folder / "deals");
  std::ofstream(folder / "deals" / "d.csv", std::ios::binary)
      << columns << added << returned("id-9,a,private,,yes", 1) << returned(",b,private,,yes", 1);
  sync();
  ASSERT_THAT(rejects(), SizeIs(2));
  EXPECT_EQ(rejects()[0].origin.cells, ",a,private,,yes");
  EXPECT_EQ(rejects()[1].origin.source, "deals");
}

TEST_F(IntakeTest, WhatIsNoNumberOfARejectionIsIgnored) {
  given_a_row_without_id();
  std::string rows;
  for (const char* text : {"x", "1x", "-1", "0", "1.0", "99999999999999999999", ""}) {
    rows += std::string("id-1,a,private,,yes,,") + text + "\r\n";
  }
  rows += "id-1,a,private,,1,1\r\n";  // a cell too few: what stands there is not that column
  sync_rejects(rows);
  EXPECT_THAT(rejects(), SizeIs(2));
  EXPECT_EQ(rejects()[0].rejection, 1);
  sync_rejects("id-1,a,private,,yes,, 1 \r\n");
  EXPECT_THAT(rejects(), SizeIs(0));
}

// What waits is not sent any more once a newer export says so, though it was tried before.
class IntakeOfARowThatWasTried : public IntakeTest {
 protected:
  void SetUp() override {
    world->fault = [](const submission::Request& request) {
      return request.method == "POST" ? Fault::status_503 : Fault::none;
    };
    given_export("leads.csv", {{"id-1", "Old name"}});
    EXPECT_EQ(sync().exit, Exit::stopped);
    ASSERT_EQ(state_of("id-1"), State::pending);
    ASSERT_GT(reader()->find("id-1")->attempts, 0);
    world->fault = [](const submission::Request&) { return Fault::none; };
  }
};

TEST_F(IntakeOfARowThatWasTried, AnExclusionStopsIt) {
  given_file("leads.csv", std::string(columns) + "\r\nid-1,Old name,private,,no\r\n");
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->own("id-1"), 0u);
  EXPECT_EQ(state_of("id-1"), State::rejected);
  EXPECT_THAT(rejects(), SizeIs(0));
  given_export("leads.csv", {{"id-1", "New name"}});
  EXPECT_EQ(sync().exit, Exit::ok);
  ASSERT_EQ(world->own("id-1"), 1u);
  EXPECT_EQ(world->held()[0].name, "New name");
}

TEST_F(IntakeOfARowThatWasTried, ABrokenCellStopsIt) {
  given_export("leads.csv", {{"id-1", ""}});
  EXPECT_EQ(sync().exit, Exit::needs_person);
  EXPECT_EQ(world->own("id-1"), 0u);
  EXPECT_EQ(state_of("id-1"), State::rejected);
}

TEST_F(IntakeTest, AnExcludedRowIsNotSentAndCounted) {
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\nid-1,a,private,,no\r\n");
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.excluded, 1u);
  EXPECT_EQ(world->posts, 0u);
}

TEST_F(IntakeTest, ARowThatLeavesTheExportOrIsExcludedLaterKeepsItsReferral) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  given_file("leads.csv", "Id,Name,Deal,Help,Include\r\nid-1,a,private,,no\r\n");
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.requests, 0u);
  EXPECT_EQ(state_of("id-1"), State::synced);
  EXPECT_EQ(state_of("id-2"), State::synced);
}

TEST_F(IntakeTest, NoLogLineHoldsACell) {
  given_export("leads.csv",
               {{"id-1", "Top secret deal", "co-sell", "Confidential help"}, {"id-2", ""}});
  sync();
  for (const auto& line : log.lines()) {
    EXPECT_THAT(line, ::testing::Not(HasSubstr("secret")));
    EXPECT_THAT(line, ::testing::Not(HasSubstr("Confidential")));
    EXPECT_THAT(line, ::testing::Not(HasSubstr("example.com")));
  }
}

TEST_F(IntakeTest, TheLinesOfAnIdAreNamedAlsoWhereTheFirstIsKnown) {
  given_export("leads.csv", {{"id-1", "First"}});
  sync();
  given_export("leads.csv", {{"id-1", "First"}, {"id-2"}, {"id-1", "Second"}});
  sync();
  EXPECT_EQ(world->member("id-1", "/name"), "\"Second\"");
  EXPECT_THAT(log.lines(),
              testing::Contains(
                  HasSubstr("leads.csv: line 2 and line 4 have the same id id-1 and different")));
}

TEST_F(IntakeTest, ARejectedRowWhosePlaceALaterOneTakesNeedsNobody) {
  const std::vector<RowSpec> rows{{"id-1", ""}, {"id-1", "Good"}};
  given_export("leads.csv", rows);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = sync();
    EXPECT_EQ(outcome.exit, Exit::ok);
    EXPECT_EQ(outcome.summary.rejected, 0u);
    EXPECT_THAT(rejects(), SizeIs(0));
  }
  EXPECT_EQ(world->own("id-1"), 1u);
  EXPECT_THAT(log.lines(),
              testing::Contains(HasSubstr("leads.csv: line 2 and line 3 have the same id id-1 and "
                                          "the last one counts: the other is rejected")));
}

TEST_F(IntakeTest, ARejectedRowThatTakesTheOthersPlaceNeedsAPerson) {
  given_export("leads.csv", {{"id-1", "Good"}, {"id-1", ""}});
  for (int i = 0; i < 2; ++i) {
    const auto outcome = sync();
    EXPECT_EQ(outcome.exit, Exit::needs_person);
    EXPECT_EQ(outcome.summary.rejected, 1u);
    EXPECT_THAT(rejects(), SizeIs(1));
  }
  EXPECT_THAT(log.lines(),
              testing::Contains(HasSubstr("leads.csv: line 2 and line 3 have the same id id-1 and "
                                          "the last one counts: it is rejected")));
}

// The ledger forgets a row that nothing was sent of, and gives its key to the next.
TEST_F(IntakeTest, AnIdAfterOneThatWasLeftOutIsNotToldAsItsRepetition) {
  given_file("leads.csv", std::string(columns) +
                              "\r\nid-1,,private,,yes\r\nid-1,A,private,,no\r\n"
                              "id-2,B,private,,yes\r\n");
  const auto outcome = sync();
  EXPECT_THAT(outcome.remarks,
              ElementsAre("leads.csv: line 2 and line 3 have the same id id-1 and the last one "
                          "counts: it is excluded"));
}

TEST_F(IntakeTest, ARowOfRejectsThatIsOlderThanTheLedgerChangesNothing) {
  given_export("leads.csv", {{"id-1", ""}, {"id-2", ""}});
  sync();
  ASSERT_THAT(rejects(), SizeIs(2));
  given_export("leads.csv", {{"id-1", "Newer"}, {"id-2", ""}});
  sync();
  const auto outcome = sync_rejects(returned("id-1,Older,private,,yes", 1) +
                                    returned("id-2,Mended,private,,yes", 2));
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_EQ(world->patches, 0u);
  EXPECT_EQ(world->member("id-1", "/name"), "\"Newer\"");
  EXPECT_EQ(world->member("id-2", "/name"), "\"Mended\"");
  EXPECT_THAT(log.lines(),
              testing::Contains(HasSubstr("rejects.csv: line 2 is left out: id-1 has been dealt "
                                          "with since `rejects` wrote it")));
  // What it brought itself it may change again.
  sync_rejects(returned("id-2,Mended twice,private,,yes", 2));
  EXPECT_EQ(world->member("id-2", "/name"), "\"Mended twice\"");
}

TEST_F(IntakeTest, NorDoesOneThatIsStillBroken) {
  given_export("leads.csv", {{"id-1", ""}});
  sync();
  given_export("leads.csv", {{"id-1", "Newer"}});
  sync();
  EXPECT_EQ(sync_rejects(returned("id-1,,private,,yes", 1)).exit, Exit::ok);
  EXPECT_THAT(rejects(), SizeIs(0));
}

// A deal that was taken out before Microsoft was told of it.
TEST_F(IntakeTest, MicrosoftIsNotInvitedToARowThatIsExcludedOrRejectedBefore) {
  for (const std::string broken : {"id-1,A,co-sell,Help,no", "id-1,,co-sell,Help,yes"}) {
    world->fault = [this](const submission::Request& request) {
      return request.method == "POST" && !world->held().empty() ? Fault::status_429 : Fault::none;
    };
    const std::string whole = "id-1,A,co-sell,Help,yes";
    given_file("leads.csv", std::string(columns) + "\r\n" + whole + "\r\n");
    sync();
    ASSERT_EQ(world->microsofts("id-1"), 0u);
    world->fault = [](const auto&) { return Fault::none; };
    given_file("leads.csv", std::string(columns) + "\r\n" + broken + "\r\n");
    sync();
    EXPECT_EQ(world->microsofts("id-1"), 0u);
    EXPECT_EQ(state_of("id-1"), State::synced);
  }
  given_export("leads.csv", {{"id-1", "A", "co-sell", "Help"}});
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once({{"id-1", "A", "co-sell", "Help"}});
}

}  // namespace
}  // namespace referrald::test
