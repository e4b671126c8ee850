#include "tests/unit/readers/json_reading.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "mapping/readers/input_file.hpp"

namespace referrald::mapping {
namespace {

using Opening = std::function<std::unique_ptr<RowReader>(const ExportFormat&)>;

JsonRow copy_of(const Row& row) {
  JsonRow out;
  out.line = row.line;
  out.cells.assign(row.cells.begin(), row.cells.end());
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    out.types += "tndb"[static_cast<std::size_t>(row.type(i))];
  }
  out.file = row.file;
  out.deleted = row.deleted;
  if (row.fault) {
    out.fault = row.fault->code;
    out.message = row.fault->message;
  }
  return out;
}

JsonExport read_all(const JsonOptions& options, const Opening& open) {
  ExportFormat format;
  format.records = options.records;
  JsonExport out;
  try {
    const std::unique_ptr<RowReader> reader = open(format);
    out.header = reader->header();
    out.aliases = reader->aliases();
    out.complete = reader->header_is_complete();
    out.unit = reader->unit();
    Row row;
    while (reader->next(row)) out.rows.push_back(copy_of(row));
    out.bytes_read = reader->bytes_read();
  } catch (const ExportError& error) {
    out.error = error.kind();
    out.message = error.what();
  }
  return out;
}

}  // namespace

std::vector<Cells> JsonExport::cells() const {
  std::vector<Cells> out;
  for (const JsonRow& row : rows) out.push_back(row.cells);
  return out;
}

std::vector<std::string> JsonExport::faults() const {
  std::vector<std::string> out;
  for (const JsonRow& row : rows) out.push_back(row.fault);
  return out;
}

std::string JsonExport::cell(std::size_t row, std::string_view column) const {
  const auto at = std::ranges::find(header, column);
  if (at == header.end()) return "(no column)";
  return rows.at(row).cells.at(static_cast<std::size_t>(at - header.begin()));
}

std::size_t TextSource::read(char* into, std::size_t size) {
  const std::size_t count = std::min(size, text_.size() - at_);
  std::copy_n(text_.data() + at_, count, into);
  at_ += count;
  return count;
}

JsonExport read_json(std::string_view text, const JsonOptions& options) {
  return read_all(options, [&](const ExportFormat& format) {
    return open_json(std::make_unique<TextSource>(text, options.name), format, options.wanted);
  });
}

JsonExport read_json_file(const std::filesystem::path& file, const JsonOptions& options) {
  return read_all(options, [&](const ExportFormat& format) {
    return open_json(std::make_unique<InputFile>(file), format, options.wanted);
  });
}

JsonExport read_json_folder(const std::filesystem::path& folder, const JsonOptions& options) {
  return read_all(options, [&](const ExportFormat& format) {
    return open_json_folder(folder, format, options.wanted);
  });
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace referrald::mapping
