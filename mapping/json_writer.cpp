#include "mapping/json_writer.hpp"

#include <algorithm>
#include <stdexcept>

#include "mapping/byte_word.hpp"

namespace referrald::mapping {
namespace {

constexpr bool any_escaped(ByteWord bytes) {
  return any_less(bytes, 0x20) || any_is(bytes, '"') || any_is(bytes, '\\');
}

constexpr bool is_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Where the first byte is that JSON escapes; the text's size: nowhere, as mostly.
std::size_t find_escaped(std::string_view text) {
  if (!any_word(text, any_escaped)) return text.size();
  std::size_t plain = 0;
  while (plain + sizeof(ByteWord) <= text.size() && !any_escaped(byte_word(text.substr(plain))))
    plain += sizeof(ByteWord);
  while (plain < text.size() && !is_escaped(text[plain])) ++plain;
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
