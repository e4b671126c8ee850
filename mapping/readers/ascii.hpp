// Characters of ASCII alone, whatever the locale: what files' formats are written in.
#pragma once

#include <string_view>

namespace referrald::mapping {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Takes the prefix off the text, if it begins with it.
constexpr bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace referrald::mapping
