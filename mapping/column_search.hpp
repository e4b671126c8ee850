// Which column of an export a mapping means.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/mapping.hpp"

namespace referrald::mapping {

struct ColumnSearch {
  std::size_t count = 0;  // how many columns the name fits
  std::size_t index = 0;  // of the first one
};

// By the name in the header, else one that looks the same; else by the alias; else NAME#2, the
// second one of that name, or #2, the second one of all, however it is called.
ColumnSearch find_column(const Header& header, std::string_view name);

// A column of JSON below `name`, "address.city" of "address".
std::optional<std::string> part_of(const Header& header, std::string_view name);

// The name or alias nearest to `name`.
std::optional<std::string> nearest_column(const Header& header, std::string_view name);

}  // namespace referrald::mapping
