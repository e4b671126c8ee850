// Eight bytes of a text, looked at together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace referrald::mapping {

using ByteWord = std::uint64_t;

inline constexpr ByteWord each_byte = 0x0101010101010101;
inline constexpr ByteWord highest_bits = 0x8080808080808080;

// Whether one of the bytes is less than `less`, of at most 128; is `byte`; is none of ASCII's.
constexpr bool any_less(ByteWord bytes, unsigned char less) {
  return ((bytes - each_byte * less) & ~bytes & highest_bits) != 0;
}
constexpr bool any_is(ByteWord bytes, unsigned char byte) {
  return any_less(bytes ^ (each_byte * byte), 1);
}
constexpr bool any_beyond_ascii(ByteWord bytes) {
  return (bytes & highest_bits) != 0;
}

// The first bytes of `text`, which has so many.
inline ByteWord byte_word(std::string_view text) {
  ByteWord bytes = 0;
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return bytes;
}

// Whether `test` is true of some eight bytes of the text. Some bytes may be looked at twice, and
// letters are put behind a shorter text.
template <typename Test>
bool any_word(std::string_view text, const Test& test) {
  if (text.size() < sizeof(ByteWord)) {
    ByteWord bytes = each_byte * 'a';
    text.copy(reinterpret_cast<char*>(&bytes), sizeof bytes);
    return test(bytes);
  }
  const std::string_view last = text.substr(text.size() - sizeof(ByteWord));
  for (; text.size() >= sizeof(ByteWord); text.remove_prefix(sizeof(ByteWord)))
    if (test(byte_word(text))) return true;
  return !text.empty() && test(byte_word(last));
}

}  // namespace referrald::mapping
