#include "mapping/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace referrald::mapping {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const Value* element(const List& list, std::string_view index) {
  std::size_t position = 0;
  const char* end = index.data() + index.size();
  const auto [stop, error] = std::from_chars(index.data(), end, position);
  if (error != std::errc{} || stop != end || position >= list.size()) return nullptr;
  return &list[position];
}

void append_escape(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

// Whether one of eight bytes is less than `less`, of at most 128, or is `byte`.
constexpr std::uint64_t each = 0x0101010101010101;
constexpr std::uint64_t highest = 0x8080808080808080;
constexpr bool any_less(std::uint64_t bytes, unsigned char less) {
  return ((bytes - each * less) & ~bytes & highest) != 0;
}
constexpr bool any_is(std::uint64_t bytes, unsigned char byte) {
  return any_less(bytes ^ (each * byte), 1);
}

// Where the first byte is that JSON escapes, from `from` on; the text's size: nowhere.
std::size_t find_escaped(std::string_view text, std::size_t from) {
  std::uint64_t bytes = 0;
  for (; from + sizeof bytes <= text.size(); from += sizeof bytes) {
    std::memcpy(&bytes, text.data() + from, sizeof bytes);
    if (any_less(bytes, 0x20) || any_is(bytes, '"') || any_is(bytes, '\\')) break;
  }
  const auto is_escaped = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
  };
  while (from < text.size() && !is_escaped(text[from])) ++from;
  return from;
}

struct JsonWriter {
  std::string& out;

  void operator()(std::monostate) const {
    throw std::logic_error("an absent value has no JSON form");
  }
  void operator()(const std::string& text) const { append_json_string(out, text); }
  void operator()(const Number& number) const { out += number.text; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(const Object& object) const {
    out += '{';
    for (const Member& member : object) {
      if (&member != &object.front()) out += ',';
      append_json_string(out, member.name);
      out += ':';
      append_json(out, member.value);
    }
    out += '}';
  }
  void operator()(const List& list) const {
    out += '[';
    for (const Value& item : list) {
      if (&item != &list.front()) out += ',';
      append_json(out, item);
    }
    out += ']';
  }
};

}  // namespace

std::optional<Number> canonical_number(std::string_view plain_decimal) {
  const bool negative = plain_decimal.starts_with('-');
  if (negative || plain_decimal.starts_with('+')) plain_decimal.remove_prefix(1);

  const std::size_t point = plain_decimal.find('.');
  std::string_view whole = plain_decimal.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = plain_decimal.substr(point + 1);
    if (!all_digits(fraction)) return std::nullopt;
  }
  if (!all_digits(whole)) return std::nullopt;

  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (whole.empty() && fraction.empty()) return Number{"0"};

  Number number;
  if (negative) number.text += '-';
  if (whole.empty()) {
    number.text += '0';
  } else {
    number.text += whole;
  }
  if (!fraction.empty()) {
    number.text += '.';
    number.text += fraction;
  }
  return number;
}

bool Value::operator==(const Value& other) const {
  return is == other.is;
}

const Member* find_member(const Object& object, std::string_view name) {
  for (const Member& member : object) {
    const std::string_view key = member.name;
    if (key.size() != name.size()) continue;
    // The program's own names are mostly one text; others mostly differ in their last letter.
    if (key.data() == name.data() || key.empty()) return &member;
    if (key.back() == name.back() && key == name) return &member;
  }
  return nullptr;
}

const Value* Value::find(std::string_view name) const {
  const Object* members = object();
  const Member* found = members == nullptr ? nullptr : find_member(*members, name);
  return found == nullptr ? nullptr : &found->value;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(name));
}

const List& elements_of(const Value* value) {
  static const List none;
  const List* list = value == nullptr ? nullptr : value->list();
  return list == nullptr ? none : *list;
}

const Value* Value::at(std::string_view path) const {
  if (path.empty()) return this;
  const Value* here = this;
  while (here != nullptr) {
    const std::size_t slash = path.find('/');
    const std::string_view step = path.substr(0, slash);
    here = here->list() != nullptr ? element(*here->list(), step) : here->find(step);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return here;
}

void append_json_string(std::string& out, std::string_view text) {
  std::size_t place = find_escaped(text, 0);
  const std::size_t begin = out.size();
  out.resize(begin + place + 1);
  out[begin] = '"';
  text.copy(out.data() + begin + 1, place);
  while (place < text.size()) {
    append_escape(out, text[place]);
    const std::size_t next = find_escaped(text, place + 1);
    out.append(text, place + 1, next - place - 1);
    place = next;
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  std::visit(JsonWriter{out}, value.is);
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
  const std::size_t open = object.find_first_not_of(" \t\r\n");
  if (open == std::string_view::npos || object[open] != '{') {
    throw std::invalid_argument("with_member: not the text of a JSON object");
  }
  const std::string_view rest = object.substr(open + 1);
  const std::size_t first = rest.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    throw std::invalid_argument("with_member: the text of a JSON object ends too early");
  }
  std::string out;
  out.reserve(object.size() + name.size() + value.size() + 6);
  out += '{';
  append_json_string(out, name);
  out += ':';
  out += value;
  if (rest[first] != '}') out += ',';
  out += rest;
  return out;
}

}  // namespace referrald::mapping
