// Finds rows and cells in a window of CSV text. Knows no file: the reader moves the window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

struct CsvDialect {
  char delimiter = ',';
};

// Positions of the bytes that matter (quote, delimiter, LF, CR), found 64 at a time.
class MarkedBytes {
 public:
  explicit MarkedBytes(char delimiter) : delimiter_(delimiter) {}
  // Marks what lies in [at, end). 64 bytes behind `end` must be readable.
  void restart(const char* data, std::size_t at, std::size_t end);
  // The next marked position, or npos.
  std::size_t next() {
    while (marks_ == 0) {
      if (end_ - base_ <= kBlock) return std::string_view::npos;
      base_ += kBlock;
      load();
    }
    const auto bit = static_cast<std::size_t>(__builtin_ctzll(marks_));
    marks_ &= marks_ - 1;
    return base_ + bit;
  }
  // Whether a NUL or a byte beyond ASCII may have been passed since the last forget(); never false
  // when one was.
  bool may_have_nul() const { return nul_; }
  bool may_have_non_ascii() const { return non_ascii_; }
  void forget() {
    nul_ = block_nul_;
    non_ascii_ = block_non_ascii_;
  }

 private:
  static constexpr std::size_t kBlock = 64;
  void load();

  const char* data_ = nullptr;
  std::size_t base_ = 0;
  std::size_t end_ = 0;
  std::uint64_t marks_ = 0;
  char delimiter_;
  bool block_nul_ = false;
  bool block_non_ascii_ = false;
  bool nul_ = false;
  bool non_ascii_ = false;
};

// The part of the file that is in memory.
struct CsvWindow {
  const char* data = nullptr;
  std::size_t end = 0;
  bool last = false;  // nothing follows in the file
};

// What keeps a row from being read as it stands.
enum class CsvFlaw {
  none,
  text_after_quote,  // "a"b; blanks there do no harm
  stray_quote,       // an unquoted cell that begins (behind blanks) or ends with a quote
  bare_cr,           // a CR outside quotes that is not part of a line's end
};

struct CsvRow {
  std::size_t begin = 0;
  std::size_t end = 0;           // without the line's end
  std::uint64_t breaks = 0;      // line ends inside quotes
  std::size_t cells = 0;         // of all, also beyond kMaxCells
  CsvFlaw flaw = CsvFlaw::none;  // the first one, of quoting before others
  std::size_t flawed_cell = 0;   // its cell, from 1
  bool bare_cr = false;          // has one, whatever the first flaw is
  bool may_have_nul = false;
  bool may_have_non_ascii = false;
  bool multiline = false;          // has breaks
  bool never_closed = false;       // the file ends inside quotes
  std::uint64_t opened_after = 0;  // the breaks before the first cell that has some, or is open
};

// Which byte ends a line. `cr` is for files that know no LF at all outside quotes (old Macintosh):
// CR, LF and CR LF end a line there. In `lf` files a line's end is an LF and the CRs before it.
enum class LineEnd { lf, cr };

class CsvScanner {
 public:
  // More cells than Excel has columns are not shown.
  static constexpr std::size_t kMaxCells = 16384;

  enum class Scan {
    row,
    blank,       // a line with nothing at all
    need_more,   // the row does not end in the window; call restart() with a larger one
    open_quote,  // the file ends inside quotes, or the quotes of a row of several lines do not pair
                 // up: it may well be more than one row
    end,
  };

  CsvScanner(CsvDialect dialect, LineEnd line_end)
      : dialect_(dialect), line_end_(line_end), marks_(dialect.delimiter), ends_('"') {}

  // The window has changed, the next row begins at `at`.
  void restart(const CsvWindow& window, std::size_t at);
  // Reads the row at position(). After `row`, `blank` and `end` the position is behind it;
  // otherwise it stays.
  Scan scan(std::vector<std::string_view>& cells, CsvRow& row);
  // Passes a row, and looks at its first cells alone, at most `most`: of `row` only begin, end and
  // the breaks are told. False: it has to be looked at with scan(), the position is where it was.
  bool pass(std::size_t most, std::vector<std::string_view>& cells, CsvRow& row);
  std::size_t position() const { return at_; }

  // For a row too long for any window, instead of scan(): skips it from position() on, window by
  // window. Answers `need_more` at the window's end, `row` behind the row, and `open_quote` at a
  // line end inside quotes: so long a row of several lines is a quote left open.
  void begin_skip();
  Scan skip();

  // Removes the doubling of quotes from the cells of the row just scanned or passed: they are in
  // the scanner's memory then, until the next call.
  void unescape(std::vector<std::string_view>& cells);

 private:
  struct CellEnd {
    std::size_t at = 0;
    bool row_ends = false;
    bool marked = true;  // false: the window ends here
    bool quote_seen = false;
    bool cr_seen = false;
  };
  enum class Within { cell_start, plain, quotes, quote_in_quotes };

  // Of no more than `most` cells.
  Scan scan_cells(std::vector<std::string_view>& cells, CsvRow& row, MarkedBytes& marks,
                  std::size_t most = std::string_view::npos);
  bool pass_row(CsvRow& row, MarkedBytes& marks) const;
  std::size_t closing_quote(CsvRow& row, MarkedBytes& marks, bool& doubled) const;
  CellEnd end_of_cell(MarkedBytes& marks) const;
  bool ends_line(char c) const { return c == '\n' || (c == '\r' && line_end_ == LineEnd::cr); }
  bool is_break(char c, char before) const;

  CsvDialect dialect_;
  LineEnd line_end_;
  CsvWindow window_;
  std::size_t at_ = 0;
  MarkedBytes marks_;
  MarkedBytes ends_;                    // of pass(): no delimiters
  bool passing_ = false;                // ends_ stands at the position, and not marks_
  bool after_cr_ = false;               // an LF at the position belongs to the line before
  std::vector<std::size_t> escaped_;    // cells with doubled quotes
  std::string unescaped_;               // their text
  Within within_ = Within::cell_start;  // of skip()
};

}  // namespace referrald::mapping
