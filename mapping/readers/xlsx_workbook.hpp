// What a workbook consists of: its worksheets, its number formats, its shared strings' part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/xlsx_values.hpp"
#include "mapping/readers/zip_archive.hpp"

namespace referrald::mapping {

struct WorkbookSheet {
  enum class Kind : std::uint8_t { worksheet, other };  // other: a chart, a dialog, macros
  std::string name;
  std::string part;  // empty when the file does not say where it is
  Kind kind = Kind::worksheet;
  bool visible = true;
};

struct Workbook {
  std::vector<WorkbookSheet> sheets;
  std::string strings_part;  // empty: it has none
  std::string styles_part;
  bool epoch_1904 = false;
  // The program that wrote it asks for all formulas to be calculated: it has not done so itself.
  bool uncalculated = false;
};

// Throws unreadable, with what the file is instead, when it is no zip file: an old or an
// encrypted workbook, a web page, text. Throws missing.
void expect_zip(const std::filesystem::path& file);

// Throws unreadable when it is another document (Word, OpenDocument, a binary workbook).
Workbook read_workbook(ZipArchive& archive);

// Number formats by the style of a cell.
class CellStyles {
 public:
  CellStyles() = default;
  // `part` may be empty: then all styles are plain.
  static CellStyles read(ZipArchive& archive, std::string_view part);

  // nullopt when the workbook has no such style.
  std::optional<NumberFormat> format(std::uint32_t style) const {
    if (style < formats_.size()) return formats_[style];
    if (formats_.empty() || style == 0) return NumberFormat{};
    return std::nullopt;
  }

 private:
  std::vector<NumberFormat> formats_;
};

}  // namespace referrald::mapping
