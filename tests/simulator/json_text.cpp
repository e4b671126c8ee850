#include "tests/simulator/json_text.hpp"

#include <array>

namespace referrald::simulator {
namespace {

// 0: as it is, 'u': \u00XX, else the letter behind the backslash.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = escapes[byte];
    if (escape == 0) continue;
    out.append(text, done, i - done);
    done = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
  }
  out.append(text, done, text.size() - done);
  out += '"';
}

}  // namespace referrald::simulator
