// Workbooks that other programs wrote; tests/data/SOURCES.md says where they come from.
#include <gmock/gmock.h>

#include "tests/unit/readers/xlsx_files.hpp"

namespace referrald::mapping {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = ExportError::Kind;

// A row as one text: a letter for the type of each cell that is not blank (t, n, d, b), "!" and
// the code of a fault behind it.
std::string told(const ReadSheet& read, std::size_t row) {
  std::string out;
  for (std::size_t i = 0; i < read.rows[row].cells.size(); ++i) {
    const std::string& text = read.rows[row].cells[i];
    if (i > 0) out += '|';
    if (!text.empty())
      out += "tndb"[static_cast<std::size_t>(read.types[row].at(i))] + (":" + text);
  }
  const std::string& fault = read.rows[row].fault;
  return fault.empty() ? out : out + "!" + fault;
}

Cells told(const ReadSheet& read) {
  Cells out;
  for (std::size_t i = 0; i < read.rows.size(); ++i) out.push_back(told(read, i));
  return out;
}

struct Outcome {
  const char* file;
  const char* sheet;
  Cells header;
  Cells rows;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << outcome.file << " " << outcome.sheet;
}

class XlsxGenuine : public testing::TestWithParam<Outcome> {};

TEST_P(XlsxGenuine, ReadsAsDecided) {
  const ReadSheet read = read_xlsx(test_data(GetParam().file), sheet_named(GetParam().sheet));
  EXPECT_EQ(read.message, "");
  EXPECT_EQ(read.header, GetParam().header);
  EXPECT_EQ(told(read), GetParam().rows);
  EXPECT_EQ(read.bytes_read, read.bytes_total);
}

const Cells kCsvkitHeader = {"text",  "date",     "integer",     "boolean",
                             "float", "datetime", "empty_column"};
const Cells kCsvkitRows = {
    "t:Chicago Reader|d:1971-01-01|n:40|b:true|n:1|d:1971-01-01T04:14:00|",
    "t:Chicago Sun-Times|d:1948-01-01|n:63|b:true|n:1.27|d:1948-01-01T14:57:13||t:Extra data "
    "beyond "
    "headers will be trimmed!cell-count",
    "t:Chicago Tribune|d:1920-01-01|n:164|b:false|n:41800000.01|d:1920-01-01T00:00:00|",
    "t:This row has blanks||||||", "t:Unicode! Σ||||||"};

INSTANTIATE_TEST_SUITE_P(
    Calamine, XlsxGenuine,
    testing::Values(
        Outcome{"xlsx-calamine/any_sheets.xlsx",
                "",
                {"1", "2"},
                {"n:3|n:4", "n:5|n:6",
                 "t:This workbook contains 4 sheets: Visible, Hidden, VeryHidden and Chart|"}},
        Outcome{"xlsx-calamine/date.xlsx",
                "",
                {"2021-01-01", "15"},
                {"d:2021-01-02|n:16", "t:255:10:10|n:17"}},
        Outcome{"xlsx-calamine/date_1904.xlsx",
                "",
                {"2021-01-01", "15"},
                {"d:2021-01-02|n:16", "t:255:10:10|n:17"}},
        Outcome{
            "xlsx-calamine/date_iso.xlsx",
            "",
            {"2021-01-01"},
            {"d:2021-01-01T10:10:10", "t:10:10:10", "t:This workbook contains datetime in ISO 8601",
             "t:Please, check source code of the file, if you resave it",
             "t:Created with openpyxl, see "
             "https://openpyxl.readthedocs.io/en/latest/datetime.html#using-the-iso-8601-format"}},
        Outcome{"xlsx-calamine/date_quoted_format.xlsx",
                "",
                {"2021-01-01"},
                {"d:2021-01-01", "d:2021-01-01", "d:2021-01-01"}},
        Outcome{"xlsx-calamine/empty_s_attribute.xlsx",
                "",
                {"Name", "Value"},
                {"t:John|n:1", "t:Sophia|n:2", "t:Peter|n:3", "t:Sam|n:4"}},
        Outcome{"xlsx-calamine/empty_shared_string.xlsx", "", {"abc"}, {}},
        Outcome{"xlsx-calamine/empty_shared_string_value.xlsx",
                "",
                {"Name", "City", "Status"},
                {"t:Alice||t:Active", "|t:Berlin|"}},
        Outcome{"xlsx-calamine/encoded_entities.xlsx", "", {"&"}, {}},
        Outcome{"xlsx-calamine/has_x000D_.xlsx", "", {"ABC\r\nDEF"}, {}},
        Outcome{"xlsx-calamine/has_x000D_inline.xlsx", "", {"ABC\r\nDEF"}, {}},
        Outcome{"xlsx-calamine/header-row.xlsx",
                "",
                {"", "", "Note 1"},
                {"t:Columns|t:Column A|t:Column B|t:Column C!cell-count",
                 "t:put data here|n:1|n:2|n:3!cell-count"}},
        Outcome{"xlsx-calamine/hyperlinks.xlsx",
                "Links",
                {"calamine repo", "mail link"},
                {"t:Rust Programming Language|", "t:go to other sheet|", "t:book2|",
                 "t:sales book2|", "t:temp book1|", "t:book2 sheet1 a1|", "t:sales data range|"}},
        Outcome{"xlsx-calamine/inlineStr_cdata.xlsx",
                "",
                {"Hello CDATA", "World"},
                {"t:12345|t:NormalText"}},
        Outcome{"xlsx-calamine/merge_cells.xlsx",
                "",
                {"Row Merge", "", "Not Merged"},
                {"t:Column Merge|t:Chunk Merged|"}},
        Outcome{"xlsx-calamine/no-header.xlsx", "", {"a", "0"}, {"t:b|n:1"}},
        Outcome{
            "xlsx-calamine/nonstandard-xml-ns-prefix.xlsx", "", {"a", "b"}, {"n:1|n:3", "n:2|n:4"}},
        Outcome{"xlsx-calamine/richtext-after-plain.xlsx",
                "",
                {"abcd", "abcd", "abcd", "abcd"},
                {"t:tvalrval1rval2|t:rval1rval2|t:rval1rval2|t:rval1rval2"}},
        Outcome{"xlsx-calamine/richtext-namespaced.xlsx",
                "",
                {"inline string\nLine 2\nLine 3", "", "", "", "", "", "",
                 "shared string\nLine 2\nLine 3"},
                {}},
        Outcome{"xlsx-calamine/string-ref.xlsx", "Sheet2", {"col1"}, {"t:-8086931554011838357"}},
        Outcome{"xlsx-calamine/table_with_absolute_paths.xlsx",
                "",
                {"Item", "Name"},
                {"n:100|t:North", "n:200|t:South", "n:101|t:West", "n:290|t:East"}},
        Outcome{"xlsx-calamine/temperature-table.xlsx",
                "Sheet1",
                {"label", "value"},
                {"t:celsius|n:22.2222", "t:fahrenheit|n:72"}},
        Outcome{"xlsx-calamine/whitespace_trim.xlsx",
                "inlineStr",
                {"trimmed value", "value with tabs", "", "clean text"},
                {"t:  line1\nline2  |t:  line1\nline2  ||", "t:日期 时间|||"}},
        Outcome{"xlsx-calamine/whitespace_trim.xlsx",
                "SharedStrings",
                {"trimmed value", "preserved value", "", "clean text"},
                {"t:  line1\nline2  |t:  line1\nline2  ||", "t:日期 时间|||"}}));

INSTANTIATE_TEST_SUITE_P(
    Csvkit, XlsxGenuine,
    testing::Values(Outcome{"xlsx-csvkit/dummy.xlsx", "", {"a", "b", "c"}, {"n:1|n:2|n:3"}},
                    Outcome{"xlsx-csvkit/sheets.xlsx", "data", kCsvkitHeader, kCsvkitRows},
                    Outcome{"xlsx-csvkit/sheets.xlsx", "ʤ", {"a", "b", "c"}, {"n:1|n:2|n:3"}},
                    Outcome{"xlsx-csvkit/test.xlsx", "", kCsvkitHeader, kCsvkitRows},
                    Outcome{"xlsx-csvkit/test_skip_lines.xlsx", "", kCsvkitHeader, kCsvkitRows}));

INSTANTIATE_TEST_SUITE_P(
    Frictionless, XlsxGenuine,
    testing::Values(
        Outcome{"xlsx-frictionless/adjust-floating-point-error.xlsx",
                "",
                {"Sample Name", "peak PO4", "actual PO4 (formula)", "actual PO4 (values)"},
                {"t:P-1-94-AR P21 16-20cm Pi split 3|n:60.565|n:242.26|n:242.26",
                 "t:W-2-98-NC TF1 0-4cm Total P split 1|n:68.665|n:274.66|n:274.66",
                 "t:W-2-98-NC TF1 0-4cm Total P split 2|n:72.965|n:291.86|n:291.86",
                 "t:TT013-06MC 10-12cm Total P split 3|n:12.1|n:968|n:968",
                 "t:TT013-06MC 24-26cm Pi split 2|n:21.5|n:1720|n:1720"}},
        Outcome{"xlsx-frictionless/merged-cells.xlsx", "", {"data"}, {}},
        Outcome{"xlsx-frictionless/multiline-headers.xlsx",
                "",
                {"Region", "Caloric contribution",
                 "Cumulative impact of changes on cost of food basket"},
                {"||t:from previous quarter|t:from baseline (%)!cell-count", "|t:(%)|",
                 "t:A|t:B|t:C|t:D!cell-count"}},
        Outcome{"xlsx-frictionless/number-format-multicode.xlsx",
                "",
                {"col1"},
                {"n:4.51119775197299", "n:-9.03233986479077", "n:15.7929464439101"}},
        Outcome{"xlsx-frictionless/preserve-formatting.xlsx",
                "",
                {"empty", "0", "0.00", "0.0000", "0.00000", "0.0000#", "m/d/yy", "d-mmm",
                 "mm/dd/yy", "mmddyy", "mmddyyam/pmdd"},
                {"|n:1000.5577|n:1000.5577|n:1000.5577|n:1000.5577|n:1000.5577|d:2040-05-20|"
                 "d:2040-05-20|d:2040-05-20|d:2040-05-20|d:2040-05-20T00:00:00"}},
        Outcome{"xlsx-frictionless/skip-rows.xlsx",
                "",
                {"Table 1"},
                {"t:A|t:B!cell-count", "n:8|n:9!cell-count", "|t:TOTAL!cell-count"}}));

TEST(XlsxGenuineHeaders, ATitleAboveTheHeaderIsPassedByNamingTheHeadersRow) {
  ExportFormat format;
  format.header = 2;
  const ReadSheet read = read_xlsx(test_data("xlsx-frictionless/skip-rows.xlsx"), format);
  EXPECT_THAT(read.header, ElementsAre("A", "B"));
  EXPECT_EQ(told(read), (Cells{"n:8|n:9", "|t:TOTAL"}));
  format.header = 9;
  const ReadSheet second = read_xlsx(test_data("xlsx-calamine/header-row.xlsx"), format);
  EXPECT_THAT(second.header, ElementsAre("Columns", "Column A", "Column B", "Column C"));
  EXPECT_EQ(told(second), (Cells{"t:put data here|n:1|n:2|n:3"}));
}

struct Refusal {
  const char* file;
  Kind kind;
  const char* says;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.file;
}

class XlsxRefused : public testing::TestWithParam<Refusal> {};

TEST_P(XlsxRefused, WithTheReason) {
  const ReadSheet read = read_xlsx(test_data(GetParam().file));
  EXPECT_EQ(read.error, GetParam().kind);
  EXPECT_THAT(read.message, HasSubstr(GetParam().says));
  EXPECT_TRUE(read.rows.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Genuine, XlsxRefused,
    testing::Values(
        Refusal{"xlsx-calamine/empty_sheet.xlsx", Kind::empty, "no worksheet with any data"},
        Refusal{"xlsx-calamine/errors.xlsx", Kind::damaged,
                "row 1, the header: cell A1 holds an error"},
        Refusal{"xlsx-calamine/pass_protected.xlsx", Kind::unreadable, "protected by a password"},
        Refusal{"xlsx-calamine/hyperlinks.xlsx", Kind::format, "\"Links\", \"Sheet2\""},
        Refusal{"xlsx-calamine/string-ref.xlsx", Kind::format, "\"Sheet1\", \"Sheet2\""},
        Refusal{"xlsx-calamine/temperature-table.xlsx", Kind::format, "2 worksheets"},
        Refusal{"xlsx-calamine/whitespace_trim.xlsx", Kind::format, "2 worksheets"},
        Refusal{"xlsx-csvkit/sheets.xlsx", Kind::format, "\"data\", \"ʤ\""}));

TEST(XlsxGenuineDynamics, WorksheetWithHiddenColumnsAndLogicalNames) {
  const ReadSheet read = read_xlsx(test_data("dynamics/Knowledge Assessment Import File.xlsx"));
  EXPECT_THAT(
      read.header,
      ElementsAre("(Do Not Modify) Knowledge Assessment", "(Do Not Modify) Row Checksum",
                  "(Do Not Modify) Modified On", "Title", "Difficulty", "End Date", "Start Date"));
  EXPECT_THAT(read.aliases,
              ElementsAre("cr240_knowledgeassessmentid", "checksumLogicalName", "modifiedon",
                          "cr240_title", "cr240_difficulty", "cr240_enddate", "cr240_startdate"));
  ASSERT_EQ(read.rows.size(), 11U);
  EXPECT_THAT(read.faults(), Each(""));
  EXPECT_EQ(read.cell(0, 0), (ReadCell{"e5520b1e-cd15-e911-a955-000d3a37f702", CellType::text}));
  EXPECT_EQ(read.cell(2, 0), (ReadCell{"2019-01-11T11:17:15", CellType::date}));
  EXPECT_EQ(read.cell(5, 0), (ReadCell{"2022-04-21", CellType::date}));
  EXPECT_EQ(told(read, 3), "|||t:Safety Assessment|t:Advanced|d:2022-05-15|d:2019-01-11");
  EXPECT_EQ(read.rows.back().line, 12U);
}

}  // namespace
}  // namespace referrald::mapping
