// JSON text, read into a Value.
#pragma once

#include <optional>
#include <string_view>

#include "mapping/value.hpp"

namespace referrald::mapping {

// Numbers keep every digit (an exponent is written out); a null is absent, a name that occurs twice
// has its last value. nullopt: this is no JSON text, or one nested deeper than 64 levels, or it
// holds a number that nobody would write (over 40 digits).
std::optional<Value> parse_json(std::string_view json);

}  // namespace referrald::mapping
