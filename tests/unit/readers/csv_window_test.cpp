// Rows that lie across the reader's windows, compared with a reader that is too plain to be wrong.
#include <random>

#include <gmock/gmock.h>

#include "mapping/readers/csv_scanner.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

std::string quoted(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

class RandomCsv {
 public:
  explicit RandomCsv(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  std::string cell() {
    static const std::vector<std::string> kParts = {
        "a", "Contoso",          ",",         "\"", "\n", "\r", "\r\n", "\"\"", "\xC3\xBC",
        " ", "\xF0\x9F\x98\x80", "0123456789"};
    std::string out;
    const std::size_t parts = below(40) == 0 ? below(3000) : below(9);
    for (std::size_t i = 0; i < parts; ++i) out += kParts[below(kParts.size())];
    return out;
  }

  // As a correct writer writes it: quoted where it must be, and sometimes where it need not.
  std::string written(const std::string& cell) {
    const bool must = cell.find_first_of(",\"\r\n") != std::string::npos;
    return must || below(4) == 0 ? quoted(cell) : cell;
  }

 private:
  std::mt19937 random_;
};

struct Sample {
  std::string text;
  std::vector<Cells> rows;
  std::vector<std::uint64_t> lines;
};

Sample sample(unsigned seed, std::size_t rows) {
  RandomCsv random(seed);
  Sample out{"h1,h2,h3\r\n", {}, {}};
  std::uint64_t line = 2;
  for (std::size_t i = 0; i < rows; ++i) {
    Cells cells = {random.cell(), random.cell(), random.cell()};
    std::string text;
    for (const std::string& cell : cells) {
      if (&cell != &cells.front()) text += ',';
      text += random.written(cell);
    }
    out.rows.push_back(std::move(cells));
    out.lines.push_back(line);
    line += 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    out.text += text + (random.below(2) == 0 ? "\n" : "\r\n");
  }
  return out;
}

TEST(CsvWindow, RandomCellsComeBackAsTheyWere) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const Sample wanted = sample(seed, 6000);
    ASSERT_GT(wanted.text.size(), std::size_t{600000}) << "must span several windows";
    const ReadExport read = read_text(wanted.text);
    ASSERT_FALSE(read.error) << "seed " << seed << ": " << read.message;
    ASSERT_EQ(read.rows.size(), wanted.rows.size()) << "seed " << seed;
    for (std::size_t i = 0; i < wanted.rows.size(); ++i) {
      ASSERT_EQ(read.rows[i].fault, "") << "seed " << seed << " row " << i;
      ASSERT_EQ(read.rows[i].cells, wanted.rows[i]) << "seed " << seed << " row " << i;
      ASSERT_EQ(read.rows[i].line, wanted.lines[i]) << "seed " << seed << " row " << i;
    }
  }
}

// What the scanner says of a text that it sees in windows growing byte by byte.
std::string scanned(const std::string& text, LineEnd line_end, std::size_t step) {
  std::string buffer = text + std::string(64, '\0');
  CsvScanner scanner({}, line_end);
  CsvWindow window{buffer.data(), std::min(step, text.size()), step >= text.size()};
  scanner.restart(window, 0);
  std::vector<std::string_view> cells;
  CsvRow row;
  std::string out;
  for (;;) {
    const CsvScanner::Scan result = scanner.scan(cells, row);
    if (result == CsvScanner::Scan::need_more) {
      window.end = std::min(window.end + step, text.size());
      window.last = window.end == text.size();
      scanner.restart(window, scanner.position());
      continue;
    }
    if (result == CsvScanner::Scan::end) return out;
    if (result == CsvScanner::Scan::open_quote) {
      return out + "open after " + std::to_string(row.opened_after);
    }
    scanner.unescape(cells);
    out += std::to_string(static_cast<int>(row.flaw)) + ":" + std::to_string(row.breaks);
    for (const std::string_view cell : cells) (out += '[') += std::string(cell) + ']';
    out += '\n';
  }
}

TEST(CsvWindow, WhereAWindowEndsChangesNothing) {
  const std::vector<std::string> kParts = {"a", ",", "\"", "\n", "\r", "\r\n", "\"\"", " ", "xyz"};
  std::mt19937 random(7);
  for (int round = 0; round < 6000; ++round) {
    std::string text;
    const auto size = random() % 30;
    for (unsigned i = 0; i < size; ++i) text += kParts[random() % kParts.size()];
    for (const LineEnd line_end : {LineEnd::lf, LineEnd::cr}) {
      const std::string whole = scanned(text, line_end, 1000);
      ASSERT_EQ(scanned(text, line_end, 1), whole) << testing::PrintToString(text);
      ASSERT_EQ(scanned(text, line_end, 3), whole) << testing::PrintToString(text);
    }
  }
}

TEST(CsvWindow, AnyDelimiterIsScannedFor) {
  std::string text = "a;b,c\n\"1;2\";3\n" + std::string(64, ' ');
  CsvScanner scanner({';'}, LineEnd::lf);
  scanner.restart({text.data(), text.size() - 64, true}, 0);
  std::vector<std::string_view> cells;
  CsvRow row;
  ASSERT_EQ(scanner.scan(cells, row), CsvScanner::Scan::row);
  EXPECT_THAT(cells, testing::ElementsAre("a", "b,c"));
  ASSERT_EQ(scanner.scan(cells, row), CsvScanner::Scan::row);
  EXPECT_THAT(cells, testing::ElementsAre("1;2", "3"));
}

}  // namespace
}  // namespace referrald::mapping
