#include "tests/unit/readers/export_text.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

namespace referrald::mapping {

std::vector<Cells> ReadExport::cells() const {
  std::vector<Cells> out;
  for (const ReadRow& row : rows) out.push_back(row.cells);
  return out;
}

std::vector<std::uint64_t> ReadExport::lines() const {
  std::vector<std::uint64_t> out;
  for (const ReadRow& row : rows) out.push_back(row.line);
  return out;
}

std::vector<std::string> ReadExport::faults() const {
  std::vector<std::string> out;
  for (const ReadRow& row : rows) out.push_back(row.fault);
  return out;
}

TemporaryFile::TemporaryFile(std::string_view bytes) {
  std::string name = (std::filesystem::temp_directory_path() / "referrald-export-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) throw std::runtime_error("cannot make " + name);
  ::close(fd);
  path_ = name;
  std::ofstream out(path_, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + name);
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

ReadExport read_all(const std::function<std::unique_ptr<RowReader>()>& open) {
  ReadExport out;
  try {
    const std::unique_ptr<RowReader> reader = open();
    out.header = reader->header();
    Row row;
    while (reader->next(row)) {
      ReadRow& read = out.rows.emplace_back();
      read.line = row.line;
      read.cells.assign(row.cells.begin(), row.cells.end());
      if (!row.fault) continue;
      read.fault = row.fault->code;
      read.message = row.fault->message;
    }
    out.remarks = reader->remarks();
  } catch (const ExportError& error) {
    out.error = error.kind();
    out.message = error.what();
  }
  return out;
}

ReadExport read_file(const std::filesystem::path& file, const ExportFormat& format,
                     const std::vector<std::string>& wanted) {
  return read_all([&] { return open_export(file, format, wanted); });
}

ReadExport read_text(std::string_view bytes, const ExportFormat& format,
                     const std::vector<std::string>& wanted) {
  const TemporaryFile file(bytes);
  return read_file(file.path(), format, wanted);
}

std::filesystem::path test_data(std::string_view name) {
  return std::filesystem::path(REFERRALD_TEST_DATA) / "readers" / name;
}

std::ostream& operator<<(std::ostream& out, ExportError::Kind kind) {
  constexpr std::array kNames = {"missing", "unreadable", "damaged", "empty", "format"};
  return out << kNames[static_cast<std::size_t>(kind)];
}

}  // namespace referrald::mapping
