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

// A line of a file whose line ends are LF, read as if CR ended a row as well: files put together
// from parts have line ends of several kinds. A row with a CR inside one of its cells has never
// `columns` cells in both of its parts.
struct RowsEndedByCr {
  enum class Stop {
    line_end,  // an LF or the file's end
    window,    // which ends first
    misfit,    // of a row that has not `columns` cells or a flaw
  };
  std::size_t rows = 0;  // that fit
  std::size_t end = 0;   // behind the line end
  Stop stop = Stop::misfit;

  bool are_the_line() const { return rows > 1 && stop == Stop::line_end; }
};
RowsEndedByCr rows_ended_by_cr(const CsvWindow& window, std::size_t begin, char delimiter,
                               std::size_t columns);

// Whether only the lines of a report's end ("Grand totals", "Copyright") follow in a window that is
// the last one: few, all with fewer cells than the header, one of them with a single cell.
bool is_report_footer(CsvScanner ahead, std::size_t columns);

}  // namespace referrald::mapping
