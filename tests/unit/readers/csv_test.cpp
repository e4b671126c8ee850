#include <gmock/gmock.h>

#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Csv, HeaderAndRowsAreRead) {
  const ReadExport read = read_text("Topic,City\nStorage,Oslo\nBackup,Bergen\n");
  EXPECT_THAT(read.header, ElementsAre("Topic", "City"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"Storage", "Oslo"}, Cells{"Backup", "Bergen"}));
  EXPECT_THAT(read.lines(), ElementsAre(2, 3));
  EXPECT_THAT(read.faults(), ElementsAre("", ""));
  EXPECT_FALSE(read.error);
}

TEST(Csv, HeaderOnlyHasNoRows) {
  for (const char* text : {"Topic,City", "Topic,City\n", "Topic,City\r\n\r\n"}) {
    const ReadExport read = read_text(text);
    EXPECT_THAT(read.header, ElementsAre("Topic", "City"));
    EXPECT_THAT(read.rows, IsEmpty());
    EXPECT_FALSE(read.error);
  }
}

TEST(Csv, LastRowNeedsNoLineEnd) {
  EXPECT_THAT(read_text("a,b\n1,2").cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_THAT(read_text("a,b\n1,").cells(), ElementsAre(Cells{"1", ""}));
  EXPECT_THAT(read_text("a,b\n1,\"2\"").cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_THAT(read_text("a,b\n1,\"\"").cells(), ElementsAre(Cells{"1", ""}));
  EXPECT_THAT(read_text("a,b\n1,2\r").cells(), ElementsAre(Cells{"1", "2"}));
}

TEST(Csv, QuotedCellsKeepCommasQuotesAndLineBreaks) {
  const ReadExport read = read_text(
      "Company,Description,City\r\n"
      "\"Fabrikam, Inc.\",\"They said \"\"yes\"\"\r\nand then\n\"\"no\"\"\",Oslo\r\n"
      "\"\"\"\",\"\",\"\"\"a\"\"\"\"b\"\"\"\r\n");
  EXPECT_THAT(read.cells(),
              ElementsAre(Cells{"Fabrikam, Inc.", "They said \"yes\"\r\nand then\n\"no\"", "Oslo"},
                          Cells{"\"", "", "\"a\"\"b\""}));
  EXPECT_THAT(read.faults(), ElementsAre("", ""));
}

TEST(Csv, LinesAreThoseOfTheFileNotRows) {
  const ReadExport read = read_text("a,b\n\n1,\"x\ny\r\nz\"\n\r\n\n2,w\n");
  EXPECT_THAT(read.lines(), ElementsAre(3, 8));
}

TEST(Csv, LinesWithNothingAtAllAreSkipped) {
  EXPECT_THAT(read_text("\n\r\na,b\n\n1,2\r\n\r\n").cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_THAT(read_text("only\n\n1\n\"\"\n \n").cells(),
              ElementsAre(Cells{"1"}, Cells{""}, Cells{" "}));
}

TEST(Csv, CellsStayUntrimmedAndHeaderNamesDoNot) {
  const ReadExport read = read_text(
      " Topic ,\xE2\x80\x8B"
      "City\xC2\xA0\n x ,\t\xE2\x80\x8By\n");
  EXPECT_THAT(read.header, ElementsAre("Topic", "City"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{" x ", "\t\xE2\x80\x8By"}));
}

TEST(Csv, Utf8ByteOrderMarkIsNoPartOfTheFirstColumn) {
  EXPECT_THAT(read_text("\xEF\xBB\xBFTopic,City\n1,2\n").header, ElementsAre("Topic", "City"));
  EXPECT_THAT(read_text("\xEF\xBB\xBF\"Topic\",City\n1,2\n").header, ElementsAre("Topic", "City"));
}

TEST(Csv, LineEndsMayBeMixed) {
  const ReadExport read = read_text("a,b\r\n1,2\n3,4\r\r\n5,\"6\"\r\r\n\"7\",8\n");
  EXPECT_THAT(read.cells(),
              ElementsAre(Cells{"1", "2"}, Cells{"3", "4"}, Cells{"5", "6"}, Cells{"7", "8"}));
  EXPECT_THAT(read.faults(), ElementsAre("", "", "", ""));
  EXPECT_THAT(read.lines(), ElementsAre(2, 3, 4, 5));
}

TEST(Csv, CrAloneEndsLinesWhereTheHeaderEndsSo) {
  const ReadExport read = read_text("a,\"b\rB\"\r1,\"x\r\ny\"\r\r2,y\r3,z\r\n4,w");
  EXPECT_THAT(read.header, ElementsAre("a", "b\rB"));
  EXPECT_THAT(read.cells(),
              ElementsAre(Cells{"1", "x\r\ny"}, Cells{"2", "y"}, Cells{"3", "z"}, Cells{"4", "w"}));
  EXPECT_THAT(read.lines(), ElementsAre(3, 6, 7, 8));
}

TEST(Csv, CrAloneEndsRowsOfAnLfFileWhereEachHasTheHeadersCells) {
  const ReadExport read = read_text("a,b,c\n1,2,3\r4,5,6\r\r\n7,8,9\r\r10,\"11\",12\n13,14,15");
  EXPECT_THAT(read.cells(),
              ElementsAre(Cells{"1", "2", "3"}, Cells{"4", "5", "6"}, Cells{"7", "8", "9"},
                          Cells{"10", "11", "12"}, Cells{"13", "14", "15"}));
  EXPECT_THAT(read.faults(), ElementsAre("", "", "", "", ""));
  EXPECT_THAT(read.lines(), ElementsAre(2, 3, 5, 7, 8));
}

TEST(Csv, CrAloneEndsRowsWithLineBreaksInsideQuotesToo) {
  const ReadExport read = read_text("a,b\n1,\"x\ny\"\r2,\"z \"\"q\"\"\"\r\n3,\"w\"\r4,v");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "x\ny"}, Cells{"2", "z \"q\""}, Cells{"3", "w"},
                                        Cells{"4", "v"}));
  EXPECT_THAT(read.faults(), ElementsAre("", "", "", ""));
  EXPECT_THAT(read.lines(), ElementsAre(2, 4, 5, 6));
}

TEST(Csv, AFileWhoseRowsEndWithCrBehindAHeaderThatDoesNotIsReadWhole) {
  std::string text = "id,name,text\r\n";
  constexpr std::size_t rows = 100'000;
  for (std::size_t i = 0; i < rows; ++i)
    text += std::to_string(i) + ",\"Fabrikam, Inc.\",\"two\rlines\"\r";
  const ReadExport read = read_text(text);
  ASSERT_EQ(read.rows.size(), rows);
  EXPECT_THAT(read.cells().back(), ElementsAre("99999", "Fabrikam, Inc.", "two\rlines"));
  EXPECT_EQ(read.rows.back().line, 2 * rows);
}

TEST(Csv, QuotesInTheMiddleOfAnUnquotedCellAreCharacters) {
  const ReadExport read = read_text("a,b\n24\" screen,the \"big\" one\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"24\" screen", "the \"big\" one"}));
  EXPECT_THAT(read.faults(), ElementsAre(""));
}

TEST(Csv, BlanksBehindAClosingQuoteDoNoHarm) {
  const ReadExport read = read_text("a,b\n\"1 \"\"x\"\"\" ,\"2\"\t \n\"3\n4\" ,\"5\" \r\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1 \"x\"", "2"}, Cells{"3\n4", "5"}));
  EXPECT_THAT(read.faults(), ElementsAre("", ""));
}

TEST(Csv, ColumnNamesMayRepeatOrBeEmpty) {
  const ReadExport read = read_text("Topic,,Topic,\n1,2,3,4\n");
  EXPECT_THAT(read.header, ElementsAre("Topic", "", "Topic", ""));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2", "3", "4"}));
}

TEST(Csv, ProgressReachesTheFilesSize) {
  const std::string text = "a,b\n1,2\n3,4\n";
  const TemporaryFile file(text);
  const auto reader = open_export(file.path());
  EXPECT_EQ(reader->bytes_total(), text.size());
  EXPECT_EQ(reader->bytes_read(), 4);
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(reader->bytes_read(), 8);
  ASSERT_TRUE(reader->next(row));
  ASSERT_FALSE(reader->next(row));
  EXPECT_EQ(reader->bytes_read(), text.size());
}

TEST(Csv, TheEndStaysTheEnd) {
  const TemporaryFile file("a\n1\n");
  const auto reader = open_export(file.path());
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_FALSE(reader->next(row));
  EXPECT_FALSE(reader->next(row));
}

TEST(Csv, ARowsFaultDoesNotStickToTheNextRow) {
  const TemporaryFile file("a,b\n1\n1,2\n");
  const auto reader = open_export(file.path());
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_TRUE(row.fault);
  ASSERT_TRUE(reader->next(row));
  EXPECT_FALSE(row.fault);
}

}  // namespace
}  // namespace referrald::mapping
