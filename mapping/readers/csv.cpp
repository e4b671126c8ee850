#include "mapping/readers/csv.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "mapping/readers/csv_dialect.hpp"
#include "mapping/readers/csv_scanner.hpp"
#include "mapping/readers/damaged_input.hpp"
#include "mapping/readers/decoding_source.hpp"
#include "mapping/readers/header_again.hpp"
#include "mapping/readers/text_encoding.hpp"
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

// What the file is instead of text, by its first bytes, or nullptr.
const char* no_text(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("PK\3\4"sv)) return "an Excel workbook or another zip file";
  if (start.starts_with("\xD0\xCF\x11\xE0"sv))
    return "an Excel workbook, an old or an encrypted one";
  if (start.starts_with("\x1F\x8B"sv)) return "compressed by gzip";
  return nullptr;
}

RowFault too_long() {
  return {"row-too-long", fmt::format("the row is longer than {} KiB; shorten it, and look for a "
                                      "quote mark that is missing or too many",
                                      kMaxRowBytes >> 10)};
}

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, std::string encoding, const ExportFormat& format,
            std::span<const std::string> wanted, CsvOptions options);

  const std::vector<std::string>& header() const override { return header_; }
  ExportFormat found_format() const override { return found_format_; }
  std::string header_place() const override { return header_place_; }
  bool next(Row& row) override;
  bool pass(Row& row, std::size_t cells) override;
  std::vector<std::string> remarks() const override;
  std::uint64_t bytes_read() const override;
  std::uint64_t bytes_total() const override { return source_->bytes_total(); }

 private:
  char find_delimiter(std::size_t begin, std::span<const std::string> wanted) const;
  void open(const ExportFormat& format, std::span<const std::string> wanted, bool has_header);
  std::size_t find_header(std::string_view text, std::size_t at, std::uint64_t line,
                          bool after_sep_line);
  void read_header(std::optional<std::uint64_t> line);
  bool next_row(Row& row);
  void skip_row(Row& row);
  bool splits_at_cr();
  bool goes_on_with_cr();
  bool at_footer();
  void fill(std::size_t keep, std::size_t most = kReadBytes);

  std::optional<RowFault> fault(const Row& row) const;
  std::optional<RowFault> flaw(const Row& row) const;
  std::string lines(const Row& row) const;
  std::string place(const Row& row, std::size_t at) const;
  std::string remedy() const;
  std::string_view bytes() const {
    return {window_.data + found_.begin, found_.end - found_.begin};
  }
  std::size_t partial() const { return window_.end - scanner_.position(); }
  [[noreturn]] void throw_open_quote(std::string_view how) const;
  std::string unpaired() const;
  [[noreturn]] void throw_error(Kind kind, std::string_view what) const {
    throw ExportError(kind, fmt::format("{}: {}", source_->name(), what));
  }

  std::unique_ptr<ByteSource> source_;
  std::string encoding_;
  bool decoded_;                 // the window holds UTF-8, the file does not
  std::uint64_t delivered_ = 0;  // by the source
  std::string damage_;           // of the source, behind the window
  std::unique_ptr<char[]> buffer_;
  CsvWindow window_;
  LineEnd line_end_ = LineEnd::lf;
  CsvScanner scanner_;
  std::optional<CsvScanner> pieces_;  // of a line of an LF file that is several, ended by CR
  CsvRow found_;
  std::uint64_t line_ = 1;  // of the scanner's position
  std::vector<std::string> header_;
  HeaderAgain header_again_;  // expects nothing where the file has no header
  bool short_rows_allowed_ = false;
  ExportFormat found_format_;
  std::uint64_t footer_ = 0;  // its first line; 0: none was met
  std::string header_place_;
};

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string encoding,
                     const ExportFormat& format, std::span<const std::string> wanted,
                     CsvOptions options)
    : source_(std::move(source)),
      encoding_(std::move(encoding)),
      decoded_(encoding_ != "UTF-8"),
      buffer_(std::make_unique_for_overwrite<char[]>(kMaxRowBytes + kReadBytes + kPadding)),
      scanner_({}, line_end_),
      short_rows_allowed_(options.short_rows_allowed) {
  window_.data = buffer_.get();
  open(format, wanted, !options.columns);
  if (options.columns) {
    header_ = std::move(*options.columns);
  } else {
    read_header(format.header);
    header_again_.expect(header_);
  }
}

// Of a compressed or encoded file as much as corresponds to what was taken of its content.
std::uint64_t CsvReader::bytes_read() const {
  const std::uint64_t left = window_.end - scanner_.position();
  const std::uint64_t from_file = source_->bytes_read();
  if (left == 0 || from_file == delivered_) return from_file - left;
  const double share = static_cast<double>(delivered_ - left) / static_cast<double>(delivered_);
  return static_cast<std::uint64_t>(static_cast<double>(from_file) * share);
}

void CsvReader::open(const ExportFormat& format, std::span<const std::string> wanted,
                     bool has_header) {
  // The whole buffer, so that what is decided here is decided by more than one row.
  fill(0, kMaxRowBytes + kReadBytes);
  const std::string_view start(window_.data, window_.end);
  if (const char* what = no_text(start)) {
    throw_error(Kind::unreadable, fmt::format("is {}, no CSV; {}", what, kSaveAsUtf8));
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::size_t begin = start.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  line_end_ = line_end_of(start.substr(begin));
  std::optional<char> delimiter = format.delimiter;
  const auto sep = sep_line(start.substr(begin), line_end_);
  if (sep) {
    if (!delimiter) delimiter = sep->delimiter;
    begin += sep->size;
    ++line_;
  }
  if (has_header && format.header) {
    begin = find_header(start, begin, *format.header, sep.has_value());
  }
  if (!delimiter) {
    delimiter = has_header ? find_delimiter(begin, wanted) : ',';
  } else if (!can_delimit(*delimiter)) {
    throw_error(Kind::format,
                "a quote mark, a line break, a NUL or half a character cannot stand between cells; "
                "write in the mapping: format: { delimiter: auto }");
  }
  scanner_ = CsvScanner({*delimiter}, line_end_);
  scanner_.restart(window_, begin);
  found_format_ = format;
  found_format_.type = ExportType::csv;
  found_format_.encoding = encoding_;
  found_format_.delimiter = delimiter;
}

// Where the line begins that the mapping's format says is the header; line_ becomes its number.
std::size_t CsvReader::find_header(std::string_view text, std::size_t at, std::uint64_t line,
                                   bool after_sep_line) {
  if (line < line_) {
    throw_error(Kind::format,
                after_sep_line ? "line 1 says the delimiter (sep=), and the mapping's format says "
                                 "header: 1; write header: 2, or leave it out"
                               : "the mapping's format says header: 0; lines count from 1");
  }
  const auto found = skip_lines(text, at, line - line_, line_end_);
  if (!found && !window_.last) {
    throw_error(Kind::format, fmt::format("the mapping's format says header: {}, and that line is "
                                          "further down than a header is looked for",
                                          line));
  }
  if (!found) {
    throw_error(
        Kind::format,
        fmt::format("has fewer than {0} lines, and the mapping's format says header: {0}", line));
  }
  line_ = line;
  return *found;
}

char CsvReader::find_delimiter(std::size_t begin, std::span<const std::string> wanted) const {
  const DelimiterChoice choice = choose_delimiter(window_, begin, line_end_, wanted);
  if (!choice.rival) return choice.delimiter;
  const auto named = [](char c) { return c == '\t' ? std::string("\\t") : std::string(1, c); };
  throw_error(Kind::format,
              fmt::format("the first rows fit \"{}\" between their cells as well as \"{}\"; write "
                          "in the mapping which it is: format: {{ delimiter: \"{}\" }}",
                          named(choice.delimiter), named(*choice.rival), named(*choice.rival)));
}

// Keeps the last `keep` bytes and reads on behind them, `most` at the most.
void CsvReader::fill(std::size_t keep, std::size_t most) {
  if (!damage_.empty()) {
    throw_error(
        Kind::damaged,
        fmt::format("line {}: from here on {}; export or copy the file again", line_, damage_));
  }
  std::memmove(buffer_.get(), buffer_.get() + window_.end - keep, keep);
  std::size_t got = 0;
  try {
    got = source_->read(buffer_.get() + keep, most);
    window_.last = got < most;
  } catch (const DamagedInput& damage) {
    got = damage.filled();
    damage_ = damage.damage();
  }
  delivered_ += got;
  window_.end = keep + got;
  std::memset(buffer_.get() + window_.end, ' ', kPadding);
  scanner_.restart(window_, 0);
}

void CsvReader::read_header(std::optional<std::uint64_t> line) {
  Row row;
  if (!next_row(row)) {
    throw_error(Kind::empty, "is empty: not even a header line; export it again");
  }
  if (line && row.line != *line) {
    throw_error(
        Kind::format,
        fmt::format("line {0} is blank, and the mapping's format says header: {0}; the next "
                    "line that is not blank is {1}",
                    *line, row.line));
  }
  if (row.fault && (row.fault->code == "nul-byte" || row.fault->code == "invalid-bytes")) {
    throw_error(Kind::unreadable, fmt::format("line {}: the header is no {} text; {}", row.line,
                                              encoding_, remedy()));
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
  header_place_ = fmt::format("line {}", row.line);
  header_.reserve(row.cells.size());
  for (const std::string_view name : row.cells) header_.emplace_back(trim(name));
}

bool CsvReader::next(Row& row) {
  row.record = {};
  if (!next_row(row)) return false;
  if (row.fault) return true;
  const bool short_row = found_.cells < header_.size();
  const bool ends_file = scanner_.position() == found_.end;  // without a line's end
  if (found_.cells == header_.size()) {
    const auto again = header_again_.look(row.cells);
    if (again == HeaderAgain::Found::other_order)
      throw_error(Kind::damaged,
                  fmt::format("line {}: the columns' names stand here once more and in another "
                              "order, so the file is not read from here on; export the two parts "
                              "as files of their own",
                              row.line));
    if (again == HeaderAgain::Found::same)
      row.fault = {"repeated-header", "the cells are the columns' names" + lines(row)};
  } else if (!short_rows_allowed_ || !short_row || ends_file) {
    row.fault = {
        "cell-count",
        fmt::format("the row has {} cell{}, the header {}{}; compare them ({})", found_.cells,
                    found_.cells == 1 ? "" : "s", header_.size(), lines(row),
                    short_rows_allowed_ && short_row
                        ? "the file ends here without a line end, perhaps it was cut short"
                        : "a delimiter or line break inside a cell needs quotes around the cell")};
  } else {
    row.cells.resize(header_.size());
  }
  return true;
}

bool CsvReader::pass(Row& row, std::size_t cells) {
  // What a row without a line's end may lack hangs on more than its bytes.
  if (pieces_ || short_rows_allowed_ || !scanner_.pass(cells, row.cells, found_)) return next(row);
  const bool may_be_header = !row.cells.empty() && header_again_.may_begin_with(row.cells.front());
  if (may_be_header || bytes().size() > kMaxRowBytes) {
    scanner_.restart(window_, found_.begin);
    return next(row);
  }
  row.line = line_;
  row.fault.reset();
  scanner_.unescape(row.cells);
  row.record = bytes();
  line_ += found_.breaks + 1;
  return true;
}

bool CsvReader::next_row(Row& row) {
  for (;;) {
    CsvScanner& scanner = pieces_ ? *pieces_ : scanner_;
    switch (scanner.scan(row.cells, found_)) {
      case Scan::end:
        if (!pieces_) return false;
        pieces_.reset();
        break;
      case Scan::blank:
        ++line_;
        if (!pieces_ && at_footer()) return false;
        break;
      case Scan::open_quote:
        if (splits_at_cr()) break;
        if (found_.bare_cr && !pieces_ && !window_.last && partial() <= kMaxRowBytes) {
          fill(partial());
          break;
        }
        throw_open_quote(found_.never_closed ? "is never closed" : unpaired());
      case Scan::need_more:
        if (partial() <= kMaxRowBytes) {
          fill(partial());
          break;
        }
        if (goes_on_with_cr()) break;
        skip_row(row);
        return true;
      case Scan::row:
        if (bytes().size() > kMaxRowBytes && found_.multiline) throw_open_quote(kClosedTooLate);
        if (splits_at_cr()) break;
        row.line = line_;
        row.fault = fault(row);
        scanner.unescape(row.cells);
        if (!pieces_) row.record = bytes();
        if (bytes().size() > kMaxRowBytes) row.cells.clear();
        line_ += found_.breaks + 1;
        return true;
    }
  }
}

// Whether the row just scanned is several that end in CR; pieces_ reads them then.
bool CsvReader::splits_at_cr() {
  if (!found_.bare_cr || line_end_ == LineEnd::cr || pieces_) return false;
  const CsvDialect dialect{*found_format_.delimiter};
  const auto rows = rows_ended_by_cr(window_, found_.begin, dialect.delimiter, header_.size());
  if (!rows.are_the_line()) return false;
  pieces_.emplace(dialect, LineEnd::cr);
  pieces_->restart({window_.data, rows.end, true}, found_.begin);
  scanner_.restart(window_, rows.end);
  return true;
}

// Instead of a row that is too long: whether CRs end the rows from here on.
bool CsvReader::goes_on_with_cr() {
  if (line_end_ == LineEnd::cr) return false;
  const CsvDialect dialect{*found_format_.delimiter};
  const std::size_t at = scanner_.position();
  const auto rows = rows_ended_by_cr(window_, at, dialect.delimiter, header_.size());
  if (rows.rows == 0 || rows.stop != RowsEndedByCr::Stop::window) return false;
  line_end_ = LineEnd::cr;
  scanner_ = CsvScanner(dialect, line_end_);
  scanner_.restart(window_, at);
  return true;
}

// Whether only a report's end follows the blank line just read; it is passed then.
bool CsvReader::at_footer() {
  constexpr std::size_t most_bytes = std::size_t{64} << 10;
  if (header_.empty() || short_rows_allowed_) return false;
  if (!window_.last && damage_.empty() && window_.end - scanner_.position() < most_bytes)
    fill(window_.end - scanner_.position());
  if (!window_.last || window_.end - scanner_.position() > most_bytes) return false;
  if (!is_report_footer(scanner_, header_.size())) return false;
  footer_ = line_;
  scanner_.restart(window_, window_.end);
  return true;
}

std::vector<std::string> CsvReader::remarks() const {
  if (footer_ == 0) return {};
  return {fmt::format(
      "what follows the blank line before line {} was taken for the end of a report, not for "
      "records: its lines have fewer cells than the header",
      footer_)};
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
      return RowFault{"invalid-bytes", fmt::format("bytes that are not {} in {}; {}", encoding_,
                                                   place(row, at), remedy())};
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

std::string CsvReader::remedy() const {
  if (!decoded_) {
    return fmt::format(
        "{}; or say in the mapping what it is, most likely format: {{ encoding: "
        "windows-1252 }}",
        kSaveAsUtf8);
  }
  return fmt::format("{}; or write the right encoding in the mapping's format{}", kSaveAsUtf8,
                     encoding_ == "ISO-8859-1" ? ", most likely windows-1252" : "");
}

// Where in the row the byte at `at` stands. What was decoded is counted in characters, since its
// bytes are not those of the file.
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
  const auto begins = [&](char c) { return !decoded_ || (c & '\xC0') != '\x80'; };
  return fmt::format("cell {} (line {}, {} {})", cell - row.cells.begin() + 1, line,
                     decoded_ ? "character" : "byte", std::count_if(line_begin, here, begins) + 1);
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
                                    std::span<const std::string> wanted, CsvOptions options) {
  const std::string start = read_start(*source, kEncodingSample);
  std::string encoding = choose_encoding(start, format.encoding, source->name());
  check_code_page(*source, encoding);
  if (encoding != "UTF-8") source = std::make_unique<DecodingSource>(std::move(source), encoding);
  return std::make_unique<CsvReader>(std::move(source), std::move(encoding), format, wanted,
                                     std::move(options));
}

}  // namespace referrald::mapping
