// Decimal numbers as exports write them, exactly: never through a double.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/value.hpp"

namespace referrald::mapping {

// A decimal as JSON and YAML write it, "-12.50"; no exponent, no leading zeros, no grouping.
std::optional<Number> plain_number(std::string_view text);

// How a locale writes numbers.
struct NumberFormat {
  std::string locale;
  std::string decimal;
  std::string other_decimal;           // of amounts, where it is another one; mostly blank
  std::vector<std::string> groupings;  // any one of them, the same throughout a number
  std::size_t last_group = 3;
  std::size_t other_groups = 3;  // India: 2
};

// nullopt when there is no such locale. `locale` is a tag such as "de-DE" or "fr".
std::optional<NumberFormat> number_format(std::string_view locale);

enum class NumberFault { none, not_a_number, ambiguous };

struct NumberReading {
  NumberFault fault = NumberFault::none;
  Number number;  // when there is no fault
};

// Reads all of `text`. Ambiguous is what elsewhere means thousands, "1.234" in en-US; the number is
// still given.
NumberReading read_number(std::string_view text, const NumberFormat& format);

// Whether a number that somebody wrote as plain_number() has it, 1.000, means thousands where the
// locale is at home.
bool may_mean_thousands(std::string_view plain, const NumberFormat& format);

}  // namespace referrald::mapping
