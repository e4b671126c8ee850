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

// One entry: everything it says must hold of the value. Lists are compared exactly; the expression
// must match the whole value, so that "Qualified" leaves "Disqualified" out. No comparison holds of
// a blank.
struct Condition {
  enum class Group : std::uint8_t { none, any, all };

  Group group = Group::none;
  std::vector<Condition> members;  // of a group

  std::uint32_t column = 0;
  std::optional<Template> value;  // in the place of the column's cell
  std::optional<std::vector<std::string>> in;
  std::optional<std::vector<std::string>> not_in;
  std::shared_ptr<const re2::RE2> matches;
  std::optional<bool> blank;
  std::optional<std::string> above, at_least, below, at_most;  // plain decimals
  std::optional<std::string> from, before;                     // UTC, 2026-03-31T00:00:00Z
};

// Whether there is a number or date between the entry's bounds.
bool has_values_between(const Condition& one);

// Whether all of them hold. A value that cannot be read is a fault; a row that other conditions
// leave out has none.
bool all_hold(const std::vector<Condition>& conditions, std::span<const Cell> cells,
              const FilterSettings& settings, std::vector<Template::Fault>& faults);

// Loads the list under `include`. Faults are problems.
std::vector<Condition> load_conditions(const config::YamlNode& yaml, const std::string& file,
                                       const FilterSettings& settings, Columns& columns,
                                       config::Problems& problems);

}  // namespace referrald::mapping
