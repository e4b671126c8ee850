#include "mapping/readers/utf8.hpp"

#include <cstdint>
#include <cstring>

#include <simdjson.h>

namespace referrald::mapping {
namespace {

// What may follow a lead byte: table 3-7 of the Unicode standard.
struct Sequence {
  std::size_t length;          // 0: not a lead byte
  unsigned char second_least;  // the second byte's range; later ones are 80..BF
  unsigned char second_most;
};

constexpr Sequence sequence(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

bool well_formed(const char* text, std::size_t left, const Sequence& sequence) {
  if (sequence.length == 0 || left < sequence.length) return false;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < sequence.second_least || second > sequence.second_most) return false;
  for (std::size_t i = 2; i < sequence.length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
  }
  return true;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  // Many bytes at a time, and it tells only whether there is one.
  if (simdjson::validate_utf8(text)) return std::string_view::npos;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const Sequence expected = sequence(lead);
    if (!well_formed(text.data() + at, text.size() - at, expected)) return at;
    at += expected.length;
  }
  return std::string_view::npos;
}

void append_utf8(std::string& out, char32_t character) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (character < 0x80) return byte(character);
  if (character < 0x800) {
    byte(0xC0 | (character >> 6));
  } else if (character < 0x10000) {
    byte(0xE0 | (character >> 12));
    byte(0x80 | ((character >> 6) & 0x3F));
  } else {
    byte(0xF0 | (character >> 18));
    byte(0x80 | ((character >> 12) & 0x3F));
    byte(0x80 | ((character >> 6) & 0x3F));
  }
  byte(0x80 | (character & 0x3F));
}

}  // namespace referrald::mapping
