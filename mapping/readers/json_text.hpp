// The texts inside JSON, looked at byte by byte where simdjson says too little about them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace referrald::mapping {

// Whether it is a number as RFC 8259 spells it, alone.
bool is_json_number(std::string_view token);

// A number with an exponent as a plain decimal, no digit lost: 1.50e2 is 150, 1e-3 is 0.001. False,
// and `plain` is undefined, when that takes more than kMaxPlainNumber characters. `token` is a JSON
// number.
inline constexpr std::size_t kMaxPlainNumber = 64;
bool write_out(std::string_view token, std::string& plain);

enum class Unescaped : std::uint8_t {
  text,
  half_character,  // well-formed, but a surrogate stands alone (\ud800): no text can hold it
  malformed,
};
// What stands between the quotes of a JSON string. A lone surrogate becomes U+FFFD. Does not look
// whether the bytes are UTF-8.
Unescaped unescape(std::string_view between_quotes, std::string& text);

// Whether the value, which is no object or array, is well-formed: string, number, true, false,
// null.
bool is_json_scalar(std::string_view token);

}  // namespace referrald::mapping
