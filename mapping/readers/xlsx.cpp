#include "mapping/readers/xlsx.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "mapping/readers/header_again.hpp"
#include "mapping/readers/names_of_files.hpp"
#include "mapping/readers/xlsx_labels.hpp"
#include "mapping/readers/xlsx_sheet.hpp"
#include "mapping/readers/xlsx_strings.hpp"
#include "mapping/readers/xlsx_workbook.hpp"
#include "mapping/readers/zip_archive.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;

constexpr std::uint64_t kMaxSheetBytes = std::uint64_t{4} << 30;
constexpr std::size_t kListedSheets = 20;
constexpr std::string_view kNameOne = "name one in the mapping, `format: { sheet: … }`";

std::string quoted_names(const std::vector<const WorkbookSheet*>& sheets) {
  std::string out;
  for (std::size_t i = 0; i < sheets.size() && i < kListedSheets; ++i) {
    out += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", sheets[i]->name);
  }
  if (sheets.size() > kListedSheets) out += ", …";
  return out;
}

class XlsxReader : public RowReader {
 public:
  XlsxReader(const std::filesystem::path& file, const ExportFormat& format,
             std::span<const std::string> wanted);

  const std::vector<std::string>& header() const override { return header_; }
  ExportFormat found_format() const override { return found_format_; }
  std::string header_place() const override { return header_place_; }
  const std::vector<std::string>& aliases() const override { return aliases_; }
  std::string_view unit() const override { return "row"; }
  bool next(Row& row) override;
  std::uint64_t bytes_read() const override;
  std::uint64_t bytes_total() const override { return file_bytes_; }

 private:
  const WorkbookSheet& named_sheet(const std::string& name) const;
  const WorkbookSheet& only_sheet();
  bool has_data(const WorkbookSheet& sheet);
  void check_part(const std::string& part);
  void read_header(std::optional<std::uint64_t> row);
  void read_aliases(const WorkbookSheet& sheet);
  std::vector<bool> columns_but(std::span<const std::string> wanted) const;
  void fill(Row& row);
  [[noreturn]] void throw_error(Kind kind, std::string_view what) const {
    throw ExportError(kind, fmt::format("{}: {}", archive_.file(), what));
  }

  ZipArchive archive_;
  std::uint64_t file_bytes_ = 0;
  Workbook workbook_;
  std::unique_ptr<SharedStrings> strings_;
  CellStyles styles_;
  SheetContext context_;
  std::unique_ptr<ZipPart> part_;
  std::unique_ptr<SheetReader> sheet_;
  SheetRow found_;
  bool ended_ = false;
  ExportFormat found_format_;
  std::string header_place_;
  std::vector<std::string> header_;
  HeaderAgain header_again_;
  std::vector<std::string> aliases_;
};

XlsxReader::XlsxReader(const std::filesystem::path& file, const ExportFormat& format,
                       std::span<const std::string> wanted)
    : archive_(file), file_bytes_(std::filesystem::file_size(file)) {
  found_format_ = format.as(ExportType::xlsx);
  workbook_ = read_workbook(archive_);
  styles_ = CellStyles::read(archive_, workbook_.styles_part);
  if (!workbook_.strings_part.empty()) {
    strings_ = SharedStrings::read(archive_, workbook_.strings_part, SheetReader::kMaxRowBytes);
  }
  context_ = {strings_.get(), &styles_, workbook_.epoch_1904, workbook_.uncalculated};
  const WorkbookSheet& sheet = format.sheet.empty() ? only_sheet() : named_sheet(format.sheet);
  read_aliases(sheet);  // kept as a key until the header is known
  check_part(sheet.part);
  part_ = std::make_unique<ZipPart>(archive_, sheet.part, kMaxSheetBytes);
  sheet_ = std::make_unique<SheetReader>(*part_, context_);
  read_header(format.header);
  header_again_.expect(header_);
  header_place_ = fmt::format("row {} of the worksheet \"{}\"", found_.number, sheet.name);
  aliases_ = logical_names(aliases_.empty() ? std::string() : aliases_.front(), header_);
  if (!wanted.empty()) sheet_->ignore_errors_in(columns_but(wanted));
}

// The columns that none of `wanted` can mean, by name, alias or number (NAME#2, #3).
std::vector<bool> XlsxReader::columns_but(std::span<const std::string> wanted) const {
  std::vector<bool> out;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const std::string& alias = i < aliases_.size() ? aliases_[i] : header_[i];
    const std::string number = fmt::format("#{}", i + 1);
    out.push_back(std::ranges::none_of(wanted, [&](const std::string& name) {
      return name == header_[i] || name == alias || name == number ||
             name.starts_with(header_[i] + "#");
    }));
  }
  return out;
}

const WorkbookSheet& XlsxReader::named_sheet(const std::string& name) const {
  std::vector<const WorkbookSheet*> all;
  for (const WorkbookSheet& sheet : workbook_.sheets) {
    if (sheet.kind == WorkbookSheet::Kind::worksheet &&
        equal_but_case(trim(sheet.name), trim(name))) {
      if (sheet.part.empty()) break;
      return sheet;
    }
    if (sheet.kind == WorkbookSheet::Kind::worksheet) all.push_back(&sheet);
  }
  throw_error(Kind::format, fmt::format("has no worksheet \"{}\", which the mapping's `format: "
                                        "{{ sheet: … }}` asks for; it has {}",
                                        name, all.empty() ? "none" : quoted_names(all)));
}

// Taking the first of several would send the wrong rows to Microsoft one day, when somebody adds
// or moves a worksheet. Hidden ones hold what a program put there, or what a person put aside.
const WorkbookSheet& XlsxReader::only_sheet() {
  std::vector<const WorkbookSheet*> filled;
  std::vector<const WorkbookSheet*> hidden;
  for (const WorkbookSheet& sheet : workbook_.sheets) {
    if (sheet.kind != WorkbookSheet::Kind::worksheet || sheet.part.empty()) continue;
    if (!sheet.visible) {
      hidden.push_back(&sheet);
    } else if (has_data(sheet)) {
      filled.push_back(&sheet);
    }
  }
  if (filled.size() == 1) return *filled.front();
  if (filled.empty()) {
    throw_error(
        Kind::empty,
        fmt::format("has no worksheet with any data, not even a header{}",
                    hidden.empty() ? "; export it again"
                                   : fmt::format("; the hidden ones, {}, are read only when "
                                                 "named in the mapping, `format: {{ sheet: "
                                                 "… }}`",
                                                 quoted_names(hidden))));
  }
  throw_error(Kind::format, fmt::format("has {} worksheets with data, {}; {}", filled.size(),
                                        quoted_names(filled), kNameOne));
}

bool XlsxReader::has_data(const WorkbookSheet& sheet) {
  ZipPart part(archive_, sheet.part, kMaxSheetBytes);
  SheetReader reader(part, context_);
  while (reader.next(found_)) {
    if (!found_.blank()) return true;
  }
  return false;
}

void XlsxReader::check_part(const std::string& name) {
  constexpr std::size_t kBlock = std::size_t{64} << 10;
  ZipPart part(archive_, name, kMaxSheetBytes);
  const auto block = std::make_unique<char[]>(kBlock);
  while (part.read(block.get(), kBlock) == kBlock) {
  }
}

void XlsxReader::read_aliases(const WorkbookSheet& chosen) {
  for (const WorkbookSheet& sheet : workbook_.sheets) {
    if (&sheet == &chosen || sheet.visible || sheet.name != kDynamicsSheet || sheet.part.empty() ||
        sheet.kind != WorkbookSheet::Kind::worksheet) {
      continue;
    }
    ZipPart part(archive_, sheet.part, kMaxSheetBytes);
    SheetReader reader(part, context_);
    if (!reader.next(found_) || found_.number != 1 || found_.cells.empty()) return;
    if (found_.cells.front().column == 0) {
      aliases_.emplace_back(found_.text_of(found_.cells.front()));
    }
    return;
  }
}

void XlsxReader::read_header(std::optional<std::uint64_t> row) {
  bool there = false;
  while (!there && sheet_->next(found_)) {
    there = !found_.blank() && (!row || found_.number >= *row);
  }
  if (row && (!there || found_.number != *row)) {
    throw_error(Kind::format, fmt::format("row {}: is blank, and the mapping's `format: {{ header: "
                                          "{} }}` says that it is the header",
                                          *row, *row));
  }
  if (!there) throw_error(Kind::empty, "the worksheet has no data, not even a header");
  if (found_.fault) {
    throw_error(Kind::damaged,
                fmt::format("row {}, the header: {}", found_.number, found_.fault->message));
  }
  for (const SheetCell& cell : found_.cells) {
    const std::string_view name = trim(found_.text_of(cell));
    if (name.empty()) continue;
    header_.resize(cell.column);
    header_.emplace_back(name);
  }
}

bool XlsxReader::next(Row& row) {
  while (!ended_ && sheet_->next(found_)) {
    if (found_.blank()) continue;
    fill(row);
    const auto again = row.fault ? HeaderAgain::Found::no : header_again_.look(row.cells);
    if (again == HeaderAgain::Found::other_order)
      throw_error(Kind::damaged,
                  fmt::format("row {}: the columns' names stand here once more and in another "
                              "order, so the worksheet is not read from here on; export the two "
                              "parts as files of their own",
                              row.line));
    if (again == HeaderAgain::Found::same)
      row.fault = RowFault{"repeated-header", "the cells are the columns' names"};
    return true;
  }
  ended_ = true;
  return false;
}

void XlsxReader::fill(Row& row) {
  row.line = found_.number;
  row.file = {};
  row.deleted = false;
  row.fault = found_.fault;
  if (row.fault && row.fault->code == "row-too-long") {
    row.cells.clear();
    row.types.clear();
    return;
  }
  row.cells.assign(header_.size(), {});
  row.types.assign(header_.size(), CellType::text);
  for (const SheetCell& cell : found_.cells) {
    const std::string_view text = found_.text_of(cell);
    if (cell.column >= header_.size()) {
      if (trim(text).empty()) continue;
      if (!row.fault) {
        row.fault = RowFault{"cell-count",
                             fmt::format("cell {} is beyond the header's last column, {}; give its "
                                         "column a name, or clear it",
                                         cell_name(cell.column, found_.number), header_.size())};
      }
      row.cells.resize(cell.column + 1);
      row.types.resize(cell.column + 1, CellType::text);
    }
    row.cells[cell.column] = text;
    row.types[cell.column] = cell.type;
  }
}

std::uint64_t XlsxReader::bytes_read() const {
  if (ended_ || part_->size() == 0) return file_bytes_;
  const double share =
      static_cast<double>(part_->bytes_read()) / static_cast<double>(part_->size());
  return static_cast<std::uint64_t>(static_cast<double>(file_bytes_) * share);
}

}  // namespace

std::unique_ptr<RowReader> open_xlsx(const std::filesystem::path& file, const ExportFormat& format,
                                     std::span<const std::string> wanted) {
  expect_zip(file);
  return std::make_unique<XlsxReader>(file, format, wanted);
}

}  // namespace referrald::mapping
