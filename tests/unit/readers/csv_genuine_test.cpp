// Files that other programs wrote; tests/data/SOURCES.md says where they come from.
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Kind = ExportError::Kind;

boost::json::array expected_rows(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

class CsvSpectrum : public testing::TestWithParam<const char*> {};

TEST_P(CsvSpectrum, RowsAreThoseOfTheOracle) {
  const std::string base = std::string("csv-spectrum/") + GetParam();
  const ReadExport read = read_file(test_data(base + ".csv"));
  EXPECT_THAT(read.faults(), Each(""));
  boost::json::array rows;
  for (const ReadRow& row : read.rows) {
    boost::json::object object;
    for (std::size_t i = 0; i < read.header.size(); ++i) object[read.header[i]] = row.cells.at(i);
    rows.push_back(object);
  }
  EXPECT_EQ(rows, expected_rows(test_data(base + ".json")));
  EXPECT_FALSE(rows.empty());
}

INSTANTIATE_TEST_SUITE_P(All, CsvSpectrum,
                         testing::Values("comma_in_quotes", "empty", "empty_crlf", "escaped_quotes",
                                         "json", "newlines", "newlines_crlf", "quotes_and_newlines",
                                         "simple", "simple_crlf", "utf8"),
                         [](const auto& test) { return std::string(test.param); });

TEST(CsvGenuine, DynamicsContactsWithMarkAndZeroWidthSpaces) {
  const ReadExport read = read_file(test_data("dynamics/Contoso Contacts.csv"));
  EXPECT_THAT(read.header, ElementsAre("First Name", "Last Name", "Company Name", "Email",
                                       "Marketing Contacts", "Gender", "State"));
  ASSERT_EQ(read.rows.size(), 147U);
  EXPECT_THAT(read.faults(), Each(""));
  EXPECT_EQ(read.rows[0].cells[2],
            "\xE2\x80\x8B"
            "Fabrikam, Inc.");
  EXPECT_EQ(trim(read.rows[0].cells[2]), "Fabrikam, Inc.");
  EXPECT_EQ(read.rows.back().line, 148U);
}

TEST(CsvGenuine, SalesforceLeads) {
  const ReadExport read = read_file(test_data("salesforce/Lead.csv"));
  EXPECT_EQ(read.header.size(), 55U);
  EXPECT_EQ(read.header[0], "Id");
  ASSERT_EQ(read.rows.size(), 60U);
  EXPECT_THAT(read.faults(), Each(""));
  EXPECT_EQ(read.rows[0].cells[0], "00QEc00000BBaeXMAT");
  EXPECT_EQ(read.rows[59].cells[0], "00QEc00000BBafUMAT");
}

TEST(CsvGenuine, SalesforceOpportunitiesWithEveryCellQuoted) {
  const ReadExport read = read_file(test_data("salesforce/opportunityData.csv"));
  EXPECT_EQ(read.header.size(), 31U);
  ASSERT_EQ(read.rows.size(), 38U);
  EXPECT_THAT(read.faults(), Each(""));
  EXPECT_THAT(read.rows[0].cells[4], StartsWith("Initial deal for 5000 widgets. We expect"));
}

TEST(CsvGenuine, ThousandsOfColumns) {
  const ReadExport read = read_file(test_data("frictionless/wide.csv"));
  EXPECT_EQ(read.header.size(), 9074U);
  EXPECT_THAT(read.faults(), ElementsAre("", "", ""));
}

TEST(CsvGenuine, OldMacintoshLineEnds) {
  EXPECT_THAT(read_file(test_data("csvkit/mac_newlines.csv")).cells(),
              ElementsAre(Cells{"1", "2", "3"}, Cells{"Once upon\ra time", "5", "6"}));
}

TEST(CsvGenuine, RowsTooLongAndTooShort) {
  const ReadExport read = read_file(test_data("csvkit/bad.csv"));
  EXPECT_THAT(read.faults(), ElementsAre("cell-count", "cell-count", ""));
}

TEST(CsvGenuine, ANulByte) {
  EXPECT_THAT(read_file(test_data("csvkit/null_byte.csv")).faults(), ElementsAre("nul-byte"));
}

TEST(CsvGenuine, Latin1BelowAnAsciiHeader) {
  EXPECT_THAT(read_file(test_data("csvkit/test_latin1.csv")).faults(),
              ElementsAre("", "invalid-bytes"));
}

TEST(CsvGenuine, ABadlyQuotedRowAndABlankLine) {
  const ReadExport read = read_file(test_data("csvlint/invalid_many_rows.csv"));
  EXPECT_THAT(read.faults(), ElementsAre("", "", "bad-quoting", "", "", "", "", "", "", ""));
  EXPECT_THAT(read.lines(), ElementsAre(2, 3, 4, 5, 6, 7, 9, 10, 11, 12));
}

TEST(CsvGenuine, BlanksBeforeQuotes) {
  EXPECT_THAT(read_file(test_data("frictionless/escaping.csv")).faults(), Each("bad-quoting"));
}

TEST(CsvGenuine, QuotesThatDoNotPairUp) {
  const ReadExport read = read_file(test_data("commons-csv/CSV-141__csv-141.csv"));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("csv-141.csv: line 3: "));
  EXPECT_EQ(read.rows.size(), 1U);
}

TEST(CsvGenuine, Utf8WithMark) {
  EXPECT_EQ(read_file(test_data("csvkit/test_utf8_bom.csv")).rows.size(), 2U);
  EXPECT_EQ(read_file(test_data("dataloader/csvtext_BOM_UTF8.csv")).rows.size(), 2U);
}

TEST(CsvGenuine, TheDemosLeadsWithOneRowTooShort) {
  const ReadExport read = read_file(std::filesystem::path(REFERRALD_TEST_DATA) / "demo/leads.csv");
  EXPECT_EQ(read.header.size(), 28U);
  EXPECT_EQ(read.header[0], "(Do Not Modify) Lead");
  ASSERT_EQ(read.rows.size(), 200U);
  for (const ReadRow& row : read.rows) {
    EXPECT_EQ(row.fault, row.line == 197 ? "cell-count" : "") << "line " << row.line;
  }
}

TEST(CsvGenuine, NothingButALineEnd) {
  EXPECT_EQ(read_file(test_data("csvkit/empty.csv")).error, Kind::empty);
}

TEST(CsvGenuine, AHeaderInACodePageThatNobodyNamed) {
  const ReadExport read = read_file(test_data("phpspreadsheet/premiere.win1252.csv"));
  EXPECT_EQ(read.error, Kind::unreadable);
  EXPECT_THAT(read.message, HasSubstr("save the export as \"CSV UTF-8"));
}

}  // namespace
}  // namespace referrald::mapping
