#include "mapping/json_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace referrald::mapping {
namespace {

using Word = std::uint64_t;  // eight bytes

// Whether one of its bytes is less than `less`, of at most 128, or is `byte`.
constexpr Word each = 0x0101010101010101;
constexpr Word highest = 0x8080808080808080;
constexpr bool any_less(Word bytes, unsigned char less) {
  return ((bytes - each * less) & ~bytes & highest) != 0;
}
constexpr bool any_is(Word bytes, unsigned char byte) {
  return any_less(bytes ^ (each * byte), 1);
}
constexpr bool any_escaped(Word bytes) {
  return any_less(bytes, 0x20) || any_is(bytes, '"') || any_is(bytes, '\\');
}

constexpr bool is_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

template <typename Bytes>
Word load(const char* from) {
  Bytes bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// Where the first byte is that JSON escapes; the text's size: nowhere. Whole words are looked at,
// the last one again over bytes that were.
std::size_t find_escaped(std::string_view text) {
  const char* const from = text.data();
  const std::size_t size = text.size();
  std::size_t plain = 0;
  if (size >= sizeof(Word)) {
    while (plain + sizeof(Word) <= size && !any_escaped(load<Word>(from + plain)))
      plain += sizeof(Word);
    if (plain + sizeof(Word) > size && !any_escaped(load<Word>(from + size - sizeof(Word))))
      return size;
  } else if (size >= sizeof(std::uint32_t)) {
    constexpr std::size_t half = sizeof(std::uint32_t);
    const Word both = load<std::uint32_t>(from) | load<std::uint32_t>(from + size - half) << 32U;
    if (!any_escaped(both)) return size;
  }
  while (plain < size && !is_escaped(from[plain])) ++plain;
  return plain;
}

struct ValueWriter {
  JsonWriter& out;

  void operator()(std::monostate) const {
    throw std::logic_error("an absent value has no JSON form");
  }
  void operator()(const std::string& text) const { out.string(text); }
  void operator()(const Number& number) const { out.put(number.text); }
  void operator()(bool value) const { out.put(value ? "true" : "false"); }
  void operator()(const Object& object) const {
    out.put('{');
    for (const Member& member : object) {
      if (&member != &object.front()) out.put(',');
      out.string(member.name);
      out.put(':');
      out.value(member.value);
    }
    out.put('}');
  }
  void operator()(const List& list) const {
    out.put('[');
    for (const Value& item : list) {
      if (&item != &list.front()) out.put(',');
      out.value(item);
    }
    out.put(']');
  }
};

}  // namespace

// As much again as was written: then making it longer costs little in all.
char* JsonWriter::room(std::size_t bytes) {
  if (out_.size() - size_ < bytes) out_.resize(size_ + std::max(bytes, size_ - begin_));
  return out_.data() + size_;
}

void JsonWriter::put(char c) {
  *room(1) = c;
  ++size_;
}

void JsonWriter::put(std::string_view json) {
  json.copy(room(json.size()), json.size());
  size_ += json.size();
}

void JsonWriter::string(std::string_view text) {
  std::size_t plain = find_escaped(text);
  char* const to = room(text.size() + 2);
  to[0] = '"';
  text.copy(to + 1, plain);
  size_ += 1 + plain;
  while (plain < text.size()) {
    escape(text[plain]);
    text.remove_prefix(plain + 1);
    plain = find_escaped(text);
    put(text.substr(0, plain));
  }
  put('"');
}

void JsonWriter::escape(char c) {
  switch (c) {
    case '"':
      return put("\\\"");
    case '\\':
      return put("\\\\");
    case '\b':
      return put("\\b");
    case '\f':
      return put("\\f");
    case '\n':
      return put("\\n");
    case '\r':
      return put("\\r");
    case '\t':
      return put("\\t");
    default: {
      constexpr char digits[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      put("\\u00");
      put(digits[byte >> 4U]);
      put(digits[byte & 15U]);
    }
  }
}

void JsonWriter::value(const Value& value) {
  std::visit(ValueWriter{*this}, value.is);
}

void append_json_string(std::string& out, std::string_view text) {
  JsonWriter(out).string(text);
}

void append_json(std::string& out, const Value& value) {
  JsonWriter(out).value(value);
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
  JsonWriter writer(out);
  writer.put('{');
  writer.string(name);
  writer.put(':');
  writer.put(value);
  if (rest[first] != '}') writer.put(',');
  writer.put(rest);
  writer.finish();
  return out;
}

}  // namespace referrald::mapping
