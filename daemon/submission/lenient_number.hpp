// Numbers of the token service: version 1 of its endpoint writes them as strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <simdjson.h>

namespace referrald::submission {

// The member's value, whether it is a number or a text that begins with digits; else nullopt.
std::optional<std::int64_t> lenient_number(simdjson::dom::object object, std::string_view name);

// The number with which the text begins.
std::optional<std::int64_t> leading_digits(std::string_view text);

}  // namespace referrald::submission
