#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace referrald::mapping {

// Where the first byte stands that is not part of well-formed UTF-8 (no overlong forms, no
// surrogates, nothing beyond U+10FFFF), or npos.
std::size_t first_invalid_utf8(std::string_view text);

// Appends the character; it must be one that text can hold (no surrogate, at most U+10FFFF).
void append_utf8(std::string& out, char32_t character);

}  // namespace referrald::mapping
