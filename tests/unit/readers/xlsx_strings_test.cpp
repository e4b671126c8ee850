#include "mapping/readers/xlsx_strings.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

std::string text_of(std::uint64_t number) {
  return "text " + std::to_string(number) + std::string(number % 300, 'x');
}

class XlsxStrings : public testing::TestWithParam<std::size_t> {};

TEST_P(XlsxStrings, AreFoundByTheirNumbersWhateverStaysInMemory) {
  SharedStrings strings("leads.xlsx", GetParam());
  constexpr std::uint64_t kCount = 5000;
  for (std::uint64_t i = 0; i < kCount; ++i) strings.add(text_of(i));
  strings.finish();
  EXPECT_EQ(strings.size(), kCount);
  for (std::uint64_t i = 0; i < kCount; ++i) EXPECT_EQ(strings.at(i), text_of(i));
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const std::uint64_t far = i * 7919 % kCount;
    EXPECT_EQ(strings.at(far), text_of(far));
  }
  EXPECT_FALSE(strings.at(kCount));
  EXPECT_FALSE(strings.at(UINT64_MAX));
}

TEST_P(XlsxStrings, MayBeLongOrEmpty) {
  SharedStrings strings("leads.xlsx", GetParam());
  const std::string large(1'000'000, 'y');
  for (int i = 0; i < 40; ++i) strings.add(i % 3 == 0 ? std::string_view(large) : "");
  strings.add("last");
  strings.finish();
  EXPECT_EQ(strings.at(39), large);
  EXPECT_EQ(strings.at(3), large);
  EXPECT_EQ(strings.at(1), "");
  EXPECT_EQ(strings.at(40), "last");
}

INSTANTIATE_TEST_SUITE_P(InMemory, XlsxStrings,
                         testing::Values(0, 1, 1000, 100'000, 300'000, 100'000'000));

TEST(XlsxStringsFile, AFolderThatCannotBeWrittenIsTold) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/proc/no-such-folder", 1);
  SharedStrings strings("leads.xlsx", 0);
  try {
    strings.add("text");
    strings.finish();
    ADD_FAILURE() << "no error";
  } catch (const ExportError& error) {
    EXPECT_EQ(error.kind(), ExportError::Kind::unreadable);
    EXPECT_NE(std::string(error.what()).find("/proc/no-such-folder"), std::string::npos);
  }
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
}

}  // namespace
}  // namespace referrald::mapping
