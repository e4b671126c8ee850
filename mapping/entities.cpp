#include "mapping/entities.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

using NamedEntity = std::pair<std::string_view, std::string_view>;
constexpr std::array<NamedEntity, 6> named_entities{
    {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\xC2\xA0"}}};

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
  for (const auto& [known, text] : named_entities) {
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

}  // namespace referrald::mapping
