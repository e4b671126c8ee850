#include "mapping/proposal/mapping_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace referrald::mapping {
namespace {

constexpr std::size_t line_width = 100;

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

// Words that YAML, of one version or another, does not take for text, and numbers.
bool means_something_else(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto* word : {"", "null", "~", "yes", "no", "on", "off", "y", "n"})
    if (lower == word) return true;
  return lower.find_first_not_of("0123456789.+-eE_:") == std::string::npos;
}

std::string quoted(std::string_view text, bool in_flow) {
  if (has_control(text)) return double_quoted(text);
  constexpr std::string_view special_at_start = "!&*-?|>@`%\"'#,[]{}:=<";
  const bool plain =
      !text.empty() && special_at_start.find(text.front()) == std::string_view::npos &&
      text.front() != ' ' && text.back() != ' ' && text.back() != ':' &&
      text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos &&
      (!in_flow || text.find_first_of(",[]{}:") == std::string_view::npos);
  return plain ? std::string(text) : single_quoted(text);
}

}  // namespace

std::string placeholder(std::string_view reference, std::string_view filters) {
  std::string out = "${";
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const char c = reference[i];
    const bool opens = c == '$' && reference.substr(i + 1).starts_with('{');
    // Behind the last one stands the placeholder's brace.
    const char next = i + 1 < reference.size() ? reference[i + 1] : '}';
    const bool before_special =
        c == '\\' && std::string_view("}|$\\").find(next) != std::string_view::npos;
    if (c == '}' || c == '|' || opens || before_special) out += '\\';
    out += c;
  }
  if (!filters.empty()) out.append(" | ").append(filters);
  return out + "}";
}

std::string quoted_argument(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string yaml_in_block(std::string_view text) {
  return quoted(text, false);
}

std::string yaml_in_flow(std::string_view text) {
  if (!has_control(text) && means_something_else(text)) return single_quoted(text);
  return quoted(text, true);
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

std::string comment_item(std::string_view text) {
  std::string out = "#   -";
  std::size_t width = out.size();
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (width + 1 + end > line_width) {
      out += "\n#    ";
      width = 6;
    }
    out.append(" ").append(text.substr(0, end));
    width += 1 + end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + "\n";
}

std::string comment_list(const std::vector<std::string>& names) {
  std::string out = "#  ";
  std::size_t width = out.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string item = names[i] + (i + 1 < names.size() ? "," : "");
    if (width + 1 + item.size() > line_width) {
      out += "\n#  ";
      width = 3;
    }
    out += " " + item;
    width += 1 + item.size();
  }
  return out + "\n";
}

void MappingText::begin_line() {
  text_.append(2 * depth_ - (begins_element_ ? 2 : 0), ' ');
  if (begins_element_) text_ += "- ";
  begins_element_ = false;
}

void MappingText::open(std::string_view name, std::string_view remark) {
  begin_line();
  text_.append(name).append(":");
  if (!remark.empty()) text_.append("   # ").append(remark);
  text_ += '\n';
  ++depth_;
}

void MappingText::element() {
  ++depth_;
  begins_element_ = true;
}

void MappingText::member(std::string_view name, std::string_view value, std::string_view remark) {
  begin_line();
  text_.append(name).append(": ").append(yaml_in_block(value));
  if (!remark.empty()) text_.append("   # ").append(remark);
  text_ += '\n';
}

void MappingText::remark(std::string_view text) {
  text_.append(2 * depth_, ' ').append("# ").append(one_line(text)).append("\n");
}

void MappingText::close() {
  --depth_;
}

}  // namespace referrald::mapping
