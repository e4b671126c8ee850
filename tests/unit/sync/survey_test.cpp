#include "daemon/sync/survey.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using sync::ChangedRow;
using sync::RejectedRow;

class SurveyTest : public SyncTest {
 protected:
  struct Seen {
    sync::SourcePlan plan;
    std::vector<ChangedRow> changed;
    std::vector<RejectedRow> rejected;
  };

  Seen survey(std::optional<std::uint64_t> limit = {}) const {
    Seen seen;
    const auto ledger = reader();
    sync::SurveyVisitor visitor;
    visitor.changed = [&](const ChangedRow& row) { seen.changed.push_back(row); };
    visitor.rejected = [&](const RejectedRow& row) { seen.rejected.push_back(row); };
    sync::Survey survey(ledger.get(), visitor);
    for (const auto& what : sync::make_work_list(config, {}).exports) survey.read(what, limit);
    seen.plan = survey.sources().at("leads");
    return seen;
  }
};

TEST_F(SurveyTest, WithoutALedgerEverythingIsToCreate) {
  given_export("leads.csv", {{"id-1"}, {"id-2", "B", "co-sell"}, {"id-3", ""}});
  const auto seen = survey();
  EXPECT_EQ(seen.plan.tally.rows_read, 3u);
  EXPECT_EQ(seen.plan.creates, 2u);
  EXPECT_EQ(seen.plan.requests, 3u);
  EXPECT_EQ(seen.plan.tally.rejected, 1u);
  EXPECT_FALSE(std::filesystem::exists(config.ledger));
}

TEST_F(SurveyTest, FindsWhatASyncWouldReject) {
  given_export("leads.csv", {{"id-1", "A"}, {"id-1", "B"}, {"id-1", "A"}, {"id-2", ""}});
  const auto seen = survey();
  const auto outcome = sync();
  EXPECT_EQ(seen.plan.tally.rejected, outcome.summary.rejected);
  EXPECT_EQ(seen.plan.tally.by_reason, outcome.rejected_by_reason);
  EXPECT_EQ(seen.plan.tally.unchanged, outcome.summary.unchanged);
  EXPECT_EQ(seen.plan.creates, outcome.summary.created);
}

TEST_F(SurveyTest, OfTheSameIdTwiceTheLastRowCountsAlsoWhereOneIsRejected) {
  given_export("leads.csv", {{"id-1", ""}, {"id-1", "A"}, {"id-2", "A"}, {"id-2", ""}});
  const auto seen = survey();
  const auto outcome = sync();
  EXPECT_EQ(seen.plan.creates, 1u);
  EXPECT_EQ(seen.plan.tally.rejected, 1u);
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_EQ(outcome.summary.rejected, 1u);
  EXPECT_EQ(seen.plan.tally.remarks.size(), 2u);
}

// Whatever the rows come to, and whether or not the ledger knows them: `plan` and `sync` name both
// lines, in the same words.
// What comes between takes the change back.
TEST_F(SurveyTest, CountsAChangeThatIsAskedForAgain) {
  const std::string header = "Id,Name,Deal,Help,Include\r\n";
  const std::string other = "id-2,A,private,,yes\r\n";
  for (const std::string between : {"id-1,New,private,,no\r\n", "id-1,,private,,yes\r\n"}) {
    SCOPED_TRACE(between);
    given_file("leads.csv", header + "id-1,Old,private,,yes\r\n" + other);
    sync();
    const std::string wanted = "id-1,New,private,,yes\r\n";
    given_file("leads.csv", header + wanted + between + wanted + other);
    const auto seen = survey();
    EXPECT_EQ(seen.plan.tally.changed, 1u);
    EXPECT_EQ(seen.plan.replaced, 1u);
    EXPECT_EQ(seen.plan.requests, 1u);
    EXPECT_EQ(sync().summary.updated, 1u);
  }
}

TEST_F(SurveyTest, NamesBothLinesOfAnIdAsASyncDoes) {
  const std::string good = ",Good,private,,yes", other = ",Other,private,,yes",
                    third = ",Third,private,,yes", broken = ",,private,,yes",
                    left_out = ",Good,private,,no";
  const std::string different = "different content; the last one counts";
  const struct {
    std::string first, last, remark;
  } cases[] = {
      {good, other, different},
      {other, good, different},
      {other, third, different},
      {good, good, ""},
      {other, other, ""},
      {broken, good, "the last one counts: the other is rejected"},
      {broken, other, "the last one counts: the other is rejected"},
      {left_out, good, "the last one counts: the other is excluded"},
      {left_out, other, "the last one counts: the other is excluded"},
      {good, broken, "the last one counts: it is rejected"},
      {other, broken, "the last one counts: it is rejected"},
      {left_out, broken, "the last one counts: it is rejected"},
      {good, left_out, "the last one counts: it is excluded"},
      {other, left_out, "the last one counts: it is excluded"},
      {broken, left_out, "the last one counts: it is excluded"},
  };
  int number = 0;
  for (const std::string& known : {std::string(), good, broken}) {
    for (const auto& [first, last, remark] : cases) {
      SCOPED_TRACE("known as " + known + ": " + first + " and " + last);
      const auto id = "id-" + std::to_string(++number);
      const auto file = [&](const std::vector<std::string>& rows) {
        std::string text = "Id,Name,Deal,Help,Include\r\n";
        for (const auto& row : rows) text += row + "\r\n";
        given_file("leads.csv", text);
      };
      if (!known.empty()) {
        file({id + known});
        sync();
      }
      file({id + first, id + "-between" + good, id + last});
      const auto planned = survey();
      const auto outcome = sync();
      std::vector<std::string> expected;
      if (!remark.empty())
        expected = {"leads.csv: line 2 and line 4 have the same id " + id + " and " + remark};
      EXPECT_EQ(planned.plan.tally.remarks, expected);
      EXPECT_EQ(outcome.remarks, expected);
      EXPECT_EQ(planned.plan.creates, outcome.summary.created);
      EXPECT_EQ(planned.plan.tally.changed, outcome.summary.updated);
      EXPECT_EQ(planned.plan.tally.rejected, outcome.summary.rejected);
      EXPECT_EQ(planned.plan.tally.excluded, outcome.summary.excluded);
      EXPECT_EQ(planned.plan.tally.unchanged, outcome.summary.unchanged);
    }
  }
}

TEST_F(SurveyTest, TellsOfTheFirstIdsThatOccurTwice) {
  std::vector<RowSpec> rows;
  for (int i = 0; i < 30; ++i)
    for (const char* name : {"A", "B"}) rows.push_back({"id-" + std::to_string(i), name});
  given_export("leads.csv", rows);
  const auto remarks = survey().plan.tally.remarks;
  ASSERT_EQ(remarks.size(), sync::most_told + 1);
  EXPECT_EQ(remarks.back(), "leads.csv: 10 more rows have the id of an earlier one");
}

TEST_F(SurveyTest, AnInvitationThatDiffersIsToldEachTime) {
  given_export("leads.csv", {{"id-1", "A", "co-sell", "Old help"}});
  sync();
  given_export("leads.csv", {{"id-1", "A", "co-sell", "New help"}});
  for (int i = 0; i < 2; ++i) {
    const auto seen = survey();
    EXPECT_EQ(seen.plan.tally.invitations, 1u);
    ASSERT_EQ(seen.changed.size(), 1u);
    EXPECT_EQ(seen.changed[0].external_id, "id-1");
    EXPECT_TRUE(seen.changed[0].update.invitation_changed);
    sync();
  }
}

TEST_F(SurveyTest, CountsTheLooksOfAnUpgrade) {
  given_export("leads.csv", {{"id-1", "Backup"}});
  sync();
  given_export("leads.csv", {{"id-1", "Backup", "co-sell", "Help us"}});
  const auto seen = survey();
  const auto before = world->posts + world->patches + world->gets;
  sync();
  EXPECT_EQ(seen.plan.requests, world->posts + world->patches + world->gets - before);
}

TEST_F(SurveyTest, ShowsAChangedRowFieldByField) {
  given_export("leads.csv", {{"id-1", "Old name"}, {"id-2", "Same", "co-sell", "Old help"}});
  sync();
  given_export("leads.csv", {{"id-1", "New name"}, {"id-2", "Same", "co-sell", "New help"}});
  const auto seen = survey();
  EXPECT_EQ(seen.plan.tally.changed, 1u);
  EXPECT_EQ(seen.plan.tally.invitations, 1u);
  EXPECT_EQ(seen.plan.requests, 1u);
  ASSERT_EQ(seen.changed.size(), 2u);
  ASSERT_EQ(seen.changed[0].update.changes.size(), 1u);
  EXPECT_EQ(seen.changed[0].update.changes[0].path, "name");
  EXPECT_EQ(seen.changed[0].update.changes[0].json, "\"New name\"");
  EXPECT_FALSE(seen.changed[0].update.invitation_changed);
  EXPECT_TRUE(seen.changed[1].update.changes.empty());
  EXPECT_TRUE(seen.changed[1].update.invitation_changed);
}

TEST_F(SurveyTest, ShowsAChangeOfTheDealType) {
  given_export("leads.csv", {{"id-1", "A", "private"}});
  sync();
  given_export("leads.csv", {{"id-1", "A", "partner-led"}});
  const auto seen = survey();
  ASSERT_EQ(seen.changed.size(), 1u);
  EXPECT_EQ(seen.changed[0].deal_before, "private");
  EXPECT_EQ(seen.changed[0].deal_now, "partner-led");
}

TEST_F(SurveyTest, EndsWhenItIsToldToStop) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}});
  int asked = 0;
  sync::Survey survey(nullptr, {},
                      {.looks = 2, .creates = {}, .stopped = [&] { return ++asked > 2; }});
  EXPECT_FALSE(survey.read(sync::make_work_list(config, {}).exports.front(), {}));
  EXPECT_EQ(survey.sources().at("leads").tally.rows_read, 2u);
}

TEST_F(SurveyTest, EndsWhenThereAreMoreCreatesThanItIsToCount) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}, {"id-4"}});
  sync::Survey survey(nullptr, {}, {.looks = 2, .creates = 2, .stopped = {}});
  EXPECT_FALSE(survey.read(sync::make_work_list(config, {}).exports.front(), {}));
  EXPECT_TRUE(survey.too_many_creates());
  EXPECT_EQ(survey.sources().at("leads").creates, 3u);
}

TEST_F(SurveyTest, ALimitStopsReading) {
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}});
  EXPECT_EQ(survey(2).plan.creates, 2u);
}

}  // namespace
}  // namespace referrald::test
