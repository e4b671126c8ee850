// Dates are numbers with a number format that shows a date.
#include <gtest/gtest.h>

#include "mapping/readers/xlsx_values.hpp"
#include "tests/unit/readers/xlsx_files.hpp"

namespace referrald::mapping {
namespace {

using enum NumberFormat::Kind;

ReadCell shown(NumberFormat::Kind kind, std::string_view serial, bool epoch_1904 = false) {
  ReadCell cell;
  const auto type = append_number(cell.text, serial, NumberFormat{kind, 0}, epoch_1904);
  EXPECT_TRUE(type) << serial;
  cell.type = type.value_or(CellType::text);
  return cell;
}
ReadCell a_date(std::string text) {
  return {std::move(text), CellType::date};
}

TEST(XlsxDates, ADateFormatShowsTheDayAlone) {
  EXPECT_EQ(shown(date, "46112"), a_date("2026-03-31"));
  EXPECT_EQ(shown(date, "1"), a_date("1900-01-01"));
  EXPECT_EQ(shown(date, "59"), a_date("1900-02-28"));
  EXPECT_EQ(shown(date, "61"), a_date("1900-03-01"));
  EXPECT_EQ(shown(date, "36585"), a_date("2000-02-29"));
  EXPECT_EQ(shown(date, "2958465"), a_date("9999-12-31"));
}

TEST(XlsxDates, ATimeThatTheFormatDoesNotShowIsKept) {
  EXPECT_EQ(shown(date, "46112.604166666664"), a_date("2026-03-31T14:30:00"));
}

TEST(XlsxDates, AFormatWithATimeAlwaysHasOne) {
  EXPECT_EQ(shown(date_time, "46112"), a_date("2026-03-31T00:00:00"));
  EXPECT_EQ(shown(date_time, "43476.513923611099"), a_date("2019-01-11T12:20:03"));
}

TEST(XlsxDates, TimesAreRoundedToTheMillisecond) {
  EXPECT_EQ(shown(date_time, "46112.99999999999"), a_date("2026-04-01T00:00:00"));
  EXPECT_EQ(shown(date, "46111.99999999999"), a_date("2026-03-31"));
  // The last moment of a day, as SQL Server has it, is no midnight of the next.
  EXPECT_EQ(shown(date_time, "46112.999999965279"), a_date("2026-03-31T23:59:59.997"));
  EXPECT_EQ(shown(date_time, "46112.5000028935"), a_date("2026-03-31T12:00:00.250"));
}

TEST(XlsxDates, CountFrom1904WhereTheWorkbookSaysSo) {
  EXPECT_EQ(shown(date, "0", true), a_date("1904-01-01"));
  EXPECT_EQ(shown(date, "60", true), a_date("1904-03-01"));
  EXPECT_EQ(shown(date, "44650", true), a_date("2026-03-31"));
  WorkbookText workbook;
  workbook.properties = "<workbookPr date1904=\"true\"/>";
  workbook.rows = one_row("<c r=\"A2\" s=\"1\"><v>44650.25</v></c>");
  workbook.styles = "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>";
  EXPECT_EQ(read_workbook_text(workbook).cell(0), a_date("2026-03-31T06:00:00"));
}

TEST(XlsxDates, WhatIsNoDayStaysANumber) {
  for (const char* serial : {"0", "60", "-1", "2958466", "1000000000000"}) {
    EXPECT_EQ(shown(date, serial), (ReadCell{serial, CellType::number}));
  }
}

TEST(XlsxDates, ATimeOfDayIsText) {
  EXPECT_EQ(shown(time, "0.604166666666667"), (ReadCell{"14:30:00", CellType::text}));
  EXPECT_EQ(shown(time, "0"), (ReadCell{"00:00:00", CellType::text}));
  EXPECT_EQ(shown(date, "0.5"), (ReadCell{"12:00:00", CellType::text}));
  EXPECT_EQ(shown(time, "46112.5"), a_date("2026-03-31T12:00:00"));
}

TEST(XlsxDates, ADurationCountsOnBeyondADayAndIsText) {
  EXPECT_EQ(shown(duration, "10.6320601851852"), (ReadCell{"255:10:10", CellType::text}));
  EXPECT_EQ(shown(duration, "0.0625"), (ReadCell{"01:30:00", CellType::text}));
}

TEST(XlsxDates, ACellMayHoldIso8601) {
  const auto cell = [](std::string_view text) {
    return read_cells("<c r=\"A2\" t=\"d\"><v>" + std::string(text) + "</v></c>").cell(0);
  };
  for (const char* text : {"2026-03-31", "2026-03-31T14:30", "2026-03-31T14:30:00.250",
                           "2026-03-31T14:30:00Z", "2026-03-31T14:30:00+02:00"}) {
    EXPECT_EQ(cell(text), a_date(text));
  }
  for (const char* text : {"14:30:00", "2026-02-30", "2026-3-31", "2026-03-31 14:30", "tomorrow",
                           "2026-03-31T25:00:00", "2026-03-31T14:30:00.", "2026-03-31T14"}) {
    EXPECT_EQ(cell(text), (ReadCell{text, CellType::text}));
  }
}

TEST(XlsxDates, OfIso8601HaveATimeWhereTheyShowOne) {
  const auto cell = [](int style, std::string_view text) {
    WorkbookText workbook;
    workbook.styles = "<cellXfs><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs>";
    workbook.rows = "<row r=\"1\">" + text_cell("A1", "Close") +
                    "</row><row r=\"2\"><c r=\"A2\" s=\"" + std::to_string(style) +
                    "\" t=\"d\"><v>" + std::string(text) + "</v></c></row>";
    return read_workbook_text(workbook).cell(0);
  };
  EXPECT_EQ(cell(0, "2026-03-31T00:00:00Z"), a_date("2026-03-31"));
  EXPECT_EQ(cell(0, "2026-03-31T00:00:00"), a_date("2026-03-31"));
  EXPECT_EQ(cell(0, "2026-03-31T14:30:00"), a_date("2026-03-31T14:30:00"));
  EXPECT_EQ(cell(1, "2026-03-31T00:00:00"), a_date("2026-03-31T00:00:00"));
}

struct Code {
  const char* code;
  NumberFormat::Kind kind;
};

class XlsxFormatCodes : public testing::TestWithParam<Code> {};

TEST_P(XlsxFormatCodes, AreTold) {
  EXPECT_EQ(format_of_code(GetParam().code).kind, GetParam().kind) << GetParam().code;
}

INSTANTIATE_TEST_SUITE_P(
    All, XlsxFormatCodes,
    testing::Values(
        Code{"General", number}, Code{"", number}, Code{"0.00", number}, Code{"#,##0", number},
        Code{"@", number}, Code{"0.00E+00", number}, Code{"##0.0E+0", number},
        Code{"0\" days\"", number}, Code{"[Red]0.00;[Blue]-0.00", number},
        Code{"_-* #,##0.00\\ [$kr.-406]_-", number}, Code{"\"TRUE\";\"TRUE\";\"FALSE\"", number},
        Code{"# ?/?", number}, Code{"0.0,,\"Md\"", number}, Code{"#,##0 USD", number},
        Code{"00000", zeros}, Code{"[$-409]000", zeros}, Code{"yyyy-mm-dd", date},
        Code{"m/d/yyyy", date}, Code{"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", date},
        Code{"[$-407]d. mmmm yyyy;@", date}, Code{"mmm", date}, Code{"mm", date},
        Code{"MMM-YY", date}, Code{"[$-411]ggge\"年\"m\"月\"d\"日\";@", date}, Code{"aaaa", date},
        Code{"[Magenta]dd/mm/yyyy", date}, Code{"yyyy_-mm*-dd", date},
        Code{"m/d/yy h:mm", date_time}, Code{"yyyy\\-mm\\-dd\\Thh:mm:ss.000", date_time},
        Code{"dd.mm.yyyy hh:mm AM/PM", date_time}, Code{"h:mm AM/PM", time}, Code{"mm:ss.0", time},
        Code{"hh:mm:ss", time}, Code{"mm:ss", time}, Code{"h A/P", time},
        Code{"[h]:mm:ss", duration}, Code{"[hh]:mm", duration}, Code{"[mm]:ss.00", duration},
        Code{"[ss].000", duration}, Code{"[<1]h:mm;yyyy-mm-dd", date},
        Code{"[>=1000000]0.0,,;#,##0", number}, Code{"\"d\"0", number}, Code{"\\d0", number},
        Code{"\"unclosed yyyy", number}, Code{"[unclosed yyyy", number}, Code{"\\", number}));

TEST(XlsxDates, ExcelsOwnFormatsAreKnownByTheirIds) {
  for (const unsigned id : {14U, 15U, 16U, 17U, 27U, 31U, 36U, 50U, 57U, 58U}) {
    EXPECT_EQ(builtin_format(id).kind, date) << id;
  }
  for (const unsigned id : {18U, 19U, 20U, 21U, 45U, 47U}) {
    EXPECT_EQ(builtin_format(id).kind, time) << id;
  }
  EXPECT_EQ(builtin_format(22).kind, date_time);
  EXPECT_EQ(builtin_format(46).kind, duration);
  for (const unsigned id : {0U, 1U, 2U, 4U, 9U, 10U, 11U, 12U, 37U, 40U, 44U, 48U, 49U, 59U}) {
    EXPECT_EQ(builtin_format(id).kind, number) << id;
  }
}

}  // namespace
}  // namespace referrald::mapping
