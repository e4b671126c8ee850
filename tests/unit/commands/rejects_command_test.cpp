// rejects: the original columns, then why; fit to be read again.
#include <array>

#include <gmock/gmock.h>

#include "daemon/csv_record.hpp"
#include "mapping/readers/row_reader.hpp"
#include "tests/unit/commands/workplace.hpp"

namespace referrald {
namespace {

using persistence::State;
using test::Ran;
using test::Workplace;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;
using namespace std::chrono_literals;

std::string reason(const std::string& code, const std::string& column,
                   const std::string& message = "m", const std::string& remedy = "r") {
  return R"({"code":")" + code + R"(","member":"","column":")" + column +
         R"(","value":"v","message":")" + message + R"(","remedy":")" + remedy + R"("})";
}

// Header and rows by the names of the columns, read with the product's own reader.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  std::vector<std::string> column(const std::string& name) const {
    const auto at = std::ranges::find(header, name) - header.begin();
    std::vector<std::string> cells;
    for (const auto& row : rows) cells.push_back(row.at(static_cast<std::size_t>(at)));
    return cells;
  }
};

class RejectsCommand : public testing::Test {
 protected:
  Table rejects(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), "rejects");
    const Ran ran = workplace_.run(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    const auto file = workplace_.write("rejects.csv", ran.out);
    const auto reader = mapping::open_export(file);
    Table table{reader->header(), {}};
    mapping::Row row;
    while (reader->next(row)) {
      EXPECT_EQ(row.cells.size(), table.header.size()) << "not rectangular";
      table.rows.emplace_back(row.cells.begin(), row.cells.end());
    }
    return table;
  }

  Workplace workplace_;
};

TEST_F(RejectsCommand, PutsTheOriginalColumnsFirst) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id,\"Est, Value\",Topic", "A-1,\"1,5\",\" say \"\"hi\"\"\n2 \"",
                    "[" + reason("bad-number", "Est, Value", "no number", "write 1.5") + "," +
                        reason("required-member", "Topic", "no topic", "fill it") + "]",
                    "leads", 7);
  }
  const Table table = rejects();
  EXPECT_THAT(table.header,
              ElementsAre("Id", "Est, Value", "Topic", "referrald_external_id", "referrald_state",
                          "referrald_reasons", "referrald_messages", "referrald_columns",
                          "referrald_members", "referrald_values", "referrald_remedies",
                          "referrald_export", "referrald_line", "referrald_at",
                          "referrald_extra_cells", "referrald_unmended", "referrald_rejection"));
  EXPECT_THAT(table.column("Est, Value"), ElementsAre("1,5"));
  EXPECT_THAT(table.column("Topic"), ElementsAre(" say \"hi\"\n2 "));
  EXPECT_THAT(table.column("referrald_external_id"), ElementsAre("A-1"));
  EXPECT_THAT(table.column("referrald_state"), ElementsAre("rejected"));
  EXPECT_THAT(table.column("referrald_reasons"), ElementsAre("bad-number;required-member"));
  EXPECT_THAT(table.column("referrald_messages"), ElementsAre("no number; no topic"));
  EXPECT_THAT(table.column("referrald_columns"), ElementsAre("Est, Value;Topic"));
  EXPECT_THAT(table.column("referrald_remedies"), ElementsAre("write 1.5 fill it"));
  EXPECT_THAT(table.column("referrald_export"), ElementsAre("leads.csv"));
  EXPECT_THAT(table.column("referrald_line"), ElementsAre("7"));
  EXPECT_THAT(table.column("referrald_unmended"), ElementsAre(""));
}

TEST_F(RejectsCommand, HoldsRefusedRowsWithTheServicesWordsAndARemedy) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.failed("A-2", State::refused,
                  {"invalidRequest", "country is not known", 400, "req-1", "cli-1"});
    seeder.synced("A-3");
  }
  const Table table = rejects();
  EXPECT_THAT(table.column("Id"), ElementsAre("A-2"));
  EXPECT_THAT(table.column("referrald_state"), ElementsAre("refused"));
  EXPECT_THAT(table.column("referrald_reasons"), ElementsAre("invalidRequest"));
  EXPECT_THAT(table.column("referrald_messages"), ElementsAre(HasSubstr("country is not known")));
  EXPECT_THAT(table.column("referrald_remedies"), ElementsAre(HasSubstr("two-letter code")));
}

TEST_F(RejectsCommand, UnitesTheColumnsOfSeveralExports) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id,Topic,Note,Note", "A-1,t1,n1,n2", "[" + reason("c", "Id") + "]");
    seeder.rejected("A-2", "Topic,Id,Phone,Note", "t2,A-2,555,n3", "[" + reason("c", "Id") + "]");
  }
  const Table table = rejects();
  ASSERT_GE(table.header.size(), 5U);
  EXPECT_THAT(std::vector(table.header.begin(), table.header.begin() + 5),
              ElementsAre("Id", "Topic", "Note", "Note", "Phone"));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(std::vector(table.rows[0].begin(), table.rows[0].begin() + 5),
              ElementsAre("A-1", "t1", "n1", "n2", ""));
  EXPECT_THAT(std::vector(table.rows[1].begin(), table.rows[1].begin() + 5),
              ElementsAre("A-2", "t2", "n3", "", "555"));
}

TEST_F(RejectsCommand, KeepsTheCellsOfARowWithAWrongNumberOfThemAndMarksIt) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    const std::string wrong = "[" + reason("cell-count", "") + "]";
    seeder.rejected("", "Id,Topic,Phone", "A-1,short", wrong, "leads", 2);
    seeder.rejected("", "Id,Topic,Phone", "A-2,much,too,\"long, really\"", wrong, "leads", 3);
  }
  const Table table = rejects();
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(std::vector(table.rows[0].begin(), table.rows[0].begin() + 3),
              ElementsAre("A-1", "short", ""));
  EXPECT_THAT(std::vector(table.rows[1].begin(), table.rows[1].begin() + 3),
              ElementsAre("A-2", "much", "too"));
  EXPECT_THAT(table.column("referrald_extra_cells"), ElementsAre("", "\"long, really\""));
  for (const auto& row : table.rows) {
    const std::vector<std::string> own(row.begin(), row.begin() + 3);
    EXPECT_EQ(row[row.size() - 2], unmended_mark(own));
  }
}

TEST_F(RejectsCommand, ReplacesBytesThatAreNoUtf8AndSaysSo) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id,Topic", "A-1,caf\xe9", "[" + reason("bad-number", "Value") + "]");
  }
  const Table table = rejects();
  EXPECT_THAT(table.column("Topic"), ElementsAre("caf\xEF\xBF\xBD"));
  EXPECT_THAT(table.column("referrald_reasons"), ElementsAre("bad-number;invalid-bytes"));
  EXPECT_THAT(table.column("referrald_unmended"), ElementsAre(testing::SizeIs(16)));
}

TEST_F(RejectsCommand, ReplacesNulBytesWhichAnEditorMightDropUnseen) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id,Topic", "A-1,\0x\0"s, "[" + reason("nul-byte", "") + "]");
    seeder.rejected("A-2", "Id,Topic", "A-2,\0\xff"s, "[" + reason("nul-byte", "") + "]");
  }
  const Table table = rejects();
  EXPECT_THAT(table.column("Topic"), ElementsAre("\uFFFDx\uFFFD", "\uFFFD\uFFFD"));
  EXPECT_THAT(table.column("referrald_reasons"), ElementsAre("nul-byte", "nul-byte;invalid-bytes"));
  EXPECT_THAT(table.column("referrald_unmended"), testing::Each(testing::SizeIs(16)));
}

TEST_F(RejectsCommand, MarksEveryRowThatCameDamagedThoughItsCellsLookWell) {
  constexpr std::array damage{"cell-count",     "invalid-bytes", "nul-byte",    "bad-quoting",
                              "bad-line-break", "row-too-long",  "cell-error",  "duplicate-key",
                              "bad-escape",     "wrong-shape",   "bad-version", "repeated-header",
                              "not-mended"};
  {
    test::Seeder seeder(workplace_, test::real_now());
    for (const char* code : damage) {
      const std::string also = "," + reason("bad-date", "Close");
      seeder.rejected(code, "Id,Topic", std::string(code) + ",topic",
                      "[" + reason(code, "") + also + "]");
    }
    seeder.rejected("sound", "Id,Topic", "sound,topic", "[" + reason("bad-date", "Close") + "]");
  }
  const Table table = rejects();
  ASSERT_EQ(table.rows.size(), damage.size() + 1);
  for (const auto& row : table.rows) {
    const std::vector<std::string> own(row.begin(), row.begin() + 2);
    EXPECT_EQ(row[row.size() - 2], own[0] == "sound" ? "" : unmended_mark(own)) << own[0];
  }
}

TEST_F(RejectsCommand, NumbersItsRejectionsAndNoRefusedRow) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id", "A-1", "[" + reason("c", "Id") + "]");
    seeder.rejected("", "Id", "", "[" + reason("c", "Id") + "]");
    seeder.failed("A-2", State::refused, {"invalidRequest", "no", 400, "req-1", "cli-1"});
  }
  EXPECT_THAT(rejects().column("referrald_rejection"), ElementsAre("1", "2", ""));
}

TEST_F(RejectsCommand, TakesSinceAndSource) {
  {
    test::Seeder seeder(workplace_, test::real_now() - 3h);
    seeder.rejected("A-1", "Id", "A-1", "[" + reason("c", "Id") + "]", "leads");
    seeder.pass(2h);
    seeder.rejected("B-1", "Key", "B-1", "[" + reason("c", "Key") + "]", "deals");
  }
  EXPECT_EQ(rejects().rows.size(), 2U);
  EXPECT_THAT(rejects({"--since", "2h"}).column("Key"), ElementsAre("B-1"));
  EXPECT_EQ(rejects({"--since", "2h"}).header.front(), "Key");
  EXPECT_THAT(rejects({"--source", "leads"}).column("Id"), ElementsAre("A-1"));
}

TEST_F(RejectsCommand, ARecordThatIsNoneMeansADamagedLedger) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id", "\"left open", "[" + reason("c", "Id") + "]");
  }
  EXPECT_EQ(workplace_.run({"rejects"}).exit, 74);
}

TEST_F(RejectsCommand, WithNothingToTellIsAHeaderOnly) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.synced("A-1");
  }
  const Ran ran = workplace_.run({"rejects"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_TRUE(ran.out.starts_with("referrald_external_id,referrald_state,"));
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 1);
}

}  // namespace
}  // namespace referrald
