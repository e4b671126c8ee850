#include "daemon/csv_record.hpp"

#include <stdexcept>

#include <gmock/gmock.h>

namespace referrald {
namespace {

using testing::ElementsAre;
using namespace std::string_literals;

std::string encoded(const std::vector<std::string>& cells) {
  return encode_record(cells);
}

TEST(CsvRecord, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(encoded({"a", "b c", " d ", "'e'"}), "a,b c, d ,'e'");
  EXPECT_EQ(encoded({"a,b", "say \"hi\"", "two\nlines", "cr\rhere"}),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\rhere\"");
}

TEST(CsvRecord, KeepsEmptyCells) {
  EXPECT_EQ(encoded({"", "", ""}), ",,");
  EXPECT_THAT(parse_record(",,"), ElementsAre("", "", ""));
}

TEST(CsvRecord, ALoneEmptyCellIsNoEmptyLine) {
  EXPECT_EQ(encoded({""}), "\"\"");
  EXPECT_THAT(parse_record("\"\""), ElementsAre(""));
}

TEST(CsvRecord, GivesBackTheSameCellsWhateverTheirBytes) {
  const std::vector<std::vector<std::string>> records{
      {"plain", ""},         {"\"", "\"\"", ","},       {"\r\n", "a\0b"s, "\xff\xfe"},
      {"", "\",\"", "\n\""}, {"\xEF\xBB\xBF", "tab\t"},
  };
  for (const auto& cells : records) EXPECT_EQ(parse_record(encode_record(cells)), cells);
}

TEST(CsvRecord, RefusesWhatIsNoRecord) {
  EXPECT_THROW(parse_record("\"open"), std::invalid_argument);
  EXPECT_THROW(parse_record("a,\"open,b"), std::invalid_argument);
  EXPECT_THROW(parse_record("\"closed\"behind"), std::invalid_argument);
  EXPECT_THROW(parse_record("in\"side"), std::invalid_argument);
}

TEST(CsvRecord, TheUnmendedMarkChangesWithEveryCellAndBoundary) {
  const auto mark = [](const std::vector<std::string>& cells) { return unmended_mark(cells); };
  const std::string original = mark({"A-1", "Topic", ""});
  EXPECT_EQ(original, mark({"A-1", "Topic", ""}));
  EXPECT_NE(original, mark({"A-1", "Topics", ""}));
  EXPECT_NE(original, mark({"A-1", "", "Topic"}));
  EXPECT_NE(original, mark({"A-1Topic", "", ""}));
  EXPECT_EQ(original.size(), 16U);
}

}  // namespace
}  // namespace referrald
