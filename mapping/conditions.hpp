// `include`: which rows of an export are meant at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_reader.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/template.hpp"

namespace re2 {
class RE2;
}

namespace referrald::mapping {

// One entry: everything it says must hold of the column's trimmed cell. Lists are compared exactly;
// the expression must match the whole cell, so that "Qualified" leaves "Disqualified" out.
struct Condition {
  std::uint32_t column = 0;
  std::optional<std::vector<std::string>> in;
  std::optional<std::vector<std::string>> not_in;
  std::shared_ptr<const re2::RE2> matches;
  std::optional<bool> blank;

  bool holds(std::string_view cell) const;
};

bool all_hold(const std::vector<Condition>& conditions, std::span<const Cell> cells);

// Loads the list under `include`. Faults are problems.
std::vector<Condition> load_conditions(const config::YamlNode& yaml, const std::string& file,
                                       Columns& columns, config::Problems& problems);

}  // namespace referrald::mapping
