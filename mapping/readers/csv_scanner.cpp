#include "mapping/readers/csv_scanner.hpp"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace referrald::mapping {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct BlockMarks {
  std::uint64_t marks = 0;
  bool nul = false;
  bool non_ascii = false;
};

#ifdef __SSE2__

BlockMarks mark_block(const char* block, char delimiter) {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i comma = _mm_set1_epi8(delimiter);
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  BlockMarks found;
  __m128i least = _mm_set1_epi8(-1);
  __m128i all = _mm_setzero_si128();
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i marked =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, comma)),
                     _mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr)));
    const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(marked));
    found.marks |= static_cast<std::uint64_t>(bits) << (16 * i);
    least = _mm_min_epu8(least, bytes);
    all = _mm_or_si128(all, bytes);
  }
  found.nul = _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128())) != 0;
  found.non_ascii = _mm_movemask_epi8(all) != 0;
  return found;
}

#else

BlockMarks mark_block(const char* block, char delimiter) {
  BlockMarks found;
  for (unsigned i = 0; i < 64; ++i) {
    const char c = block[i];
    const bool marked = c == '"' || c == delimiter || c == '\n' || c == '\r';
    found.marks |= static_cast<std::uint64_t>(marked) << i;
    found.nul |= c == '\0';
    found.non_ascii |= static_cast<unsigned char>(c) >= 0x80;
  }
  return found;
}

#endif

// An unquoted cell that begins or ends with a quote: half of a quoted cell, most likely. Quotes
// elsewhere are inches and the like.
bool has_stray_quote(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of(" \t");
  const std::size_t last = cell.find_last_not_of(" \t");
  return first != kNone && (cell[first] == '"' || cell[last] == '"');
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == kNone;
}

bool is_bad_quoting(CsvFlaw flaw) {
  return flaw == CsvFlaw::text_after_quote || flaw == CsvFlaw::stray_quote;
}

void set_flaw(CsvRow& row, CsvFlaw flaw) {
  if (is_bad_quoting(row.flaw) || row.flaw == flaw) return;
  if (row.flaw != CsvFlaw::none && !is_bad_quoting(flaw)) return;
  row.flaw = flaw;
  row.flawed_cell = row.cells;
}

}  // namespace

void MarkedBytes::restart(const char* data, std::size_t at, std::size_t end) {
  data_ = data;
  base_ = at;
  end_ = end;
  load();
}

void MarkedBytes::load() {
  const BlockMarks found = mark_block(data_ + base_, delimiter_);
  marks_ = found.marks;
  const std::size_t left = end_ - base_;
  if (left < kBlock) marks_ &= (std::uint64_t{1} << left) - 1;
  block_nul_ = found.nul;
  block_non_ascii_ = found.non_ascii;
  nul_ |= block_nul_;
  non_ascii_ |= block_non_ascii_;
}

void CsvScanner::restart(const CsvWindow& window, std::size_t at) {
  window_ = window;
  at_ = at;
  passing_ = false;
  marks_.restart(window.data, at, window.end);
}

// Breaks are counted as an editor shows lines: CR LF is one.
bool CsvScanner::is_break(char c, char before) const {
  if (line_end_ == LineEnd::lf) return c == '\n';
  return c == '\r' || (c == '\n' && before != '\r');
}

CsvScanner::Scan CsvScanner::scan(std::vector<std::string_view>& cells, CsvRow& row) {
  cells.clear();
  escaped_.clear();
  row = CsvRow{};
  if (passing_) restart(window_, at_);
  if (after_cr_ && at_ < window_.end) {
    after_cr_ = false;
    if (window_.data[at_] == '\n') {
      marks_.next();
      ++at_;
    }
  }
  if (at_ == window_.end) return window_.last ? Scan::end : Scan::need_more;

  row.begin = at_;
  // A copy, so that the compiler may keep it in registers; writing characters could alias a member.
  MarkedBytes marks = marks_;
  marks.forget();
  const Scan result = scan_cells(cells, row, marks);
  if (result != Scan::row && result != Scan::blank) return result;

  row.may_have_nul = marks.may_have_nul();
  row.may_have_non_ascii = marks.may_have_non_ascii();
  marks_ = marks;
  return result;
}

// The position of the quote that ends the cell which the next mark opens; npos when the window ends
// first.
std::size_t CsvScanner::closing_quote(CsvRow& row, MarkedBytes& marks, bool& doubled) const {
  const char* const data = window_.data;
  const std::uint64_t breaks_before = row.breaks;
  marks.next();
  for (;;) {
    const std::size_t at = marks.next();
    if (at == kNone) {
      row.opened_after = breaks_before;
      row.never_closed = window_.last;
      return kNone;
    }
    if (data[at] != '"') {
      if (!is_break(data[at], data[at - 1])) continue;
      ++row.breaks;
      if (!row.multiline) row.opened_after = breaks_before;
      row.multiline = true;
      continue;
    }
    if (at + 1 == window_.end) return window_.last ? at : kNone;
    if (data[at + 1] != '"') return at;
    marks.next();
    doubled = true;
  }
}

// The end of the cell outside quotes that the marks stand in.
CsvScanner::CellEnd CsvScanner::end_of_cell(MarkedBytes& marks) const {
  CellEnd found;
  for (;;) {
    found.at = marks.next();
    if (found.at == kNone) return {window_.end, true, false, found.quote_seen, found.cr_seen};
    const char c = window_.data[found.at];
    if (c == dialect_.delimiter) return found;
    if (ends_line(c)) {
      found.row_ends = true;
      return found;
    }
    (c == '"' ? found.quote_seen : found.cr_seen) = true;
  }
}

CsvScanner::Scan CsvScanner::scan_cells(std::vector<std::string_view>& cells, CsvRow& row,
                                        MarkedBytes& marks, std::size_t most) {
  const char* const data = window_.data;
  for (std::size_t begin = row.begin;;) {
    const bool quoted = begin < window_.end && data[begin] == '"';
    bool doubled = false;
    std::size_t plain = begin;  // where the cell's part outside quotes begins
    if (quoted) {
      const std::size_t close = closing_quote(row, marks, doubled);
      if (close == kNone) return window_.last ? Scan::open_quote : Scan::need_more;
      plain = close + 1;
    }

    const CellEnd stop = end_of_cell(marks);
    if (stop.row_ends && !stop.marked && !window_.last) return Scan::need_more;
    std::size_t end = stop.at;
    if (stop.row_ends) {
      while (end > plain && data[end - 1] == '\r') --end;
    }
    std::string_view cell(data + begin, end - begin);
    ++row.cells;
    if (quoted && is_blank(cell.substr(plain - begin))) {
      cell = cell.substr(1, plain - begin - 2);
      if (doubled && cells.size() < kMaxCells) escaped_.push_back(cells.size());
    } else if (quoted) {
      set_flaw(row, CsvFlaw::text_after_quote);
    } else if (stop.quote_seen && has_stray_quote(cell)) {
      set_flaw(row, CsvFlaw::stray_quote);
    }
    if (stop.cr_seen && std::memchr(data + plain, '\r', end - plain) != nullptr) {
      set_flaw(row, CsvFlaw::bare_cr);
      row.bare_cr = true;
    }
    if (cells.size() < kMaxCells) cells.push_back(cell);
    if (is_bad_quoting(row.flaw) && row.multiline) return Scan::open_quote;
    if (row.cells == most) return Scan::row;

    if (stop.row_ends) {
      row.end = end;
      at_ = stop.at + (stop.marked ? 1 : 0);
      after_cr_ = line_end_ == LineEnd::cr && stop.marked && data[stop.at] == '\r';
      return row.cells == 1 && row.begin == end ? Scan::blank : Scan::row;
    }
    begin = stop.at + 1;
  }
}

bool CsvScanner::pass(std::size_t most, std::vector<std::string_view>& cells, CsvRow& row) {
  if (line_end_ == LineEnd::cr) return false;  // old files, not worth the pains
  cells.clear();
  escaped_.clear();
  row = CsvRow{};
  row.begin = at_;
  if (!passing_) ends_.restart(window_.data, at_, window_.end);
  MarkedBytes ends = ends_;
  passing_ = pass_row(row, ends);
  if (!passing_) {
    restart(window_, at_);
    return false;
  }
  ends_ = ends;
  if (most > 0) {
    CsvRow first;
    first.begin = row.begin;
    marks_.restart(window_.data, row.begin, window_.end);
    if (scan_cells(cells, first, marks_, most) != Scan::row) {
      restart(window_, row.begin);
      return false;
    }
  }
  at_ = row.end;
  while (window_.data[at_] != '\n') ++at_;
  ++at_;
  return true;
}

// A quote opens a cell at its begin alone, as in scan_cells(). False: the row does not end in the
// window, is blank, has a CR that may be a line's end, or several lines and quotes that may not
// pair up.
bool CsvScanner::pass_row(CsvRow& row, MarkedBytes& ends) const {
  const char* const data = window_.data;
  bool quoted = false;
  bool odd_quotes = false;
  for (;;) {
    const std::size_t at = ends.next();
    if (at == kNone) return false;
    const char c = data[at];
    if (c == '"') {
      const char after = at + 1 < window_.end ? data[at + 1] : '\n';
      if (!quoted) {
        quoted = at == row.begin || data[at - 1] == dialect_.delimiter;
        odd_quotes = odd_quotes || !quoted;
      } else if (after == '"') {
        ends.next();
      } else {
        quoted = false;
        odd_quotes = odd_quotes || (after != dialect_.delimiter && after != '\n' && after != '\r');
      }
    } else if (quoted) {
      row.breaks += c == '\n' ? 1U : 0U;
    } else if (c == '\n') {
      row.end = at;
      while (row.end > row.begin && data[row.end - 1] == '\r') --row.end;
      return row.end > row.begin && (!odd_quotes || row.breaks == 0);
    } else if (at + 1 < window_.end && data[at + 1] != '\n' && data[at + 1] != '\r') {
      return false;
    }
  }
}

void CsvScanner::unescape(std::vector<std::string_view>& cells) {
  if (escaped_.empty()) return;
  std::size_t size = 0;
  for (const std::size_t index : escaped_) size += cells[index].size();
  if (unescaped_.size() < size) unescaped_.resize(size);
  char* out = unescaped_.data();
  for (const std::size_t index : escaped_) {
    std::string_view rest = cells[index];
    const char* const begin = out;
    while (!rest.empty()) {
      // Up to and with the first quote of the pair; the second one is left out.
      const std::size_t quote = rest.find('"');
      const std::size_t part = quote == kNone ? rest.size() : quote + 1;
      out = std::copy_n(rest.data(), part, out);
      rest.remove_prefix(std::min(rest.size(), part + 1));
    }
    cells[index] = {begin, static_cast<std::size_t>(out - begin)};
  }
}

void CsvScanner::begin_skip() {
  within_ = Within::cell_start;
}

CsvScanner::Scan CsvScanner::skip() {
  while (at_ < window_.end) {
    const char c = window_.data[at_++];
    if (within_ == Within::quotes) {
      if (c == '\n' || ends_line(c)) return Scan::open_quote;
      if (c == '"') within_ = Within::quote_in_quotes;
    } else if (c == '"' && within_ != Within::plain) {
      within_ = Within::quotes;
    } else if (ends_line(c)) {
      after_cr_ = c == '\r';
      marks_.restart(window_.data, at_, window_.end);
      return Scan::row;
    } else {
      within_ = c == dialect_.delimiter ? Within::cell_start : Within::plain;
    }
  }
  if (!window_.last) return Scan::need_more;
  return within_ == Within::quotes ? Scan::open_quote : Scan::row;
}

}  // namespace referrald::mapping
