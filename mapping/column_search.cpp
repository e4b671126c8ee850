#include "mapping/column_search.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "config/diagnostics.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

ColumnSearch search(std::span<const std::string> names, std::string_view name) {
  ColumnSearch found;
  for (std::size_t i = names.size(); i-- > 0;) {
    if (names[i] != name) continue;
    found.index = i;
    ++found.count;
  }
  return found;
}

// A mapping cannot show that a header has a no-break space, or its accents apart from their
// letters.
ColumnSearch search_alike(std::span<const std::string> names, std::string_view name) {
  ColumnSearch found;
  for (std::size_t i = names.size(); i-- > 0;) {
    if (!looks_like(names[i], name)) continue;
    found.index = i;
    ++found.count;
  }
  return found;
}

// "Email#2" is {"Email", 2}; a count of 0: no such form.
struct Numbered {
  std::string_view name;
  std::size_t number = 0;
};

Numbered numbered(std::string_view text) {
  const auto mark = text.rfind('#');
  if (mark == std::string_view::npos) return {};
  const std::string_view digits = text.substr(mark + 1);
  Numbered out{text.substr(0, mark), 0};
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, out.number);
  return error == std::errc{} && stop == end ? out : Numbered{};
}

}  // namespace

ColumnSearch find_column(const Header& header, std::string_view name) {
  if (const auto found = search(header.names, name); found.count > 0) return found;
  if (const auto found = search_alike(header.names, name); found.count > 0) return found;
  if (!name.empty())
    if (const auto found = search(header.aliases, name); found.count > 0) return found;
  const auto [base, number] = numbered(name);
  if (number == 0) return {};
  if (base.empty()) return {number <= header.names.size() ? 1U : 0U, number - 1};
  std::size_t seen = 0;
  for (std::size_t i = 0; i < header.names.size(); ++i)
    if (header.names[i] == base && ++seen == number) return {1, i};
  return {};
}

std::optional<std::string> part_of(const Header& header, std::string_view name) {
  if (!header.has_paths) return std::nullopt;
  const auto found = std::ranges::find_if(header.names, [&](std::string_view one) {
    return one.size() > name.size() + 1 && one.starts_with(name) && one[name.size()] == '.';
  });
  return found == header.names.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::string> nearest_column(const Header& header, std::string_view name) {
  std::vector<std::string_view> known(header.names.begin(), header.names.end());
  for (const auto& alias : header.aliases)
    if (!alias.empty()) known.emplace_back(alias);
  return config::nearest(name, known);
}

}  // namespace referrald::mapping
