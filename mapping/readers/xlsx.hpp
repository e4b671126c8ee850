// Reads Excel workbooks (.xlsx), Dynamics 365's static worksheets above all. docs/exports.md says
// which worksheet is read, what becomes of each kind of cell, and what is refused.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "mapping/readers/export_format.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// Finds the worksheet (`format.sheet`, else the only visible one that is not empty), checks its
// checksum to the end, so that no row of a damaged one is given, and reads its header
// (`format.header`, else the first row that is not blank). The reader's unit is "row"; its aliases
// are Dataverse's logical names, where the export has them. An error in a cell of a column that is
// not `wanted` (empty: all are) does no harm. Throws ExportError.
std::unique_ptr<RowReader> open_xlsx(const std::filesystem::path& file, const ExportFormat& format,
                                     std::span<const std::string> wanted = {});

}  // namespace referrald::mapping
