#include "mapping/each.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/values.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

// Digits of at most four places, leading zeros allowed.
std::optional<std::uint32_t> small_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 4) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

bool is_gap(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Whether the filter that begins here has columns for its arguments.
bool names_columns(std::string_view filter) {
  filter = trim(filter);
  return std::ranges::any_of(std::array{"if_blank", "when", "hash"}, [&](std::string_view name) {
    return filter.starts_with(name) && filter.size() > name.size() && is_gap(filter[name.size()]);
  });
}

// Walks over a template's text and knows where it is inside of a placeholder. The marks are in
// columns' names; a # in a filter's pattern or text is none.
std::string replace_marks(std::string_view text, std::string_view number, bool& replaced) {
  std::string out;
  bool inside = false;
  bool filters = false;  // behind the column's name, where arguments may be quoted
  bool columns = true;   // here
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      if (!inside || text[i + 1] != '#') out += c;
      out += text[++i];
    } else if (!inside) {
      inside = c == '$' && i + 1 < text.size() && text[i + 1] == '{';
      filters = false;
      columns = true;
      out += c;
    } else if (c == '#' && columns) {
      replaced = true;
      out += number;
    } else {
      if (quote != 0)
        quote = c == quote ? '\0' : quote;
      else if (filters && (c == '"' || c == '\'') && is_gap(text[i - 1]))
        quote = c;
      else if (c == '|') {
        filters = true;
        columns = names_columns(text.substr(i + 1));
      } else if (c == '}')
        inside = false;
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string NumberRange::text(std::uint32_t number) const {
  return fmt::format("{:0{}}", number, width);
}

std::optional<NumberRange> parse_range(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view from = trim(text.substr(0, dots));
  const auto first = small_number(from);
  const auto last = small_number(trim(text.substr(dots + 2)));
  if (!first || !last) return std::nullopt;
  return NumberRange{*first, *last, from.starts_with('0') ? from.size() : 1};
}

YamlNode with_number(const YamlNode& element, std::string_view number, bool& replaced) {
  YamlNode out = element;
  if (out.kind == YamlNode::Kind::scalar) out.text = replace_marks(out.text, number, replaced);
  for (auto& one : out.elements) one = with_number(one, number, replaced);
  for (auto& member : out.members) member.value = with_number(member.value, number, replaced);
  return out;
}

bool is_each(const YamlNode& yaml) {
  return yaml.find("each") != nullptr;
}

}  // namespace referrald::mapping
