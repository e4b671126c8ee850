#include "mapping/readers/csv.hpp"
#include "mapping/readers/input_file.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

const std::vector<std::string>& RowReader::aliases() const {
  static const std::vector<std::string> none;
  return none;
}

std::unique_ptr<RowReader> open_export(const std::filesystem::path& file,
                                       const ExportFormat& format,
                                       std::span<const std::string> wanted) {
  return open_csv(std::make_unique<InputFile>(file), format, wanted);
}

}  // namespace referrald::mapping
