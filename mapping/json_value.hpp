// JSON text, read into a Value.
#pragma once

#include <optional>
#include <string_view>

#include "mapping/value.hpp"

namespace referrald::mapping {

// Whether an object keeps members that are null, as absent values. Such an object is to be read,
// not to be written.
enum class Nulls { dropped, kept };

// Numbers keep every digit (an exponent is written out); a null is absent, a name that occurs twice
// has its last value. nullopt: this is no JSON text, or one nested deeper than 64 levels, or it
// holds a number that nobody would write (over 40 digits).
std::optional<Value> parse_json(std::string_view json, Nulls nulls = Nulls::dropped);

}  // namespace referrald::mapping
