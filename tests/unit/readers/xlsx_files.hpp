// Vocabulary of the worksheet tests: a workbook from its parts' texts, and all that a reader says
// about it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/xlsx.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {

// The parts of a zip file, by name.
using Parts = std::map<std::string, std::string>;

// A zip file's bytes, each part deflated.
std::string zip_of(const Parts& parts);

// A workbook of one visible worksheet, "Leads", that has these rows: "<row r=\"1\">…</row>".
struct WorkbookText {
  std::string rows;
  std::string strings;      // <si>…</si>…; empty: no shared strings
  std::string styles;       // <numFmts>…<cellXfs>…; empty: no styles
  std::string properties;   // before <sheets>
  std::string calculation;  // behind <sheets>
  Parts more;               // other parts, or these in place of the usual ones

  Parts parts() const;
};

// A cell of inline text.
std::string text_cell(std::string_view reference, std::string_view text);
// A row of the header A, B, C … and one row with these cells.
std::string one_row(std::string_view cells, int columns = 1);
// Sheet XML around rows.
std::string sheet_xml(std::string_view rows);
// workbook.xml and its relationships, of worksheets named so: "Name" or "Name|hidden"; the first
// is part xl/worksheets/sheet1.xml.
Parts workbook_parts(const std::vector<std::string>& sheets, std::string_view properties = {},
                     std::string_view calculation = {});

struct ReadCell {
  std::string text;
  CellType type = CellType::text;
  bool operator==(const ReadCell&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ReadCell& cell);

struct ReadSheet : ReadExport {
  std::vector<std::vector<CellType>> types;  // by row
  Cells aliases;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;

  // The cell of the only row, or of row `row`.
  ReadCell cell(std::size_t column, std::size_t row = 0) const;
};

ReadSheet read_xlsx(const std::filesystem::path& file, const ExportFormat& format = {});
ReadSheet read_parts(const Parts& parts, const ExportFormat& format = {});
ReadSheet read_workbook_text(const WorkbookText& text, const ExportFormat& format = {});
// The only row of one_row().
ReadSheet read_cells(std::string_view cells, int columns = 1);

// format: { sheet: … }
ExportFormat sheet_named(std::string name);

}  // namespace referrald::mapping
