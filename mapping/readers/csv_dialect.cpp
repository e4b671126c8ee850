#include "mapping/readers/csv_dialect.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_set>
#include <vector>

#include <re2/re2.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using Scan = CsvScanner::Scan;

constexpr std::array kDelimiters = {',', ';', '\t', '|'};
constexpr std::size_t kRowsToLookAt = 100;

// What a delimiter makes of the first rows.
struct Attempt {
  char delimiter = ',';
  std::size_t wanted = 0;  // columns found
  std::size_t cells = 0;   // of the header
  std::size_t rows = 0;
  std::size_t fitting = 0;  // rows with as many cells

  // All rows fit, most do, or not even that. A header of one cell fits any row without the
  // delimiter, which says nothing.
  int fit() const {
    if (cells < 2) return 0;
    return fitting == rows ? 3 : 2 * fitting >= rows ? 2 : 1;
  }
  auto rank() const { return std::tuple(wanted, fit(), cells); }
};

std::string undoubled(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    out += cell[i];
    if (cell[i] == '"' && i + 1 < cell.size() && cell[i + 1] == '"') ++i;
  }
  return out;
}

// A mapping may say NAME#2 for the second column of that name.
std::string_view without_number(std::string_view name) {
  const std::size_t at = name.find_last_not_of("0123456789");
  const bool numbered = at != std::string_view::npos && name[at] == '#' && at + 1 < name.size();
  return numbered ? name.substr(0, at) : name;
}

std::size_t count_wanted(const std::vector<std::string_view>& cells,
                         std::span<const std::string> wanted) {
  std::unordered_set<std::string> header;
  for (const std::string_view cell : cells) header.insert(undoubled(trim(cell)));
  return static_cast<std::size_t>(
      std::count_if(wanted.begin(), wanted.end(), [&](const std::string& name) {
        const std::string bare(without_number(name));
        return header.contains(name) || (!bare.empty() && header.contains(bare));
      }));
}

Attempt attempt(char delimiter, const CsvWindow& window, std::size_t at, LineEnd line_end,
                std::span<const std::string> wanted) {
  Attempt result{.delimiter = delimiter};
  CsvScanner scanner({delimiter}, line_end);
  scanner.restart(window, at);
  std::vector<std::string_view> cells;
  CsvRow row;
  while (result.rows < kRowsToLookAt) {
    const Scan scan = scanner.scan(cells, row);
    if (scan == Scan::blank) continue;
    if (scan == Scan::open_quote) {
      if (result.cells == 0) result.cells = row.cells + 1;
      ++result.rows;
    }
    if (scan != Scan::row) break;
    if (result.cells == 0) {
      result.cells = row.cells;
      result.wanted = count_wanted(cells, wanted);
      continue;
    }
    ++result.rows;
    const bool fits = row.cells == result.cells && row.flaw == CsvFlaw::none;
    if (fits || (row.bare_cr && line_end == LineEnd::lf &&
                 rows_ended_by_cr(window, row.begin, delimiter, result.cells).are_the_line()))
      ++result.fitting;
  }
  return result;
}

std::size_t line_size(std::string_view text, LineEnd line_end) {
  const std::size_t end = text.find_first_of(line_end == LineEnd::cr ? "\r\n" : "\n");
  return end == std::string_view::npos ? text.size() : end;
}

std::optional<std::size_t> end_of_line(std::string_view text, std::size_t at, bool quotes) {
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (quotes && text[at] == '"') quoted = !quoted;
    if (!quoted && (text[at] == '\r' || text[at] == '\n')) return at;
  }
  return std::nullopt;
}

// A sentence or a name of several words alone in its line, or a line of totals. A record that is
// cut short begins with an id.
bool is_of_footer(std::string_view first, bool alone) {
  static const re2::RE2 totals("(?i)\"?(?:grand |sub)?total.*|\"?gesamt.*|\"?summe.*");
  return alone ? first.find(' ') != std::string_view::npos
               : re2::RE2::FullMatch({first.data(), first.size()}, totals);
}

}  // namespace

LineEnd line_end_of(std::string_view start) {
  auto at = end_of_line(start, 0, true);
  // An odd quote in a title or an inch sign: the quotes tell nothing.
  if (!at) at = end_of_line(start, 0, false);
  if (!at) return LineEnd::lf;
  const std::size_t behind = start.find_first_not_of('\r', *at);
  return behind == std::string_view::npos || start[behind] == '\n' ? LineEnd::lf : LineEnd::cr;
}

std::optional<std::size_t> skip_lines(std::string_view text, std::size_t at, std::uint64_t lines,
                                      LineEnd line_end) {
  for (; lines > 0; --lines) {
    at += line_size(text.substr(at), line_end);
    if (at == text.size()) return std::nullopt;
    if (text[at] == '\r' && text.substr(at).starts_with("\r\n")) ++at;
    ++at;
  }
  return at;
}

std::optional<SepLine> sep_line(std::string_view text, LineEnd line_end) {
  const std::size_t size = line_size(text, line_end);
  std::string_view line = text.substr(0, size);
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  const bool quoted = line.size() >= 2 && line.front() == '"' && line.back() == '"';
  if (quoted) line = line.substr(1, line.size() - 2);
  // A program that counts columns has filled the line up.
  while (line.size() > 5 && line.back() == line[4]) line.remove_suffix(1);
  if (line.size() != 5 || !can_delimit(line[4])) return std::nullopt;
  constexpr std::string_view kSep = "sep=";
  for (std::size_t i = 0; i < kSep.size(); ++i) {
    const char c = line[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != kSep[i]) return std::nullopt;
  }
  return SepLine{line[4], skip_lines(text, 0, 1, line_end).value_or(text.size())};
}

bool can_delimit(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte != 0 && byte < 0x80 && c != '"' && c != '\n' && c != '\r';
}

DelimiterChoice choose_delimiter(const CsvWindow& window, std::size_t at, LineEnd line_end,
                                 std::span<const std::string> wanted) {
  std::vector<Attempt> attempts;
  attempts.reserve(kDelimiters.size());
  for (const char delimiter : kDelimiters) {
    attempts.push_back(attempt(delimiter, window, at, line_end, wanted));
  }
  // The first of the best ones; of headers with one cell it does not matter which.
  const auto best =
      std::max_element(attempts.begin(), attempts.end(),
                       [](const Attempt& a, const Attempt& b) { return a.rank() < b.rank(); });
  // As good, or: most rows fit in more columns, and a few damaged ones must not tip the scales.
  const auto rival = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& other) {
    if (&other == &*best || other.wanted != best->wanted || other.cells < 2) return false;
    return other.rank() == best->rank() || (other.fit() >= 2 && other.cells > best->cells);
  });
  DelimiterChoice choice{best->delimiter, std::nullopt};
  if (rival != attempts.end()) choice.rival = rival->delimiter;
  return choice;
}

RowsEndedByCr rows_ended_by_cr(const CsvWindow& window, std::size_t begin, char delimiter,
                               std::size_t columns) {
  RowsEndedByCr found;
  if (columns < 2) return found;
  CsvScanner scanner({delimiter}, LineEnd::cr);
  scanner.restart(window, begin);
  std::vector<std::string_view> cells;
  CsvRow row;
  for (;;) {
    const Scan scan = scanner.scan(cells, row);
    found.end = scanner.position();
    if (scan == Scan::need_more) found.stop = RowsEndedByCr::Stop::window;
    if (scan == Scan::end) found.stop = RowsEndedByCr::Stop::line_end;
    if (scan != Scan::row && scan != Scan::blank) return found;
    if (scan == Scan::row) {
      if (row.cells != columns || row.flaw != CsvFlaw::none) return found;
      ++found.rows;
    }
    const bool at_lf = found.end < window.end && window.data[found.end] == '\n';
    if (window.data[found.end - 1] == '\r' && at_lf) ++found.end;
    if (window.data[found.end - 1] != '\n') continue;
    found.stop = RowsEndedByCr::Stop::line_end;
    return found;
  }
}

bool is_report_footer(CsvScanner ahead, std::size_t columns) {
  constexpr int most_lines = 20;
  if (columns < 3) return false;
  CsvRow row;
  std::vector<std::string_view> cells;
  bool single = false;
  int lines = 0;
  for (; lines <= most_lines; ++lines) {
    Scan found = ahead.scan(cells, row);
    while (found == Scan::blank) found = ahead.scan(cells, row);
    if (found == Scan::end) break;
    if (found != Scan::row || row.cells >= columns) return false;
    if (!is_of_footer(cells.front(), row.cells == 1)) return false;
    single = single || row.cells == 1;
  }
  return single && lines >= 2 && lines <= most_lines;
}

}  // namespace referrald::mapping
