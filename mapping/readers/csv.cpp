#include "mapping/readers/csv.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "mapping/readers/csv_scanner.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

using Scan = CsvScanner::Scan;
using Kind = ExportError::Kind;

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::size_t kPadding = 64;  // what the scanner may look at behind the window

constexpr std::string_view kSaveAsUtf8 =
    "save the export as \"CSV UTF-8 (comma delimited)\", or from another program as UTF-8";

constexpr std::string_view kClosedTooLate = "is not closed within a row's greatest length, 1 MiB";
static_assert(kMaxRowBytes == 1048576);

// What the file is instead of UTF-8 text, by its first bytes, or nullptr.
const char* not_utf8_text(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("\xFF\xFE\0\0"sv) || start.starts_with("\0\0\xFE\xFF"sv))
    return "UTF-32 text";
  if (start.starts_with("\xFF\xFE"sv) || start.starts_with("\xFE\xFF"sv)) return "UTF-16 text";
  if (start.starts_with("PK\3\4"sv)) return "an Excel workbook or another zip file";
  if (start.starts_with("\xD0\xCF\x11\xE0"sv)) return "an old Excel workbook";
  if (start.starts_with("\x1F\x8B"sv)) return "compressed by gzip";
  return nullptr;
}

RowFault too_long() {
  return {"row-too-long", fmt::format("the row is longer than {} KiB; shorten it, and look for a "
                                      "quote mark that is missing or too many",
                                      kMaxRowBytes >> 10)};
}

// By the first line's end: a CR that no LF follows there means an old Macintosh file. Taking its
// CRs for characters would make one long header of it, and no rows.
LineEnd line_end_of(std::string_view start) {
  bool quoted = false;
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (start[i] == '"') quoted = !quoted;
    if (quoted || (start[i] != '\r' && start[i] != '\n')) continue;
    const std::size_t behind = start.find_first_not_of('\r', i);
    return behind == std::string_view::npos || start[behind] == '\n' ? LineEnd::lf : LineEnd::cr;
  }
  return LineEnd::lf;
}

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, CsvDialect dialect, CsvOptions options);

  const std::vector<std::string>& header() const override { return header_; }
  bool next(Row& row) override;
  std::uint64_t bytes_read() const override {
    return source_->bytes_read() - (window_.end - scanner_.position());
  }
  std::uint64_t bytes_total() const override { return source_->bytes_total(); }

 private:
  void open(CsvDialect dialect);
  void read_header();
  bool next_row(Row& row);
  void skip_row(Row& row);
  void fill(std::size_t keep);

  std::optional<RowFault> fault(const Row& row) const;
  std::optional<RowFault> flaw(const Row& row) const;
  std::string lines(const Row& row) const;
  std::string place(const Row& row, std::size_t at) const;
  std::string_view bytes() const {
    return {window_.data + found_.begin, found_.end - found_.begin};
  }
  [[noreturn]] void throw_open_quote(std::string_view how) const;
  std::string unpaired() const;
  [[noreturn]] void throw_error(Kind kind, std::string_view what) const {
    throw ExportError(kind, fmt::format("{}: {}", source_->name(), what));
  }

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<char[]> buffer_;
  CsvWindow window_;
  LineEnd line_end_ = LineEnd::lf;
  CsvScanner scanner_;
  CsvRow found_;
  std::uint64_t line_ = 1;  // of the scanner's position
  std::vector<std::string> header_;
  bool short_rows_allowed_ = false;
};

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, CsvDialect dialect, CsvOptions options)
    : source_(std::move(source)),
      buffer_(std::make_unique_for_overwrite<char[]>(kMaxRowBytes + kReadBytes + kPadding)),
      scanner_(dialect, line_end_) {
  window_.data = buffer_.get();
  open(dialect);
  short_rows_allowed_ = options.short_rows_allowed;
  if (options.columns) {
    header_ = std::move(*options.columns);
  } else {
    read_header();
  }
}

void CsvReader::open(CsvDialect dialect) {
  fill(0);
  std::string_view start(window_.data, window_.end);
  if (const char* what = not_utf8_text(start)) {
    throw_error(Kind::unreadable, fmt::format("is {}, which is not read; {}", what, kSaveAsUtf8));
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::size_t begin = start.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  line_end_ = line_end_of(start.substr(begin));
  scanner_ = CsvScanner(dialect, line_end_);
  scanner_.restart(window_, begin);
}

// Keeps the last `keep` bytes and reads on behind them.
void CsvReader::fill(std::size_t keep) {
  std::memmove(buffer_.get(), buffer_.get() + window_.end - keep, keep);
  const std::size_t got = source_->read(buffer_.get() + keep, kReadBytes);
  window_.end = keep + got;
  window_.last = got < kReadBytes;
  std::memset(buffer_.get() + window_.end, ' ', kPadding);
  scanner_.restart(window_, 0);
}

void CsvReader::read_header() {
  Row row;
  if (!next_row(row)) {
    throw_error(Kind::empty, "is empty: not even a header line; export it again");
  }
  if (row.fault && (row.fault->code == "nul-byte" || row.fault->code == "invalid-bytes")) {
    throw_error(Kind::unreadable,
                fmt::format("line {}: the header is no UTF-8 text; {}", row.line, kSaveAsUtf8));
  }
  if (row.fault) {
    throw_error(Kind::damaged,
                fmt::format("line {}, the header: {}", row.line, row.fault->message));
  }
  if (found_.cells > CsvScanner::kMaxCells) {
    throw_error(Kind::damaged,
                fmt::format("line {}: the header has {} columns; at most {} are read", row.line,
                            found_.cells, CsvScanner::kMaxCells));
  }
  header_.reserve(row.cells.size());
  for (const std::string_view name : row.cells) header_.emplace_back(trim(name));
}

bool CsvReader::next(Row& row) {
  if (!next_row(row)) return false;
  if (row.fault || found_.cells == header_.size()) return true;
  if (short_rows_allowed_ && found_.cells < header_.size()) {
    row.cells.resize(header_.size());
  } else {
    row.fault = {
        "cell-count",
        fmt::format("the row has {} cell{}, the header {}{}; compare them (a comma or line "
                    "break inside a cell needs quotes around the cell)",
                    found_.cells, found_.cells == 1 ? "" : "s", header_.size(), lines(row))};
  }
  return true;
}

bool CsvReader::next_row(Row& row) {
  for (;;) {
    switch (scanner_.scan(row.cells, found_)) {
      case Scan::end:
        return false;
      case Scan::blank:
        ++line_;
        break;
      case Scan::open_quote:
        throw_open_quote(found_.never_closed ? "is never closed" : unpaired());
      case Scan::need_more: {
        const std::size_t partial = window_.end - scanner_.position();
        if (partial > kMaxRowBytes) {
          skip_row(row);
          return true;
        }
        fill(partial);
        break;
      }
      case Scan::row:
        if (bytes().size() > kMaxRowBytes && found_.multiline) throw_open_quote(kClosedTooLate);
        row.line = line_;
        row.fault = fault(row);
        scanner_.unescape(row.cells);
        if (bytes().size() > kMaxRowBytes) row.cells.clear();
        line_ += found_.breaks + 1;
        return true;
    }
  }
}

void CsvReader::skip_row(Row& row) {
  row.line = line_;
  row.cells.clear();
  row.fault = too_long();
  scanner_.begin_skip();
  for (;;) {
    const Scan result = scanner_.skip();
    if (result == Scan::open_quote) throw_open_quote(kClosedTooLate);
    if (result == Scan::row) break;
    fill(0);
  }
  ++line_;
}

// What is wrong with the row just scanned, apart from the number of its cells.
std::optional<RowFault> CsvReader::fault(const Row& row) const {
  if (bytes().size() > kMaxRowBytes) return too_long();
  if (found_.may_have_nul) {
    const std::size_t at = bytes().find('\0');
    if (at != std::string_view::npos) {
      return RowFault{"nul-byte", fmt::format("a NUL byte in {}; the file is damaged there, export "
                                              "it again",
                                              place(row, at))};
    }
  }
  if (found_.may_have_non_ascii) {
    const std::size_t at = first_invalid_utf8(bytes());
    if (at != std::string_view::npos) {
      return RowFault{"invalid-bytes", fmt::format("bytes that are not UTF-8 in {}; {}",
                                                   place(row, at), kSaveAsUtf8)};
    }
  }
  return flaw(row);
}

std::optional<RowFault> CsvReader::flaw(const Row& row) const {
  const char* what = nullptr;
  switch (found_.flaw) {
    case CsvFlaw::none:
      return std::nullopt;
    case CsvFlaw::text_after_quote:
      what = "has text behind its closing quote mark";
      break;
    case CsvFlaw::stray_quote:
      what = "has a quote mark at one end only, or blanks before it";
      break;
    case CsvFlaw::bare_cr:
      return RowFault{"bad-line-break",
                      fmt::format("cell {} holds a carriage return outside quote marks{}; a line "
                                  "break inside a cell needs quotes around the cell",
                                  found_.flawed_cell, lines(row))};
  }
  return RowFault{"bad-quoting",
                  fmt::format("cell {} {}; put the whole cell in quotes and double the quotes "
                              "inside it",
                              found_.flawed_cell, what)};
}

// Where in the row the byte at `at` stands.
std::string CsvReader::place(const Row& row, std::size_t at) const {
  const char* const here = bytes().data() + at;
  const auto cell = std::find_if(row.cells.begin(), row.cells.end(), [&](std::string_view text) {
    return here <= text.data() + text.size();
  });
  std::uint64_t line = row.line;
  const char* line_begin = bytes().data();
  for (const char* c = line_begin; c != here; ++c) {
    const bool cr_ends = *c == '\r' && line_end_ == LineEnd::cr && c[1] != '\n';
    if (*c != '\n' && !cr_ends) continue;
    ++line;
    line_begin = c + 1;
  }
  return fmt::format("cell {} (line {}, byte {})", cell - row.cells.begin() + 1, line,
                     here - line_begin + 1);
}

// ", lines 3 to 5" for a row that spans several.
std::string CsvReader::lines(const Row& row) const {
  if (found_.breaks == 0) return {};
  return fmt::format(", lines {} to {}", row.line, row.line + found_.breaks);
}

void CsvReader::throw_open_quote(std::string_view how) const {
  throw_error(Kind::damaged,
              fmt::format("line {}: the quote mark that opens a cell here {}, so the file is not "
                          "read from this row on; mend the row, or export the file again (was it "
                          "cut short?)",
                          line_ + found_.opened_after, how));
}

std::string CsvReader::unpaired() const {
  return fmt::format("is closed in the wrong place: the quotes do not pair up in cell {}, line {}",
                     found_.flawed_cell, line_ + found_.breaks);
}

}  // namespace

std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, const ExportFormat& format,
                                    std::span<const std::string> /*wanted*/, CsvOptions options) {
  const CsvDialect dialect{format.delimiter.value_or(',')};
  return std::make_unique<CsvReader>(std::move(source), dialect, std::move(options));
}

}  // namespace referrald::mapping
