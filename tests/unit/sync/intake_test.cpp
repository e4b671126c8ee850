#include "daemon/sync/intake.hpp"

#include <gmock/gmock.h>

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
};

TEST_F(IntakeTest, TheSameIdTwiceInAnExportWithOtherContentIsRejected) {
  given_export("leads.csv", {{"id-1", "First"}, {"id-1", "Second"}, {"id-2"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.rejected, 1u);
  EXPECT_EQ(outcome.summary.created, 2u);
  EXPECT_EQ(outcome.rejected_by_reason.at("duplicate-id"), 1u);
  ASSERT_EQ(world->own("id-1"), 1u);
  EXPECT_EQ(world->held()[0].name, "First");
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

}  // namespace
}  // namespace referrald::test
