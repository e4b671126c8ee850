#include "daemon/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include <fmt/format.h>

namespace referrald {
namespace {

// One code point, or one byte that belongs to none.
struct Unit {
  std::uint32_t point = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

Unit decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {first, 1, false};
  std::uint32_t point = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {first, 1, false};
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least[length] || surrogate || point > 0x10FFFF) return {first, 1, false};
  return {point, length, true};
}

bool acts_on_terminal(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         (point >= 0x200E && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

void append_escape(std::string& out, const Unit& unit) {
  auto to = std::back_inserter(out);
  if (unit.point == '\n') {
    out += "\\n";
  } else if (unit.point == '\r') {
    out += "\\r";
  } else if (unit.point == '\t') {
    out += "\\t";
  } else if (!unit.valid || unit.point < 0x80) {
    fmt::format_to(to, "\\x{:02x}", unit.point);
  } else {
    fmt::format_to(to, "\\u{:04x}", unit.point);
  }
}

void append_printable(std::string& out, std::string_view text, std::string_view also_escaped) {
  while (!text.empty()) {
    const Unit unit = decode(text);
    if (!unit.valid || acts_on_terminal(unit.point)) {
      append_escape(out, unit);
    } else {
      if (also_escaped.find(text[0]) != std::string_view::npos) out += '\\';
      out += text.substr(0, unit.bytes);
    }
    text.remove_prefix(unit.bytes);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_printable(out, text, {});
  return out;
}

std::string quoted_value(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \"\\=") == std::string_view::npos)
    return printable(text);
  std::string out = "\"";
  append_printable(out, text, "\"\\");
  out += '"';
  return out;
}

Utf8Text valid_utf8(std::string_view text) {
  Utf8Text result;
  result.text.reserve(text.size());
  while (!text.empty()) {
    const Unit unit = decode(text);
    result.text += unit.valid ? text.substr(0, unit.bytes) : "\xEF\xBF\xBD";
    result.replaced |= !unit.valid;
    text.remove_prefix(unit.bytes);
  }
  return result;
}

std::string as_typed(std::string_view text, std::string_view command) {
  constexpr std::string_view named = "`referrald ";
  std::string out;
  for (auto at = text.find(named); at != std::string_view::npos; at = text.find(named)) {
    out += text.substr(0, at);
    out += '`';
    out += command;
    out += ' ';
    text.remove_prefix(at + named.size());
  }
  out += text;
  return out;
}

std::string as_typed(std::string_view text) {
  static const std::string command = [] {
    const char* said = std::getenv("REFERRALD_COMMAND");
    const std::string value = said == nullptr ? "" : said;
    const bool plain = std::ranges::all_of(value, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view(" @._/-").find(c) != std::string_view::npos;
    });
    return plain ? value : std::string();
  }();
  return command.empty() ? std::string(text) : as_typed(text, command);
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : valid_utf8(text).text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

std::string wrapped(std::string_view text, std::size_t column) {
  constexpr std::size_t width = 88;
  std::string out;
  std::size_t used = column;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::size_t length = code_points(word);
    if (used > column && used + 1 + length > width) {
      out += '\n';
      out.append(column, ' ');
      used = column;
    } else if (at > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += length;
    at = end + 1;
  }
  return out;
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void append_count(std::string& out, std::string_view name, std::uint64_t count,
                  std::string_view remark) {
  if (count == 0) return;
  out += fmt::format("  {:<12}{:>9}{}{}\n", name, count, remark.empty() ? "" : "  ", remark);
}

std::string excluded_by(std::uint64_t excluded, std::uint64_t deleted) {
  if (deleted == 0) return "by the mapping's include";
  if (deleted == excluded) return "deleted in the CRM";
  return fmt::format("{} by the mapping's include, {} deleted in the CRM", excluded - deleted,
                     deleted);
}

std::string_view line_unit(std::string_view export_name) {
  if (export_name.ends_with(".xlsx") || export_name.ends_with(".xlsm")) return "row";
  return export_name.ends_with(".json") ? "record" : "line";
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string without_links(std::string_view markdown) {
  std::string text;
  while (true) {
    const auto open = markdown.find('[');
    const auto middle = markdown.find("](", open == std::string_view::npos ? 0 : open);
    const auto close = middle == std::string_view::npos ? middle : markdown.find(')', middle);
    if (open == std::string_view::npos || close == std::string_view::npos)
      return text.append(markdown);
    text.append(markdown.substr(0, open)).append(markdown.substr(open + 1, middle - open - 1));
    markdown.remove_prefix(close + 1);
  }
}

}  // namespace referrald
