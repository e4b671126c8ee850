// A set of bytes, to look for any of them in one pass: std::string_view::find_first_of() asks the
// set anew for each byte.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace referrald::mapping {

class CharSet {
 public:
  constexpr explicit CharSet(std::string_view bytes) {
    for (const char byte : bytes) add(byte);
  }
  constexpr void add(char byte) { in_[static_cast<unsigned char>(byte)] = true; }

  constexpr bool contains(char byte) const { return in_[static_cast<unsigned char>(byte)]; }
  // Where the first of them is, from `from` on; npos: nowhere.
  constexpr std::size_t find_in(std::string_view text, std::size_t from = 0) const {
    for (; from < text.size(); ++from)
      if (contains(text[from])) return from;
    return std::string_view::npos;
  }
  constexpr bool any_in(std::string_view text) const {
    return find_in(text) != std::string_view::npos;
  }

 private:
  std::array<bool, 256> in_{};
};

}  // namespace referrald::mapping
