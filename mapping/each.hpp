// `each`: a list made of a cell's elements or of numbered columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/yaml_reader.hpp"

namespace referrald::mapping {

// Numbered columns: "1..5", or "01..10" when the header writes the numbers with two digits.
struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::size_t width = 1;  // digits, at least

  std::string text(std::uint32_t number) const;
};

// nullopt: not of that form. `first` may be above `last`.
std::optional<NumberRange> parse_range(std::string_view text);

// The element with `number` in the place of each # in its placeholders; "\#" there is a #.
// `replaced` is set when there was one.
config::YamlNode with_number(const config::YamlNode& element, std::string_view number,
                             bool& replaced);

// Whether the map is an `each` rather than an element: it has the key `each`, which no member of a
// referral is called.
bool is_each(const config::YamlNode& yaml);

}  // namespace referrald::mapping
