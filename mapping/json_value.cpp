#include "mapping/json_value.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <simdjson.h>

namespace referrald::mapping {
namespace {

using JsonElement = simdjson::ondemand::value;

constexpr int deepest = 64;
constexpr int most_digits = 40;

// "1.5e3" is 1500. nullopt: it has too many digits.
std::optional<Number> written_out(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos) return canonical_number(text);
  int exponent = 0;
  auto power = text.substr(e + 1);
  if (power.starts_with('+')) power.remove_prefix(1);
  const auto read = std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (read.ec != std::errc{} || exponent > most_digits || exponent < -most_digits)
    return std::nullopt;
  const bool negative = text.starts_with('-');
  std::string digits(text.substr(negative ? 1 : 0, e - (negative ? 1 : 0)));
  const auto dot = std::min(digits.find('.'), digits.size());
  digits.erase(std::min(dot, digits.size()), 1);
  auto point = static_cast<int>(dot) + exponent;
  if (point <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    point = 1;
  }
  if (point > static_cast<int>(digits.size()))
    digits.append(static_cast<std::size_t>(point) - digits.size(), '0');
  if (point < static_cast<int>(digits.size()))
    digits.insert(static_cast<std::size_t>(point), 1, '.');
  return canonical_number((negative ? "-" : "") + digits);
}

bool read_json(JsonElement& json, Value& value, int depth, Nulls nulls);

bool read_json_object(JsonElement& json, Value& value, int depth, Nulls nulls) {
  simdjson::ondemand::object object;
  if (json.get_object().get(object) != simdjson::SUCCESS) return false;
  Object members;
  for (auto field : object) {
    std::string_view name;
    JsonElement inner;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
    MemberName kept(name);
    Value read;
    if (field.value().get(inner) != simdjson::SUCCESS || !read_json(inner, read, depth + 1, nulls))
      return false;
    if (const Member* same = find_member(members, kept))
      members.erase(members.begin() + (same - members.data()));
    if (!read.absent() || nulls == Nulls::kept)
      members.push_back({std::move(kept), std::move(read)});
  }
  value.is = std::move(members);
  return true;
}

bool read_json_list(JsonElement& json, Value& value, int depth, Nulls nulls) {
  simdjson::ondemand::array array;
  if (json.get_array().get(array) != simdjson::SUCCESS) return false;
  List elements;
  for (auto element : array) {
    JsonElement inner;
    Value read;
    if (element.get(inner) != simdjson::SUCCESS || !read_json(inner, read, depth + 1, nulls))
      return false;
    if (!read.absent()) elements.push_back(std::move(read));
  }
  value.is = std::move(elements);
  return true;
}

bool read_json_number(JsonElement& json, Value& value) {
  // simdjson checks the form; its double would round.
  double rounded = 0;
  std::string_view token = json.raw_json_token();
  if (json.get_double().get(rounded) != simdjson::SUCCESS) return false;
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  if (token.size() > most_digits) return false;
  auto number = written_out(token);
  if (!number) return false;
  value.is = std::move(*number);
  return true;
}

bool read_json(JsonElement& json, Value& value, int depth, Nulls nulls) {
  simdjson::ondemand::json_type type{};
  if (depth > deepest || json.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
    case simdjson::ondemand::json_type::object:
      return read_json_object(json, value, depth, nulls);
    case simdjson::ondemand::json_type::array:
      return read_json_list(json, value, depth, nulls);
    case simdjson::ondemand::json_type::number:
      return read_json_number(json, value);
    case simdjson::ondemand::json_type::string: {
      std::string_view text;
      if (json.get_string().get(text) != simdjson::SUCCESS) return false;
      value.is = std::string(text);
      return true;
    }
    case simdjson::ondemand::json_type::boolean: {
      bool truth = false;
      if (json.get_bool().get(truth) != simdjson::SUCCESS) return false;
      value.is = truth;
      return true;
    }
    case simdjson::ondemand::json_type::null:
      value.is = std::monostate{};
      return json.is_null();
  }
  return false;
}

}  // namespace

std::optional<Value> parse_json(std::string_view json, Nulls nulls) {
  if (json.starts_with("\xEF\xBB\xBF")) json.remove_prefix(3);
  // A list around it: simdjson reads a lone number or text by other functions.
  std::string padded = "[";
  padded.append(json).append("]");
  padded.reserve(padded.size() + simdjson::SIMDJSON_PADDING);
  thread_local simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  const simdjson::padded_string_view text(padded.data(), padded.size(), padded.capacity());
  if (parser.iterate(text).get(document) != simdjson::SUCCESS) return std::nullopt;
  JsonElement root;
  Value read;
  const char* here = nullptr;
  if (document.get_value().get(root) != simdjson::SUCCESS ||
      !read_json_list(root, read, 0, nulls) ||
      document.current_location().get(here) == simdjson::SUCCESS)
    return std::nullopt;
  auto& elements = *read.list();
  if (elements.size() > 1) return std::nullopt;
  // A null is no element.
  return elements.empty() ? Value{} : std::move(elements.front());
}

}  // namespace referrald::mapping
