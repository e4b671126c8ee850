#include "daemon/sync/html_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace referrald::sync {
namespace {

using Named = std::pair<std::string_view, std::string_view>;
constexpr std::array<Named, 6> named{
    {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}}};

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | (code >> 6U & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | (code >> 12U & 0x3FU));
    byte(0x80U | (code >> 6U & 0x3FU));
  }
  byte(0x80U | (code & 0x3FU));
}

// "#38" or "#x26".
bool append_number(std::string& out, std::string_view name) {
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, code, hex ? 16 : 10);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (error != std::errc{} || stop != end || code == 0 || code > 0x10FFFF || surrogate)
    return false;
  append_utf8(out, code);
  return true;
}

// Of "&name;".
bool append_reference(std::string& out, std::string_view name) {
  if (name.starts_with('#')) return append_number(out, name);
  for (const auto& [known, text] : named) {
    if (known != name) continue;
    out += text;
    return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> html_decoded(std::string_view text) {
  std::string out;
  bool found = false;
  while (!text.empty()) {
    const auto at = text.find('&');
    out += text.substr(0, at);
    if (at == std::string_view::npos) break;
    const auto end = text.find(';', at);
    if (end != std::string_view::npos && append_reference(out, text.substr(at + 1, end - at - 1))) {
      found = true;
      text.remove_prefix(end + 1);
    } else {
      out += '&';
      text.remove_prefix(at + 1);
    }
  }
  if (!found) return std::nullopt;
  return out;
}

}  // namespace referrald::sync
