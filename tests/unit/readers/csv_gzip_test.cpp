#include <gmock/gmock.h>

#include "tests/support/gzip.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using test::gzipped;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = ExportError::Kind;

// Rows that compress badly, so that damage is far behind what the reader looks at first.
std::string many_rows(std::size_t rows) {
  std::string text = "Id,Topic\n";
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < rows; ++i) {
    text += std::to_string(i) + ",";
    for (int j = 0; j < 4; ++j) text += std::to_string(state = state * 1664525 + 1013904223);
    text += '\n';
  }
  return text;
}

TEST(CsvGzip, IsReadByItsContentWhateverTheName) {
  EXPECT_THAT(read_text(gzipped("a;b\n1;2\n")).cells(), ElementsAre(Cells{"1", "2"}));
  EXPECT_THAT(read_file(test_data("csvkit/dummy.csv.gz")).cells(),
              ElementsAre(Cells{"1", "2", "3"}));
}

TEST(CsvGzip, MembersThatFollowOneAnotherAreOneText) {
  const std::string text = gzipped("a,b\n1,2\n3,") + gzipped("") + gzipped("4\n5,6\n");
  EXPECT_THAT(read_text(text + std::string(1000, '\0')).cells(),
              ElementsAre(Cells{"1", "2"}, Cells{"3", "4"}, Cells{"5", "6"}));
}

TEST(CsvGzip, OtherEncodingsInItAreDecoded) {
  EXPECT_THAT(read_text(gzipped("\xFF\xFE"s + "a\0;\0b\0\n\0001\0;\0\xFC\0\n\0"s)).cells(),
              ElementsAre(Cells{"1", "\xC3\xBC"}));
}

TEST(CsvGzip, RowsBeforeTheDamageAreReadAndItsLineIsNamed) {
  const std::string whole = gzipped(many_rows(100000));
  const ReadExport cut = read_text(whole.substr(0, whole.size() - 1000));
  EXPECT_EQ(cut.error, Kind::damaged);
  ASSERT_GT(cut.rows.size(), 90000U);
  ASSERT_LT(cut.rows.size(), 100000U);
  EXPECT_THAT(cut.faults(), testing::Each(""));
  EXPECT_THAT(cut.message, AllOf(HasSubstr("line " + std::to_string(cut.rows.size() + 2) + ": "),
                                 HasSubstr("cut short")));

  std::string corrupt = whole;
  for (std::size_t i = 0; i < 64; ++i) corrupt[corrupt.size() / 2 + i] ^= '\x55';
  const ReadExport damaged = read_text(corrupt);
  EXPECT_EQ(damaged.error, Kind::damaged);
  EXPECT_GT(damaged.rows.size(), 40000U);
  EXPECT_THAT(damaged.message, AllOf(HasSubstr("corrupt"), HasSubstr("line ")));
}

TEST(CsvGzip, AWrongChecksumIsDamage) {
  std::string text = gzipped("a,b\n1,2\n");
  text[text.size() - 8] ^= '\1';
  const ReadExport read = read_text(text);
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("line 3: from here on the compressed data are corrupt"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2"}));
}

TEST(CsvGzip, SomethingElseBehindTheContentIsDamage) {
  EXPECT_EQ(read_text(gzipped("a,b\n1,2\n") + "PK\3\4").error, Kind::damaged);
  EXPECT_EQ(read_text(gzipped("a,b\n1,2\n") + std::string(8, '\0') + gzipped("3,4\n")).error,
            Kind::damaged);
}

TEST(CsvGzip, DamageBeforeTheHeaderNamesTheFirstLine) {
  const ReadExport read = read_text(gzipped("a,b\n1,2\n").substr(0, 12));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, AllOf(HasSubstr("line 1: "), HasSubstr("cut short")));
}

TEST(CsvGzip, AnEmptyContentIsEmpty) {
  EXPECT_EQ(read_text(gzipped("")).error, Kind::empty);
}

TEST(CsvGzip, AnErrorStaysAnError) {
  const std::string whole = gzipped("a,b\n1,2\n");
  const TemporaryFile file(whole.substr(0, whole.size() - 4));
  const auto reader = open_export(file.path());
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_THROW(reader->next(row), ExportError);
  EXPECT_THROW(reader->next(row), ExportError);
}

TEST(CsvGzip, ArchivesInsideOfItAreRefused) {
  for (const std::string& inner : {gzipped("a,b\n"), "PK\3\4"s + std::string(60, 'x')}) {
    const ReadExport read = read_text(gzipped(inner));
    EXPECT_EQ(read.error, Kind::unreadable);
    EXPECT_THAT(read.rows, IsEmpty());
    EXPECT_THAT(read.message, Not(HasSubstr("corrupt")));
  }
}

TEST(CsvGzip, ProgressIsThatOfTheCompressedFile) {
  const TemporaryFile file(gzipped(many_rows(100000)));
  const auto reader = open_export(file.path());
  const std::uint64_t total = reader->bytes_total();
  EXPECT_EQ(total, std::filesystem::file_size(file.path()));
  EXPECT_LT(reader->bytes_read(), total / 100);
  Row row;
  std::uint64_t before = 0;
  while (reader->next(row)) {
    ASSERT_GE(reader->bytes_read() + 70000, before);  // it reads in blocks
    ASSERT_LE(reader->bytes_read(), total);
    before = reader->bytes_read();
  }
  EXPECT_EQ(reader->bytes_read(), total);
}

}  // namespace
}  // namespace referrald::mapping
