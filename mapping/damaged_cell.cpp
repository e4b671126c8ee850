#include "mapping/damaged_cell.hpp"

#include <re2/re2.h>

namespace referrald::mapping {

bool is_spreadsheet_error(std::string_view text) {
  if (!text.starts_with('#') && !text.starts_with("Err:")) return false;
  static const re2::RE2 pattern(
      R"(#{3,}|#[¡¿]?[\p{Lu}/0]{3,}[!?]|#\p{Lu}/\p{Lu}|#NV|#NA|#DIV/0|#GETTING_DATA|Err:5\d\d)");
  return re2::RE2::FullMatch({text.data(), text.size()}, pattern);
}

bool is_shortened_number(std::string_view text) {
  static const re2::RE2 pattern(R"(-?\d(?:[.,]\d+)?[Ee]\+\d+|-?\d[.,]\d+[Ee]\d\d)");
  static constexpr CharSet exponents("Ee");
  static constexpr CharSet numeric("0123456789-+.,Ee");
  const auto exponent = exponents.find_in(text);
  if (exponent == 0 || exponent == std::string_view::npos) return false;
  if (!std::ranges::all_of(text, [](char c) { return numeric.contains(c); })) return false;
  return re2::RE2::FullMatch({text.data(), text.size()}, pattern);
}

bool is_shortened_number(const Cell& cell) {
  constexpr std::size_t kept = 15;
  if (cell.type != CellType::number) return is_shortened_number(cell.text);
  return cell.text.size() > kept && cell.text.find('.') == std::string_view::npos &&
         cell.text.substr(kept).find_first_not_of('0') == std::string_view::npos;
}

}  // namespace referrald::mapping
