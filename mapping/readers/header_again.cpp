#include "mapping/readers/header_again.hpp"

#include <algorithm>

#include "mapping/readers/names_of_files.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

std::uint64_t size_bit(std::string_view text) {
  return std::uint64_t{1} << (text.size() & 63U);
}

}  // namespace

void HeaderAgain::expect(std::span<const std::string> header) {
  names_.assign(header.begin(), header.end());
  sizes_ = 0;
  constexpr std::size_t telling = 3;  // "a, b, c" may well be cells
  const bool tells =
      std::ranges::any_of(names_, [](const std::string& name) { return name.size() >= telling; });
  if (names_.size() > 1 && tells)
    for (const auto& name : names_) sizes_ |= size_bit(name);
}

bool HeaderAgain::may_begin_with(std::string_view cell) const {
  const auto name = trim(cell);
  return !name.empty() && (sizes_ & size_bit(name)) != 0;
}

HeaderAgain::Found HeaderAgain::look(std::span<const std::string_view> cells) const {
  if (cells.size() != names_.size() || cells.empty()) return Found::no;
  if (!may_begin_with(cells.front())) return Found::no;
  const auto is_name = [&](std::string_view cell) {
    return std::ranges::any_of(
        names_, [&](const std::string& name) { return equal_but_case(name, trim(cell)); });
  };
  if (!std::ranges::all_of(cells, is_name)) return Found::no;
  const bool same = std::ranges::equal(cells, names_, [](std::string_view cell, const auto& name) {
    return equal_but_case(trim(cell), name);
  });
  if (same) return Found::same;
  // Cells that happen to be names of columns, as "Name" may be twice, are no header of another
  // order.
  const bool all_there = std::ranges::all_of(names_, [&](const std::string& name) {
    return std::ranges::any_of(
        cells, [&](std::string_view cell) { return equal_but_case(name, trim(cell)); });
  });
  return all_there ? Found::other_order : Found::no;
}

}  // namespace referrald::mapping
