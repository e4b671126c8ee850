// What is found by looking, what is said in the mapping's format, and what is refused for being
// unclear.
#include <gmock/gmock.h>

#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = ExportError::Kind;

ExportFormat with_delimiter(char delimiter) {
  ExportFormat format;
  format.delimiter = delimiter;
  return format;
}

ExportFormat with_header(std::uint64_t line) {
  ExportFormat format;
  format.header = line;
  return format;
}

TEST(CsvDialect, EachUsualDelimiterIsFound) {
  for (const char* delimiter : {",", ";", "\t", "|"}) {
    const std::string d = delimiter;
    const ReadExport read =
        read_text("Topic" + d + "City" + d + "Value\nStorage" + d + "Oslo" + d + "1\n");
    EXPECT_THAT(read.header, ElementsAre("Topic", "City", "Value")) << d;
    EXPECT_THAT(read.cells(), ElementsAre(Cells{"Storage", "Oslo", "1"})) << d;
  }
}

TEST(CsvDialect, DecimalCommasAndQuotedDelimitersDoNotMislead) {
  const ReadExport read = read_text(
      "Thema;Betrag;Notiz\r\nEins;1,50;\"a, b, c\"\r\nZwei;2,50;\"d; e, f\"\r\nDrei;3,75;\r\n");
  EXPECT_THAT(read.header, ElementsAre("Thema", "Betrag", "Notiz"));
  EXPECT_THAT(read.faults(), ElementsAre("", "", ""));
  EXPECT_EQ(read.rows[1].cells, (Cells{"Zwei", "2,50", "d; e, f"}));
}

TEST(CsvDialect, WantedColumnsAreStrongerThanCounts) {
  const char* text = "Id;Name, short\n1;Fabrikam, Inc.\n2;Contoso, Ltd.\n";
  const ReadExport semicolon = read_text(text, {}, {"Name, short"});
  EXPECT_THAT(semicolon.header, ElementsAre("Id", "Name, short"));
  EXPECT_THAT(semicolon.cells(),
              ElementsAre(Cells{"1", "Fabrikam, Inc."}, Cells{"2", "Contoso, Ltd."}));
  EXPECT_THAT(read_text(text, {}, {"short"}).header, ElementsAre("Id;Name", "short"));
}

TEST(CsvDialect, AWantedColumnMayHaveItsNumber) {
  EXPECT_THAT(read_text("Email;Email, old\na;b, c\n", {}, {"Email#1"}).header,
              ElementsAre("Email", "Email, old"));
}

TEST(CsvDialect, WhatFitsTwoWaysIsRefused) {
  const ReadExport read = read_text("Id;Name, short\n1;Fabrikam, Inc.\n2;Contoso, Ltd.\n");
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message, HasSubstr("fit \",\" between their cells as well as \";\""));
  EXPECT_THAT(read.message, HasSubstr("format: { delimiter: \";\" }"));
}

TEST(CsvDialect, RowsThatFitDecideWhereTheHeaderDoesNot) {
  EXPECT_THAT(read_text("Id;Name;Value, EUR\n1;a;5\n2;b;6\n").header,
              ElementsAre("Id", "Name", "Value, EUR"));
  EXPECT_THAT(read_text("Id,Name;Alias\n1,a\n2,b\n").header, ElementsAre("Id", "Name;Alias"));
}

TEST(CsvDialect, ADamagedRowIsNoReasonToPreferFewerColumns) {
  const char* text = "Id;Name;Value, EUR\n1;a;5,0\n2;b;6,0\n3;7,0\n4;d;8,0\n";
  EXPECT_EQ(read_text(text).error, Kind::format);
  EXPECT_THAT(read_text(text, {}, {"Id", "Name"}).faults(), ElementsAre("", "", "cell-count", ""));
}

TEST(CsvDialect, OneRaggedRowDoesNotChangeTheDelimiter) {
  const ReadExport read = read_text("a;b;c\n1;2;3\n4,5,6\n7;8\n9;10;11\n");
  EXPECT_THAT(read.header, ElementsAre("a", "b", "c"));
  EXPECT_THAT(read.faults(), ElementsAre("", "cell-count", "cell-count", ""));
}

TEST(CsvDialect, OneColumnNeedsNoDelimiter) {
  const ReadExport read = read_text("Company Name\n\"Fabrikam, Inc.\"\nContoso\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"Fabrikam, Inc."}, Cells{"Contoso"}));
  EXPECT_THAT(read_text("Company Name\nFabrikam, Inc.\n").faults(), ElementsAre("cell-count"));
}

TEST(CsvDialect, ANamedDelimiterOverrules) {
  EXPECT_THAT(read_text("a,b,c;d\n1,2,3;4\n", with_delimiter(';')).header,
              ElementsAre("a,b,c", "d"));
  EXPECT_THAT(read_text("a^b\n1^2\n", with_delimiter('^')).cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_EQ(read_text("a,b\n", with_delimiter('"')).error, Kind::format);
  EXPECT_EQ(read_text("a,b\n", with_delimiter('\xC3')).error, Kind::format);
}

TEST(CsvDialect, AnOpenQuoteInTheHeaderIsNoReasonForAnotherDelimiter) {
  EXPECT_EQ(read_text("a,\"b\n1,2\n").error, Kind::damaged);
}

TEST(CsvDialect, ALineThatSaysTheDelimiterIsNoRow) {
  for (const char* line : {"sep=;", "\"sep=;\"", "SEP=;", "sep=;;;", "\xEF\xBB\xBFsep=;"}) {
    for (const char* end : {"\n", "\r\n", "\r"}) {
      const std::string text = line + ""s + end + "a,x;b" + end + "1;2" + end;
      const ReadExport read = read_text(text);
      EXPECT_THAT(read.header, ElementsAre("a,x", "b")) << text;
      EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2"})) << text;
      EXPECT_THAT(read.lines(), ElementsAre(3)) << text;
    }
  }
  EXPECT_THAT(read_text("sep=^\na^b\n1^2\n").header, ElementsAre("a", "b"));
  EXPECT_THAT(read_text("sep=;\na,b\n1,2\n", with_delimiter(',')).header, ElementsAre("a", "b"));
  EXPECT_EQ(read_text("sep=;\n").error, Kind::empty);
}

TEST(CsvDialect, WhatStandsBeforeTheHeadersLineIsSkipped) {
  const std::string text = "Leads of May; 24\" and more\n\n\"open,\na,b\n1,2\n";
  const ReadExport read = read_text(text, with_header(4));
  EXPECT_THAT(read.header, ElementsAre("a", "b"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_THAT(read.lines(), ElementsAre(5));
  EXPECT_THAT(read_text("x\r\ry\ra,b\r1,2\r", with_header(4)).lines(), ElementsAre(5));
  EXPECT_THAT(read_text("x\r\n\r\na,b\r\n1,2\r\n", with_header(3)).lines(), ElementsAre(4));
  EXPECT_THAT(read_text("sep=|\nTitle\na|b\n", with_header(3)).header, ElementsAre("a", "b"));
}

TEST(CsvDialect, AHeaderThatIsNotWhereItIsSaidToBeIsRefused) {
  const ReadExport blank = read_text("x\n\na,b\n", with_header(2));
  EXPECT_EQ(blank.error, Kind::format);
  EXPECT_THAT(blank.message, AllOf(HasSubstr("line 2 is blank"), HasSubstr("blank is 3")));
  EXPECT_THAT(read_text("a,b\n1,2\n", with_header(4)).message, HasSubstr("has fewer than 4 lines"));
  EXPECT_EQ(read_text("a,b\n1,2\n", with_header(0)).error, Kind::format);
  EXPECT_THAT(read_text("sep=;\na;b\n", with_header(1)).message, HasSubstr("header: 2"));
  EXPECT_THAT(read_text(std::string(2000000, '\n') + "a,b\n", with_header(2000001)).message,
              HasSubstr("further down"));
}

TEST(CsvDialect, ATitleRowHasNoneOfTheWantedColumns) {
  const ReadExport read = read_text("Leads of May\nId,Name\n1,Fabrikam\n", {}, {"Id", "Name"});
  EXPECT_THAT(read.header, ElementsAre("Leads of May"));
  EXPECT_THAT(read.faults(), ElementsAre("cell-count", "cell-count"));
}

TEST(CsvDialect, BlanksAroundHeaderNamesGoAndLineBreaksInThemStay) {
  const ReadExport read = read_text(
      "\xC2\xA0Topic\xE2\x80\x8B; \xE2\x80\x8B"
      "Est.\xC2\xA0Value ;\"Two\nlines \"\n1;2;3\n");
  EXPECT_THAT(read.header, ElementsAre("Topic", "Est.\xC2\xA0Value", "Two\nlines"));
}

TEST(CsvDialect, AnInchSignInTheHeaderDoesNotHideTheLineEnds) {
  EXPECT_THAT(read_text("Size 24\",City\r1,Oslo\r2,Bergen\r").cells(), IsEmpty());
  EXPECT_THAT(read_text("24\" screen,City\r1,Oslo\r").cells(), ElementsAre(Cells{"1", "Oslo"}));
}

}  // namespace
}  // namespace referrald::mapping
