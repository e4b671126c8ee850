#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapping/readers/csv.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = ExportError::Kind;

// Rows before, the damaged one, and a row behind that must still be read.
ReadExport read_among_others(const std::string& row) {
  return read_text("a,b,c\n1,2,3\n" + row + "\n7,8,9\n");
}

void expect_lone_fault(const ReadExport& read, const std::string& code) {
  EXPECT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.faults(), ElementsAre("", code, ""));
  ASSERT_EQ(read.rows.size(), 3U);
  EXPECT_EQ(read.rows[1].line, 3U);
  EXPECT_EQ(read.rows[2].cells, (Cells{"7", "8", "9"}));
}

TEST(CsvDamage, TooFewOrTooManyCellsCostThatRowOnly) {
  const ReadExport few = read_among_others("4,5");
  expect_lone_fault(few, "cell-count");
  EXPECT_THAT(few.rows[1].message, HasSubstr("has 2 cells, the header 3"));
  EXPECT_EQ(few.rows[1].cells, (Cells{"4", "5"}));

  const ReadExport many = read_among_others("4,5,6,\"secret\"");
  expect_lone_fault(many, "cell-count");
  EXPECT_THAT(many.rows[1].message, AllOf(HasSubstr("has 4 cells"), Not(HasSubstr("secret"))));
}

TEST(CsvDamage, TheHeaderAgainAmongTheRowsIsNoRecord) {
  expect_lone_fault(read_among_others("a,b,c"), "repeated-header");
  expect_lone_fault(read_among_others("\"a\",b ,c"), "repeated-header");
  EXPECT_THAT(read_among_others("a,b,C").faults(), ElementsAre("", "", ""));
  EXPECT_THAT(read_text("Name\nName\n").faults(), ElementsAre("")) << "somebody's name";
}

TEST(CsvDamage, WrongNumberOfCellsOverSeveralLinesNamesTheLines) {
  const ReadExport read = read_among_others("4,\"5\n\n6\"");
  expect_lone_fault(read, "cell-count");
  EXPECT_THAT(read.rows[1].message, HasSubstr("lines 3 to 5"));
  EXPECT_EQ(read.rows[2].line, 6U);
}

TEST(CsvDamage, BytesThatAreNotUtf8CostThatRowOnly) {
  const ReadExport read = read_among_others("4,M\xFCller,6");
  expect_lone_fault(read, "invalid-bytes");
  EXPECT_THAT(read.rows[1].message, AllOf(HasSubstr("cell 2 (line 3, byte 4)"),
                                          HasSubstr("CSV UTF-8"), Not(HasSubstr("ller"))));
}

TEST(CsvDamage, IllFormedUtf8OfEveryKindIsSeen) {
  for (const std::string& bytes :
       {"\x80"s, "\xC3"s, "\xC0\xAF"s, "\xE0\x80\xAF"s, "\xED\xA0\x80"s, "\xE2\x82"s,
        "\xF0\x80\x80\xAF"s, "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xF0\x9F\x98"s, "\xFF"s,
        "\xC3\xA4\xC3"s}) {
    expect_lone_fault(read_among_others("4,a long enough text before it " + bytes + ",6"),
                      "invalid-bytes");
    expect_lone_fault(read_among_others("4,5," + bytes), "invalid-bytes");
  }
}

TEST(CsvDamage, WellFormedUtf8IsLeftAlone) {
  const Cells cells = {"\xC2\x80\xDF\xBF", "\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF",
                       "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"};
  const ReadExport read = read_text("a,b,c\n" + cells[0] + "," + cells[1] + "," + cells[2] + "\n");
  EXPECT_THAT(read.cells(), ElementsAre(cells));
  EXPECT_THAT(read.faults(), ElementsAre(""));
}

TEST(CsvDamage, PlaceOfBadBytesIsThatOfTheirLineInsideTheRow) {
  const ReadExport read = read_among_others("4,\"5\nlonger\n\xFF\",6");
  expect_lone_fault(read, "invalid-bytes");
  EXPECT_THAT(read.rows[1].message, HasSubstr("cell 2 (line 5, byte 1)"));
}

TEST(CsvDamage, NulsCostThatRowOnly) {
  const ReadExport read = read_among_others("4,5\0,6"s);
  expect_lone_fault(read, "nul-byte");
  EXPECT_THAT(read.rows[1].message, HasSubstr("cell 2 (line 3, byte 4)"));
}

TEST(CsvDamage, TextBehindAClosingQuoteCostsThatRowOnly) {
  const ReadExport read = read_among_others("4,\"a\"b,6");
  expect_lone_fault(read, "bad-quoting");
  EXPECT_THAT(read.rows[1].message, HasSubstr("cell 2 has text behind its closing quote"));
  EXPECT_EQ(read.rows[1].cells, (Cells{"4", "\"a\"b", "6"}));
}

TEST(CsvDamage, AQuoteAtOneEndOfACellCostsThatRowOnly) {
  for (const char* row : {"4, \"a\",6", "4,24\",6", "4,5,6\"", "4,5\" ,6"}) {
    expect_lone_fault(read_among_others(row), "bad-quoting");
  }
}

TEST(CsvDamage, ACarriageReturnOutsideQuotesCostsThatRowOnly) {
  expect_lone_fault(read_among_others("4,5\rx,6"), "bad-line-break");
  expect_lone_fault(read_among_others("4,5\r,6"), "bad-line-break");
  expect_lone_fault(read_among_others("4,5,6\rx"), "bad-line-break");
}

TEST(CsvDamage, AQuoteLeftOpenRefusesTheRestAndNamesItsLine) {
  const ReadExport read = read_text("a,b\n1,2\n3,\"x\ny\"\n5,\"six\n7,8\n9,10\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2"}, Cells{"3", "x\ny"}));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, AllOf(HasSubstr("line 5: "), HasSubstr("never closed"),
                                  HasSubstr("referrald-export-"), Not(HasSubstr("six"))));
}

TEST(CsvDamage, TheOpenCellsLineIsNamedNotTheRows) {
  const ReadExport read = read_text("a,b,c\n1,\"x\ny\nz\",\"open\n7,8\n");
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("line 4: "));
}

// The quote that opens line 5's cell closes the one left open in line 3.
TEST(CsvDamage, AQuoteLeftOpenDoesNotSwallowRowsUpToTheNextQuote) {
  const ReadExport read = read_text("a,b\n1,2\n3,\"open\n4,5\n6,\"seven\"\n8,9\n");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, AllOf(HasSubstr("line 3: "), HasSubstr("cell 2, line 5")));

  const ReadExport before_comma = read_text("a,b,c\n1,\"open\n4,5,\",x\"\n8,9,10\n");
  EXPECT_EQ(before_comma.error, Kind::damaged);
  EXPECT_THAT(before_comma.message, HasSubstr("line 2: "));
  EXPECT_THAT(before_comma.rows, IsEmpty());
}

TEST(CsvDamage, AnErrorStaysAnError) {
  const TemporaryFile file("a\n\"open\n");
  const auto reader = open_export(file.path());
  Row row;
  EXPECT_THROW(reader->next(row), ExportError);
  EXPECT_THROW(reader->next(row), ExportError);
}

TEST(CsvDamage, ARowOverTheLimitCostsThatRowOnly) {
  for (const std::size_t size : {kMaxRowBytes, kMaxRowBytes + 300000, 3 * kMaxRowBytes}) {
    for (const char* quote : {"", "\""}) {
      const ReadExport read =
          read_among_others("4,"s + quote + std::string(size, 'x') + quote + ",6");
      expect_lone_fault(read, "row-too-long");
      EXPECT_THAT(read.rows[1].cells, IsEmpty());
    }
  }
}

TEST(CsvDamage, ARowAtTheLimitIsRead) {
  const ReadExport read = read_among_others("4," + std::string(kMaxRowBytes - 4, 'x') + ",6");
  EXPECT_THAT(read.faults(), ElementsAre("", "", ""));
  EXPECT_EQ(read.rows[1].cells[1].size(), kMaxRowBytes - 4);
}

TEST(CsvDamage, AnOverlongLastRowNeedsNoLineEnd) {
  EXPECT_THAT(read_text("a,b\n1," + std::string(2 * kMaxRowBytes, 'x')).faults(),
              ElementsAre("row-too-long"));
}

TEST(CsvDamage, AQuoteOpenForLongerThanARowMayBeRefusesTheRest) {
  std::string text = "a,b\n1,2\n3,\"open\n";
  while (text.size() < 3 * kMaxRowBytes) text += "4,a line of an ordinary row\n";
  const ReadExport never = read_text(text);
  EXPECT_EQ(never.error, Kind::damaged);
  EXPECT_THAT(never.message, HasSubstr("line 3: "));
  EXPECT_EQ(never.rows.size(), 1U);

  const ReadExport late = read_text(text + "5,\",6\n");
  EXPECT_EQ(late.error, Kind::damaged);
  EXPECT_THAT(late.message, HasSubstr("line 3: "));
}

TEST(CsvDamage, MoreCellsThanExcelHasColumnsAreCountedButNotShown) {
  const ReadExport read = read_text("a,b\n" + std::string(20000, ',') + "\n1,2\n");
  EXPECT_THAT(read.faults(), ElementsAre("cell-count", ""));
  EXPECT_THAT(read.rows[0].message, HasSubstr("20001 cells"));
  EXPECT_EQ(read.rows[0].cells.size(), 16384U);
  EXPECT_EQ(read_text(std::string(20000, ',') + "\n").error, Kind::damaged);
}

TEST(CsvDamage, AFileWithoutAHeaderIsEmpty) {
  for (const char* text : {"", "\n", "\r\n\r\n\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\r\n", "\r\r"}) {
    const ReadExport read = read_text(text);
    EXPECT_EQ(read.error, Kind::empty) << testing::PrintToString(text);
  }
}

TEST(CsvDamage, AHeaderThatIsNoUtf8IsUnreadable) {
  for (const std::string& header : {"Stra\xDF"
                                    "e,Ort"s,
                                    "Top\0ic,City"s}) {
    const ReadExport read = read_text(header + "\n1,2\n");
    EXPECT_EQ(read.error, Kind::unreadable);
    EXPECT_THAT(read.message, AllOf(HasSubstr("line 1: "), HasSubstr("CSV UTF-8"),
                                    HasSubstr("format: { encoding: windows-1252 }")));
  }
}

TEST(CsvDamage, ABadlyQuotedHeaderIsDamaged) {
  EXPECT_EQ(read_text("\"a\"b,c\n1,2\n").error, Kind::damaged);
  EXPECT_EQ(read_text("a,\"c\n1,2\n").error, Kind::damaged);
  EXPECT_EQ(read_text(std::string(2 * kMaxRowBytes, 'x') + "\n").error, Kind::damaged);
}

TEST(CsvDamage, AMissingFileIsMissing) {
  EXPECT_EQ(read_file("/nonexistent/leads.csv").error, Kind::missing);
  const TemporaryFile file("a\n");
  EXPECT_EQ(read_file(file.path() / "leads.csv").error, Kind::missing);
  EXPECT_THAT(read_file("/nonexistent/leads.csv").message,
              AllOf(HasSubstr("/nonexistent/leads.csv"), HasSubstr("No such file")));
}

TEST(CsvDamage, ADeviceIsUnreadable) {
  EXPECT_EQ(read_file("/dev/null").error, Kind::unreadable);
}

TEST(CsvDamage, ANamedPipeIsRefusedWithoutWaitingForAWriter) {
  const TemporaryFile file("");
  std::filesystem::remove(file.path());
  ASSERT_EQ(::mkfifo(file.path().c_str(), 0600), 0);
  EXPECT_EQ(read_file(file.path()).error, Kind::unreadable);
}

// /proc/self/mem is a regular file that opens and fails at the first read, for root too.
TEST(CsvDamage, AFileThatCannotBeReadIsUnreadable) {
  const ReadExport read = read_file("/proc/self/mem");
  EXPECT_EQ(read.error, Kind::unreadable);
  EXPECT_THAT(read.message, HasSubstr("Input/output error"));
}

TEST(CsvDamage, AFileCutShortWhileReadingEndsEarly) {
  std::string text = "a,b\n";
  while (text.size() < 3000000) text += "1,a row of an ordinary size\n";
  const TemporaryFile file(text);
  const auto reader = open_export(file.path());
  Row row;
  ASSERT_TRUE(reader->next(row));
  ASSERT_EQ(::truncate(file.path().c_str(), 100), 0);
  std::size_t rows = 1;
  while (reader->next(row)) ++rows;
  EXPECT_LT(rows, 60000U);
}

}  // namespace
}  // namespace referrald::mapping
