// Telephone numbers as people write them, to digits with a leading + where the country is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// Whether this is a country calling code: one to three digits, the first not 0, perhaps behind a +.
bool is_calling_code(std::string_view text);

// The digits of a number, behind a + when it has one (or 00). A number without is a national one:
// `calling_code`, when not empty, is put before it in the place of its trunk prefix. "(0)" in a
// number with + goes, as do extensions ("ext. 12"). None when there is anything but one number of 5
// to 15 digits, or of at most 11 beside the 0 in front where it is a national one: two numbers in
// one cell are none. A run of digits without gaps may begin with a country's code and have 15,
// unless `calling_code` says that it does not; then a number that seems to begin with that very
// code is none either.
struct PhoneReading {
  std::optional<std::string> number;
  std::string_view remedy;  // what to do where there is none, if the text shows it
};
PhoneReading read_phone(std::string_view text, std::string_view calling_code);

}  // namespace referrald::mapping
