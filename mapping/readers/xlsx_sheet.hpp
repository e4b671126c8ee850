// One worksheet, row by row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/xlsx_strings.hpp"
#include "mapping/readers/xlsx_workbook.hpp"
#include "mapping/readers/xlsx_xml.hpp"

namespace referrald::mapping {

// "D5"; columns count from 0.
std::string cell_name(std::uint32_t column, std::uint64_t row);

struct SheetCell {
  std::uint32_t column = 0;  // from 0
  CellType type = CellType::text;
  std::size_t begin = 0;  // in the row's text
  std::size_t size = 0;
};

// The cells of a row that hold something, in the order of their columns.
struct SheetRow {
  std::uint64_t number = 0;
  std::vector<SheetCell> cells;
  std::string text;
  std::optional<RowFault> fault;

  std::string_view text_of(const SheetCell& cell) const {
    return std::string_view(text).substr(cell.begin, cell.size);
  }
  // Whether no cell has more than blanks, and none has a fault.
  bool blank() const;
};

// What cells refer to. Strings may be null: the workbook has none.
struct SheetContext {
  SharedStrings* strings = nullptr;
  const CellStyles* styles = nullptr;
  bool epoch_1904 = false;
  bool uncalculated = false;
};

class SheetReader : private XmlHandler {
 public:
  static constexpr std::uint32_t kMaxColumns = 16'384;
  static constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;  // a longer row is a fault

  // The part must outlive this.
  SheetReader(ZipPart& part, const SheetContext& context);

  // From the next row on, an error in one of these columns is a blank cell: nobody asks for it.
  void ignore_errors_in(std::vector<bool> columns) { ignored_ = std::move(columns); }

  // False behind the last row. Rows without any cell are left out. Throws damaged.
  bool next(SheetRow& row);

 private:
  enum class State : std::uint8_t { outside, rows, row, cell, value, formula, inline_string, text };

  void start(const XmlName& name, const XmlAttributes& attributes) override;
  void end(const XmlName& name) override;
  void text(std::string_view part) override;

  void begin_row(const XmlAttributes& attributes);
  void begin_cell(const XmlAttributes& attributes);
  void place_cell(std::string_view reference);
  void end_cell();
  void end_row();
  std::optional<CellType> value_of_cell();
  std::optional<CellType> shared_string();
  CellType date();
  std::optional<CellType> boolean();
  std::optional<CellType> number();
  std::nullopt_t fault(std::string_view what);
  void set_fault(const char* code, std::string message);
  [[noreturn]] void throw_damaged(std::string_view what) const;

  ZipPart& part_;
  SheetContext context_;
  std::vector<bool> ignored_;
  SheetRow* row_ = nullptr;
  State state_ = State::outside;
  int skipped_ = 0;  // depth inside an element that is of no use
  int phonetic_ = 0;
  bool saw_root_ = false;
  bool done_ = false;
  bool too_long_ = false;
  bool sorted_ = true;
  std::uint64_t last_row_ = 0;
  std::uint32_t next_column_ = 0;
  // Of the cell that is being read.
  std::uint32_t column_ = 0;
  std::optional<std::uint32_t> style_;  // none: no number
  std::string type_;
  std::string value_;
  bool has_value_ = false;
  bool has_formula_ = false;
  XmlReader xml_;
};

}  // namespace referrald::mapping
