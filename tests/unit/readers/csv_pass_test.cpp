// Rows that are passed over, mixed with rows that are read: where each begins and ends must not
// depend on which it is.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <random>

#include <gmock/gmock.h>

#include "mapping/readers/csv_scanner.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

enum class How { read, pass, look };

struct SeenRow {
  How how = How::read;
  std::uint64_t line = 0;
  Cells cells;
  std::string record;
  std::string fault;
};

struct SeenExport {
  std::vector<SeenRow> rows;
  bool damaged = false;
};

constexpr std::size_t looked_at = 2;

SeenExport see(const std::filesystem::path& file, const std::function<How(std::size_t)>& how) {
  SeenExport out;
  try {
    const auto reader = open_export(file);
    Row row;
    for (std::size_t i = 0;; ++i) {
      const How now = how(i);
      const std::size_t cells = now == How::look ? looked_at : 0;
      if (!(now == How::read ? reader->next(row) : reader->pass(row, cells))) break;
      out.rows.push_back({now,
                          row.line,
                          {row.cells.begin(), row.cells.end()},
                          std::string(row.record),
                          row.fault ? row.fault->code : ""});
    }
  } catch (const ExportError&) {
    out.damaged = true;
  }
  return out;
}

// What must be the same, whatever was done to the rows before.
void expect_same(const SeenRow& seen, const SeenRow& read) {
  EXPECT_EQ(seen.line, read.line);
  EXPECT_EQ(seen.record, read.record);
  if (seen.how == How::read) {
    EXPECT_EQ(seen.cells, read.cells);
    EXPECT_EQ(seen.fault, read.fault);
  } else if (seen.how == How::look) {
    const auto count = std::min(looked_at, read.cells.size());
    ASSERT_GE(seen.cells.size(), count);
    EXPECT_TRUE(std::equal(seen.cells.begin(), seen.cells.begin() + static_cast<long>(count),
                           read.cells.begin()));
  }
  if (seen.record.empty()) {
    EXPECT_EQ(seen.fault, read.fault);
  }
}

void expect_same(const std::filesystem::path& file) {
  SCOPED_TRACE(file);
  const auto whole = see(file, [](std::size_t) { return How::read; });
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const auto mixed = see(file, [&](std::size_t i) { return static_cast<How>((i + shift) % 3); });
    // A damage behind the first cells may not be seen by those who pass.
    if (!whole.damaged) {
      EXPECT_EQ(mixed.rows.size(), whole.rows.size());
      EXPECT_FALSE(mixed.damaged);
    }
    ASSERT_GE(mixed.rows.size(), whole.rows.size());
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      SCOPED_TRACE(i);
      expect_same(mixed.rows[i], whole.rows[i]);
    }
  }
}

TEST(CsvPass, RowsOfGenuineAndAwkwardFilesAreTheSame) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(REFERRALD_TEST_DATA))) {
    if (entry.path().extension() != ".csv") continue;
    expect_same(entry.path());
    ++files;
  }
  EXPECT_GT(files, 100);
}

std::string random_text(std::mt19937& random, std::size_t most) {
  static const std::vector<std::string> parts = {
      "a", ",", "\"", "\n", "\r", "\r\n", "\"\"", " ", "xyz", ",\"b\",", "\"c\"\n", "\xC3\xBC"};
  std::string text;
  const auto size = random() % most;
  for (std::size_t i = 0; i < size; ++i) text += parts[random() % parts.size()];
  return text;
}

TEST(CsvPass, RowsOfRandomTextsAreTheSame) {
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    const TemporaryFile file("id,name\n" + random_text(random, 60));
    expect_same(file.path());
  }
}

// Across the ends of windows.
TEST(CsvPass, RowsOfALargeFileAreTheSame) {
  std::string text = "id,name,more\r\n";
  for (int i = 0; i < 30'000; ++i) {
    text +=
        std::to_string(i) + ",\"Storage, \"\"" + std::string(static_cast<std::size_t>(i % 40), 'x');
    text += "\"\"\n and more\",z\r\n";
  }
  ASSERT_GT(text.size(), std::size_t{1'000'000});
  const TemporaryFile file(text);
  const auto whole = see(file.path(), [](std::size_t) { return How::read; });
  ASSERT_EQ(whole.rows.size(), 30'000u);
  EXPECT_EQ(whole.rows[7].cells[1], "Storage, \"xxxxxxx\"\n and more");
  expect_same(file.path());
}

// Only what is passed quickly pays: this is no test of how quick, but of whether.
TEST(CsvPass, LooksAtNoMoreCellsThanItIsAskedFor) {
  const TemporaryFile file("id,name,more\nlead-1,\"A \"\"b\"\"\",c\nlead-2,d,e\n");
  const auto reader = open_export(file.path());
  Row row;
  ASSERT_TRUE(reader->pass(row, 2));
  EXPECT_THAT(row.cells, testing::ElementsAre("lead-1", "A \"b\""));
  EXPECT_EQ(row.record, "lead-1,\"A \"\"b\"\"\",c");
  ASSERT_TRUE(reader->pass(row, 0));
  EXPECT_THAT(row.cells, testing::IsEmpty());
  EXPECT_EQ(row.record, "lead-2,d,e");
  EXPECT_FALSE(reader->pass(row, 0));
}

// The scanner alone, in windows that grow byte by byte.
std::vector<std::string> ends_of_rows(const std::string& text, std::size_t step, bool passes) {
  const std::string buffer = text + std::string(64, '\0');
  CsvScanner scanner({}, LineEnd::lf);
  CsvWindow window{buffer.data(), std::min(step, text.size()), step >= text.size()};
  scanner.restart(window, 0);
  std::vector<std::string_view> cells;
  CsvRow row;
  std::vector<std::string> out;
  for (;;) {
    if (passes && scanner.pass(out.size() % 3, cells, row)) {
      out.push_back(text.substr(row.begin, row.end - row.begin) + std::to_string(row.breaks));
      continue;
    }
    switch (scanner.scan(cells, row)) {
      case CsvScanner::Scan::row:
        out.push_back(text.substr(row.begin, row.end - row.begin) + std::to_string(row.breaks));
        break;
      case CsvScanner::Scan::blank:
        out.emplace_back("blank");
        break;
      case CsvScanner::Scan::need_more:
        window.end = std::min(window.end + step, text.size());
        window.last = window.end == text.size();
        scanner.restart(window, scanner.position());
        break;
      case CsvScanner::Scan::open_quote:
      case CsvScanner::Scan::end:
        return out;
    }
  }
}

TEST(CsvPass, WhereAWindowEndsChangesNothing) {
  std::mt19937 random(5);
  for (int round = 0; round < 6'000; ++round) {
    const std::string text = random_text(random, 30);
    const auto wanted = ends_of_rows(text, 1000, false);
    for (const std::size_t step : {1, 3, 1000}) {
      auto passed = ends_of_rows(text, step, true);
      ASSERT_GE(passed.size(), wanted.size()) << testing::PrintToString(text);
      passed.resize(wanted.size());  // behind a quote that does not pair up
      ASSERT_EQ(passed, wanted) << testing::PrintToString(text) << " by " << step;
    }
  }
}

}  // namespace
}  // namespace referrald::mapping
