#include <fmt/format.h>

#include "mapping/readers/cdm.hpp"
#include "mapping/readers/csv.hpp"
#include "mapping/readers/damaged_input.hpp"
#include "mapping/readers/gzip_source.hpp"
#include "mapping/readers/input_file.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;
namespace fs = std::filesystem;

constexpr std::size_t kMagicBytes = 8;

std::unique_ptr<RowReader> open_folder(const fs::path& folder, const ExportFormat& format,
                                       std::span<const std::string> wanted) {
  std::error_code ignored;
  if (format.type == ExportType::cdm || fs::exists(folder / "model.json", ignored)) {
    return open_cdm(folder, format, wanted);
  }
  throw ExportError(Kind::unreadable, folder.string() + ": is a folder without model.json");
}

std::unique_ptr<RowReader> open_file(const fs::path& file, const ExportFormat& format,
                                     std::span<const std::string> wanted) {
  std::unique_ptr<ByteSource> source = std::make_unique<InputFile>(file);
  if (is_gzip(read_start(*source, kMagicBytes))) {
    source = std::make_unique<GzipSource>(std::move(source));
  }
  return open_csv(std::move(source), format, wanted);
}

}  // namespace

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
