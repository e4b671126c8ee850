#include "mapping/readers/json_text.hpp"

#include <cstddef>
#include <optional>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

std::size_t digits_from(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The four digits of \uXXXX, which begin at `at`.
std::optional<char32_t> hex4(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return std::nullopt;
  char32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<char32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// The escape \uXXXX whose digits begin at `at`, with the second half of a pair if it is one; moves
// `at` behind it.
Unescaped unescape_code(std::string_view text, std::size_t& at, std::string& out) {
  const std::optional<char32_t> first = hex4(text, at);
  if (!first) return Unescaped::malformed;
  at += 4;
  if (*first < 0xD800 || *first > 0xDFFF) {
    append_utf8(out, *first);
    return Unescaped::text;
  }
  if (*first < 0xDC00 && text.substr(at).starts_with("\\u")) {
    const std::optional<char32_t> second = hex4(text, at + 2);
    if (second && *second >= 0xDC00 && *second <= 0xDFFF) {
      append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      at += 6;
      return Unescaped::text;
    }
  }
  append_utf8(out, 0xFFFD);
  return Unescaped::half_character;
}

}  // namespace

bool is_json_number(std::string_view token) {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  if (at == token.size() || !is_digit(token[at])) return false;
  at = token[at] == '0' ? at + 1 : digits_from(token, at);
  if (at < token.size() && token[at] == '.') {
    const std::size_t end = digits_from(token, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < token.size() && (token[at] | 0x20) == 'e') {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    const std::size_t end = digits_from(token, at);
    if (end == at) return false;
    at = end;
  }
  return at == token.size();
}

bool write_out(std::string_view token, std::string& plain) {
  const std::size_t e = token.find_first_of("eE");
  if (e == std::string_view::npos) {
    plain = token;
    return token.size() <= kMaxPlainNumber;
  }
  const bool negative = token.starts_with('-');
  const std::string_view mantissa = token.substr(negative ? 1 : 0, e - (negative ? 1 : 0));
  const std::size_t dot = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, dot));
  if (dot < mantissa.size()) digits += mantissa.substr(dot + 1);
  plain = negative ? "-" : "";
  if (digits.find_first_not_of('0') == std::string::npos) {
    plain += '0';
    return true;
  }
  if (digits.size() > kMaxPlainNumber) return false;

  std::string_view power = token.substr(e + 1);
  const bool down = power.starts_with('-');
  if (down || power.starts_with('+')) power.remove_prefix(1);
  power.remove_prefix(std::min(power.find_first_not_of('0'), power.size()));
  if (power.size() > 4) return false;
  int shift = 0;
  for (const char c : power) shift = shift * 10 + (c - '0');

  const int point = static_cast<int>(dot) + (down ? -shift : shift);
  const int count = static_cast<int>(digits.size());
  if (point < -static_cast<int>(kMaxPlainNumber) || point > static_cast<int>(kMaxPlainNumber)) {
    return false;
  }
  if (point <= 0) digits.insert(0, static_cast<std::size_t>(1 - point), '0');
  if (point > count) digits.append(static_cast<std::size_t>(point - count), '0');
  const std::size_t whole = point <= 0 ? 1 : static_cast<std::size_t>(point);
  // 00012.5 is 12.5, but a single zero stays before the point.
  const std::size_t first = std::min(digits.find_first_not_of('0'), whole - 1);
  plain += digits.substr(first, whole - first);
  if (whole < digits.size()) (plain += '.') += digits.substr(whole);
  return plain.size() <= kMaxPlainNumber;
}

Unescaped unescape(std::string_view between_quotes, std::string& text) {
  Unescaped result = Unescaped::text;
  text.clear();
  for (std::size_t at = 0; at < between_quotes.size();) {
    const char c = between_quotes[at++];
    if (static_cast<unsigned char>(c) < 0x20 || c == '"') return Unescaped::malformed;
    if (c != '\\') {
      text += c;
      continue;
    }
    if (at == between_quotes.size()) return Unescaped::malformed;
    const char kind = between_quotes[at++];
    if (kind != 'u') {
      const char meant = short_escape(kind);
      if (meant == '\0') return Unescaped::malformed;
      text += meant;
      continue;
    }
    const Unescaped code = unescape_code(between_quotes, at, text);
    if (code == Unescaped::malformed) return code;
    if (code == Unescaped::half_character) result = code;
  }
  return result;
}

bool is_json_scalar(std::string_view token) {
  if (token == "true" || token == "false" || token == "null") return true;
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return is_json_number(token);
  std::string text;
  return unescape(token.substr(1, token.size() - 2), text) != Unescaped::malformed &&
         first_invalid_utf8(token) == std::string_view::npos;
}

}  // namespace referrald::mapping
