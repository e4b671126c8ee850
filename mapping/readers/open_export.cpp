// Which reader reads an export: what the mapping's format says, else what its first bytes show.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/cdm.hpp"
#include "mapping/readers/csv.hpp"
#include "mapping/readers/damaged_input.hpp"
#include "mapping/readers/decoding_source.hpp"
#include "mapping/readers/gzip_source.hpp"
#include "mapping/readers/input_file.hpp"
#include "mapping/readers/json.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/text_encoding.hpp"
#include "mapping/readers/utf8.hpp"
#include "mapping/readers/xlsx.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;
using Source = std::unique_ptr<ByteSource>;

// The header of the widest export there is, with the columns that `rejects` adds behind it.
constexpr std::size_t kRejectsHeader = std::size_t{1} << 20;
namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, std::string_view what) {
  throw ExportError(Kind::format, fmt::format("{}: {}", file.string(), what));
}

std::unique_ptr<RowReader> open_folder(const fs::path& folder, const ExportFormat& format,
                                       std::span<const std::string> wanted) {
  switch (format.type) {
    case ExportType::csv:
    case ExportType::xlsx:
      refuse(folder,
             "is a folder, and the mapping's format says a type that is one file; name the file, "
             "or write type: auto");
    case ExportType::cdm:
      return open_cdm(folder, format, wanted);
    case ExportType::json:
      return open_json_folder(folder, format, wanted);
    case ExportType::automatic:
      break;
  }
  std::error_code ignored;
  if (fs::exists(folder / "model.json", ignored)) return open_cdm(folder, format, wanted);
  if (!holds_json_pages(folder)) {
    throw ExportError(Kind::unreadable,
                      folder.string() +
                          ": is a folder without model.json or pages of JSON; name "
                          "the files in it");
  }
  return open_json_folder(folder, format, wanted);
}

bool is_workbook(std::string_view start) {
  return start.starts_with("PK\3\4") || start.starts_with("PK\5\6") ||
         start.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
}

// Pages of HTML and XML, which CRMs and spreadsheet programs call .xls.
bool is_markup(std::string_view start) {
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  constexpr std::string_view begins[] = {"<!doctype", "<html", "<?xml", "<table", "<meta", "<head"};
  const bool tag = start.size() > 1 && start.front() == '<' && is_letter(start[1]);
  if (tag && (start.find("</") != std::string_view::npos ||
              start.substr(0, start.find('>')).find("xmlns") != std::string_view::npos))
    return true;
  return std::ranges::any_of(begins, [&](std::string_view begin) {
    return std::ranges::equal(start.substr(0, begin.size()), begin, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  });
}

// A list or an object of JSON, and not a CSV whose first column is called [Id] or {Id}.
bool is_json(std::string_view start) {
  // Without the NULs, the ASCII of UTF-16 and UTF-32 looks as that of UTF-8.
  std::string text(start.substr(0, std::size_t{4} << 10));
  std::erase(text, '\0');
  std::string_view rest = text;
  for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) {
    if (rest.starts_with(mark)) rest.remove_prefix(mark.size());
  }
  const auto skip_blanks = [&] {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  };
  skip_blanks();
  if (!rest.starts_with('{') && !rest.starts_with('[')) return false;
  const bool list = rest.front() == '[';
  rest.remove_prefix(1);
  skip_blanks();
  return rest.empty() ||
         (list ? std::string_view("{[]\"") : std::string_view("\"}")).find(rest.front()) !=
             std::string_view::npos;
}

std::unique_ptr<RowReader> open_json_text(Source source, std::string_view start,
                                          const ExportFormat& format,
                                          std::span<const std::string> wanted) {
  const auto encoding = unicode_encoding_of(start);
  if (encoding && *encoding != "UTF-8") {
    source = std::make_unique<DecodingSource>(std::move(source), *encoding);
  }
  return open_json(std::move(source), format, wanted);
}

// What `rejects` wrote, perhaps mended in a spreadsheet program: its header has the columns that it
// adds. A name in quotes may hold a line break.
bool is_from_rejects(std::string text) {
  std::erase(text, '\0');
  bool quoted = false;
  const auto end = std::ranges::find_if(text, [&](char c) {
    if (c == '"') quoted = !quoted;
    return c == '\n' && !quoted;
  });
  text.erase(end, text.end());
  return text.find("referrald_reasons") != std::string::npos &&
         text.find("referrald_rejection") != std::string::npos;
}

// It is CSV however the export was written that the rows came from.
ExportFormat format_of_rejects(const std::string& start, const ExportFormat& of_the_export) {
  ExportFormat format;
  format.type = ExportType::csv;
  const auto invalid = first_invalid_utf8(start);
  // A character may be cut off at the end of what was read.
  const bool unicode =
      unicode_encoding_of(start) || invalid == std::string_view::npos || invalid + 4 > start.size();
  if (!unicode) format.encoding = of_the_export.encoding;
  return format;
}

std::unique_ptr<RowReader> open_file(const fs::path& file, const ExportFormat& format,
                                     std::span<const std::string> wanted) {
  Source source = std::make_unique<InputFile>(file);
  if (std::string head = read_start(*source, kRejectsHeader); is_from_rejects(head)) {
    return open_csv(std::move(source), format_of_rejects(head, format), wanted);
  }
  if (format.type == ExportType::cdm) {
    if (file.filename() == "model.json") return open_cdm(file.parent_path(), format, wanted);
    refuse(file,
           "is no folder, and the mapping's format says type: cdm; name the folder that "
           "holds model.json");
  }
  if (format.type == ExportType::automatic && file.filename() == "model.json")
    return open_cdm(file.parent_path(), format, wanted);
  std::string start = read_start(*source, kEncodingSample);
  const bool automatic = format.type == ExportType::automatic;
  if (format.type == ExportType::xlsx || (automatic && is_workbook(start))) {
    return open_xlsx(file, format, wanted);
  }
  if (is_gzip(start)) {
    source = std::make_unique<GzipSource>(std::move(source));
    start = read_start(*source, kEncodingSample);
    if (is_gzip(start) || is_workbook(start)) {
      throw ExportError(Kind::unreadable,
                        file.string() +
                            ": what gzip has compressed here is compressed once more, "
                            "or a workbook; unpack it by gunzip");
    }
  }
  if (automatic && is_markup(start)) {
    throw ExportError(Kind::unreadable,
                      file.string() +
                          ": is a page of HTML or XML, whatever its name says; open it in a "
                          "spreadsheet program and save it as .xlsx or as CSV UTF-8");
  }
  if (format.type == ExportType::json || (automatic && is_json(start))) {
    return open_json_text(std::move(source), start, format, wanted);
  }
  return open_csv(std::move(source), format, wanted);
}

}  // namespace

bool RowReader::pass(Row& row, std::size_t /*cells*/) {
  return next(row);
}

const std::vector<std::string>& RowReader::aliases() const {
  static const std::vector<std::string> none;
  return none;
}

std::unique_ptr<RowReader> open_export(const fs::path& file, const ExportFormat& format,
                                       std::span<const std::string> wanted) {
  std::error_code ignored;  // what cannot be looked at cannot be opened either
  if (fs::is_directory(file, ignored)) return open_folder(file, format, wanted);
  return open_file(file, format, wanted);
}

}  // namespace referrald::mapping
