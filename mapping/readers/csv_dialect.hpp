// How a CSV is written, found by looking at its start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mapping/readers/csv_scanner.hpp"

namespace referrald::mapping {

// By the first line's end: a CR that no LF follows there means an old Macintosh file. Taking its
// CRs for characters would make one long header of it, and no rows.
LineEnd line_end_of(std::string_view start);

// The position behind `lines` line ends from `at` on, as an editor counts them, quotes or not;
// nothing when the text has fewer.
std::optional<std::size_t> skip_lines(std::string_view text, std::size_t at, std::uint64_t lines,
                                      LineEnd line_end);

// Excel's first line `sep=;` (also in quotes), which says the delimiter and is no row.
struct SepLine {
  char delimiter = ',';
  std::size_t size = 0;  // with its line end
};
std::optional<SepLine> sep_line(std::string_view text, LineEnd line_end);

// Whether a byte can stand between cells: no quote, no line end, no part of a longer character.
bool can_delimit(char c);

struct DelimiterChoice {
  char delimiter = ',';
  std::optional<char> rival;  // fits about as well: nobody can say which of the two it is
};

// Which of , ; tab | stands between the cells. The rows are read with each of them: the one that
// finds the most of `wanted` in the header, then the one by which the rows have as many cells as
// the header, then the one with more cells. `window` begins with the header at `at`.
DelimiterChoice choose_delimiter(const CsvWindow& window, std::size_t at, LineEnd line_end,
                                 std::span<const std::string> wanted);

}  // namespace referrald::mapping
