#include "mapping/readers/xlsx_sheet.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "mapping/readers/xlsx_values.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;

constexpr std::uint64_t kMaxRows = 1'000'000'000;  // Excel has 1,048,576; other programs more

constexpr bool is_xml_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view without_xml_blanks(std::string_view text) {
  while (!text.empty() && is_xml_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_xml_blank(text.back())) text.remove_suffix(1);
  return text;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string cell_name(std::uint32_t column, std::uint64_t row) {
  std::string letters;
  for (std::uint32_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return fmt::format("{}{}", letters, row);
}

bool SheetRow::blank() const {
  return !fault && std::all_of(cells.begin(), cells.end(),
                               [&](const SheetCell& cell) { return trim(text_of(cell)).empty(); });
}

SheetReader::SheetReader(ZipPart& part, const SheetContext& context)
    : part_(part), context_(context), xml_(part, *this) {}

bool SheetReader::next(SheetRow& row) {
  row_ = &row;
  return !done_ && xml_.run();
}

void SheetReader::start(const XmlName& name, const XmlAttributes& attributes) {
  if (!saw_root_) {
    saw_root_ = true;
    if (!name.is("worksheet")) throw_damaged("is no worksheet");
    return;
  }
  if (skipped_ > 0) {
    ++skipped_;
    return;
  }
  switch (state_) {
    case State::outside:
      if (name.is("sheetData") && !done_) state_ = State::rows;
      return;
    case State::rows:
      if (name.is("row")) return begin_row(attributes);
      break;
    case State::row:
      if (name.is("c")) return begin_cell(attributes);
      break;
    case State::cell:
      if (name.is("v")) {
        state_ = State::value;
        value_.clear();
        return;
      }
      if (name.is("f")) {
        has_formula_ = true;
        state_ = State::formula;
        return;
      }
      if (name.is("is")) {
        state_ = State::inline_string;
        value_.clear();
        return;
      }
      break;
    case State::inline_string:
      if (name.is("t")) {
        has_value_ = true;
        state_ = State::text;
        return;
      }
      if (name.is("r")) return;
      break;
    default:
      break;
  }
  skipped_ = 1;
}

void SheetReader::end(const XmlName& name) {
  if (skipped_ > 0) {
    --skipped_;
    return;
  }
  switch (state_) {
    case State::outside:
      return;
    case State::rows:
      state_ = State::outside;
      done_ = true;
      return;
    case State::row:
      state_ = State::rows;
      return end_row();
    case State::cell:
      state_ = State::row;
      return end_cell();
    case State::value:
      has_value_ = true;
      state_ = State::cell;
      return;
    case State::formula:
      state_ = State::cell;
      return;
    case State::inline_string:
      if (name.is("is")) state_ = State::cell;
      return;
    case State::text:
      state_ = State::inline_string;
      return;
  }
}

void SheetReader::text(std::string_view part) {
  if (skipped_ > 0 || (state_ != State::value && state_ != State::text)) return;
  if (value_.size() + part.size() > kMaxRowBytes) {
    too_long_ = true;
    return;
  }
  value_.append(part);
}

void SheetReader::begin_row(const XmlAttributes& attributes) {
  state_ = State::row;
  std::uint64_t number = last_row_ + 1;
  if (const char* given = attributes.get("r")) {
    const auto read = whole_number<std::uint64_t>(without_xml_blanks(given));
    if (!read || *read == 0 || *read > kMaxRows) throw_damaged("has a row without a proper number");
    number = *read;
  }
  if (number <= last_row_) {
    throw_damaged(fmt::format("has row {} behind row {}", number, last_row_));
  }
  last_row_ = number;
  next_column_ = 0;
  sorted_ = true;
  too_long_ = false;
  row_->number = number;
  row_->cells.clear();
  row_->text.clear();
  row_->fault.reset();
}

void SheetReader::begin_cell(const XmlAttributes& attributes) {
  state_ = State::cell;
  has_value_ = has_formula_ = false;
  type_.clear();
  value_.clear();
  style_ = 0;
  std::string_view reference;
  for (const char** pair = attributes.pairs(); *pair != nullptr; pair += 2) {
    const std::string_view name(*pair);
    if (name == "r") reference = pair[1];
    if (name == "t") type_ = pair[1];
    if (name == "s" && *pair[1] != '\0') style_ = whole_number<std::uint32_t>(pair[1]);
  }
  place_cell(reference);
}

// "AB12"; without a reference the cell follows the one before it.
void SheetReader::place_cell(std::string_view reference) {
  column_ = next_column_;
  if (!reference.empty()) {
    std::uint64_t column = 0;
    std::size_t at = 0;
    for (; at < reference.size() && column <= kMaxColumns; ++at) {
      const char c = reference[at];
      const bool small = c >= 'a' && c <= 'z';
      if (!small && (c < 'A' || c > 'Z')) break;
      column = column * 26 + static_cast<std::uint64_t>(c - (small ? 'a' : 'A')) + 1;
    }
    const auto row = whole_number<std::uint64_t>(reference.substr(at));
    if (column > kMaxColumns) {
      throw_damaged(fmt::format("has more than {} columns", kMaxColumns));
    }
    if (column == 0 || row != row_->number) {
      throw_damaged(fmt::format("has a cell with a wrong reference in row {}", row_->number));
    }
    column_ = static_cast<std::uint32_t>(column - 1);
  }
  if (column_ >= kMaxColumns) {
    throw_damaged(fmt::format("has more than {} columns", kMaxColumns));
  }
  if (column_ < next_column_) sorted_ = false;
  next_column_ = column_ + 1;
}

void SheetReader::end_cell() {
  if (too_long_ || (!has_value_ && !has_formula_)) return;
  const std::size_t begin = row_->text.size();
  const auto type = value_of_cell();
  if (row_->text.size() > kMaxRowBytes) {
    too_long_ = true;
    return;
  }
  if (row_->text.size() == begin) return;
  row_->cells.push_back({column_, type.value_or(CellType::text), begin, row_->text.size() - begin});
}

// Appends the cell's text; nullopt when it could not be understood.
std::optional<CellType> SheetReader::value_of_cell() {
  // Programs that do not calculate leave the value out or empty.
  if (has_formula_ && (!has_value_ || (value_.empty() && type_ != "str"))) {
    return fault("holds a formula that was not calculated; open the workbook in Excel and save it");
  }
  if (type_.empty() || type_ == "n") return number();
  if (type_ == "s") return shared_string();
  if (type_ == "str" || type_ == "inlineStr") {
    row_->text.append(value_);
    decode_escapes(row_->text, row_->text.size() - value_.size());
    return CellType::text;
  }
  if (type_ == "b") return boolean();
  if (type_ == "d") {
    return date();
  }
  row_->text.append(value_);
  if (type_ == "e") {
    return fault("holds an error (as #N/A or #DIV/0! are); mend its formula, or delete the column");
  }
  return fault("is of an unknown type; open the workbook in Excel and save it");
}

// A cell that shows no time has none, as with the numbers that dates are elsewhere.
CellType SheetReader::date() {
  std::string_view date = without_xml_blanks(value_);
  const CellType type = iso_date_type(date);
  const auto format = style_ ? context_.styles->format(*style_) : std::nullopt;
  const auto time = date.substr(std::min<std::size_t>(date.size(), 10));
  if (type == CellType::date && format && format->kind == NumberFormat::Kind::date &&
      time.find_first_not_of("T0:.Z") == std::string_view::npos)
    date.remove_suffix(time.size());
  row_->text.append(date);
  return type;
}

std::optional<CellType> SheetReader::shared_string() {
  const std::string_view index = without_xml_blanks(value_);
  if (index.empty()) return CellType::text;
  const auto number = whole_number<std::uint64_t>(index);
  const auto text = number && context_.strings != nullptr ? context_.strings->at(*number)
                                                          : std::optional<std::string_view>();
  if (!text) return fault("refers to a text that is not in the file; export it again");
  row_->text.append(*text);
  return CellType::text;
}

std::optional<CellType> SheetReader::boolean() {
  const std::string_view value = without_xml_blanks(value_);
  if (value.empty()) return CellType::text;
  const bool yes = value == "1" || value == "true";
  if (!yes && value != "0" && value != "false") {
    return fault("is said to be true or false and is neither; export it again");
  }
  row_->text.append(yes ? "true" : "false");
  return CellType::boolean;
}

std::optional<CellType> SheetReader::number() {
  if (without_xml_blanks(value_).empty()) return CellType::text;
  const auto format = style_ ? context_.styles->format(*style_) : std::nullopt;
  if (!format) return fault("has a style that is not in the file; export it again");
  const std::size_t begin = row_->text.size();
  const auto type = append_number(row_->text, value_, *format, context_.epoch_1904);
  if (!type)
    return fault(
        "holds no number, or one with more digits than Excel keeps; export it again, such a "
        "column as text");
  // Programs that do not calculate write 0 for every formula and ask Excel to calculate.
  if (has_formula_ && context_.uncalculated &&
      row_->text.compare(begin, std::string::npos, "0") == 0) {
    return fault("holds a formula that was not calculated; open the workbook in Excel and save it");
  }
  return type;
}

std::nullopt_t SheetReader::fault(std::string_view what) {
  if (column_ < ignored_.size() && ignored_[column_]) return std::nullopt;
  set_fault("cell-error", fmt::format("cell {} {}", cell_name(column_, row_->number), what));
  return std::nullopt;
}

void SheetReader::set_fault(const char* code, std::string message) {
  if (!row_->fault) row_->fault = RowFault{code, std::move(message)};
}

void SheetReader::end_row() {
  std::vector<SheetCell>& cells = row_->cells;
  if (!sorted_) {
    const auto before = [](const SheetCell& a, const SheetCell& b) { return a.column < b.column; };
    std::stable_sort(cells.begin(), cells.end(), before);
    const auto twice = std::adjacent_find(
        cells.begin(), cells.end(),
        [](const SheetCell& a, const SheetCell& b) { return a.column == b.column; });
    if (twice != cells.end()) {
      column_ = twice->column;
      fault("is there twice; open the workbook in Excel and save it");
      cells.erase(std::unique(cells.begin(), cells.end(),
                              [](const auto& a, const auto& b) { return a.column == b.column; }),
                  cells.end());
    }
  }
  if (too_long_) {
    cells.clear();
    row_->fault = RowFault{"row-too-long",
                           fmt::format("the row holds more than {} KiB; shorten its longest cell",
                                       kMaxRowBytes >> 10)};
  }
  const auto nul = row_->text.find('\0');
  if (nul != std::string::npos) {
    const auto cell = std::find_if(cells.begin(), cells.end(), [&](const SheetCell& at) {
      return nul >= at.begin && nul < at.begin + at.size;
    });
    if (cell != cells.end()) {
      set_fault("nul-byte", fmt::format("a NUL character in cell {}; export the file again",
                                        cell_name(cell->column, row_->number)));
    }
  }
  if (!cells.empty() || row_->fault) xml_.pause();
}

void SheetReader::throw_damaged(std::string_view what) const {
  throw ExportError(Kind::damaged,
                    fmt::format("{}: is damaged: the worksheet's part {}, {}, {}; open it in Excel "
                                "and save it, or export it again",
                                part_.file(), part_.name(), xml_.place(), what));
}

}  // namespace referrald::mapping
