#include <cstddef>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

constexpr bool is_ascii_blank(unsigned char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Unicode's White_Space beyond ASCII, and what a person cannot see at the end of a cell either:
// zero width, marks of writing direction (phone numbers copied from contacts carry them), byte
// order mark. Variation selectors stay: they belong to the emoji before them.
constexpr bool is_blank(char32_t c) {
  if (c >= 0x2000 && c <= 0x200F) return true;  // spaces, zero width, LRM, RLM
  if (c >= 0x2028 && c <= 0x202F) return true;  // separators, embeddings, narrow no-break space
  if (c >= 0x205F && c <= 0x2060) return true;  // mathematical space, word joiner
  if (c >= 0x2066 && c <= 0x2069) return true;  // isolates
  return c == 0x0085 || c == 0x00A0 ||          // next line, no-break space
         c == 0x00AD ||                         // soft hyphen
         c == 0x1680 || c == 0x180E ||          // Ogham space, Mongolian vowel separator
         c == 0x3000 || c == 0xFEFF;            // ideographic space, byte order mark
}

constexpr unsigned char byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// All blanks beyond ASCII have two or three bytes, so longer sequences need no decoding.
constexpr char32_t two_bytes(std::string_view text, std::size_t at) {
  return static_cast<char32_t>((byte(text, at) & 0x1F) << 6 | (byte(text, at + 1) & 0x3F));
}
constexpr char32_t three_bytes(std::string_view text, std::size_t at) {
  return static_cast<char32_t>((byte(text, at) & 0x0F) << 12 | (byte(text, at + 1) & 0x3F) << 6 |
                               (byte(text, at + 2) & 0x3F));
}
constexpr bool continues(std::string_view text, std::size_t at) {
  return (byte(text, at) & 0xC0) == 0x80;
}

std::size_t blank_in_front(std::string_view text) {
  const unsigned char first = byte(text, 0);
  if (first < 0x80) return is_ascii_blank(first) ? 1 : 0;
  if ((first & 0xE0) == 0xC0 && text.size() >= 2 && continues(text, 1)) {
    return is_blank(two_bytes(text, 0)) ? 2 : 0;
  }
  if ((first & 0xF0) == 0xE0 && text.size() >= 3 && continues(text, 1) && continues(text, 2)) {
    return is_blank(three_bytes(text, 0)) ? 3 : 0;
  }
  return 0;
}

std::size_t blank_at_end(std::string_view text) {
  const std::size_t size = text.size();
  if (byte(text, size - 1) < 0x80) return is_ascii_blank(byte(text, size - 1)) ? 1 : 0;
  if (size >= 2 && (byte(text, size - 2) & 0xE0) == 0xC0) {
    return continues(text, size - 1) && is_blank(two_bytes(text, size - 2)) ? 2 : 0;
  }
  if (size >= 3 && (byte(text, size - 3) & 0xF0) == 0xE0) {
    return continues(text, size - 2) && continues(text, size - 1) &&
                   is_blank(three_bytes(text, size - 3))
               ? 3
               : 0;
  }
  return 0;
}

constexpr bool is_visible_ascii(unsigned char c) {
  return c > ' ' && c < 0x80;
}

}  // namespace

std::string_view trim(std::string_view text) {
  if (text.empty() ||
      (is_visible_ascii(byte(text, 0)) && is_visible_ascii(byte(text, text.size() - 1)))) {
    return text;
  }
  while (!text.empty()) {
    const std::size_t blank = blank_in_front(text);
    if (blank == 0) break;
    text.remove_prefix(blank);
  }
  while (!text.empty()) {
    const std::size_t blank = blank_at_end(text);
    if (blank == 0) break;
    text.remove_suffix(blank);
  }
  return text;
}

}  // namespace referrald::mapping
