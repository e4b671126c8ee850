#include "mapping/readers/csv.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

std::unique_ptr<RowReader> open_export(const std::filesystem::path& file) {
  return open_csv(InputFile(file));
}

}  // namespace referrald::mapping
