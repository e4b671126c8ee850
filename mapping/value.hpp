// A JSON value as a mapping produces it: members in the mapping's order, numbers as exact decimals.
//
// Boost.JSON would turn 1124741.15 into a double and print 1.12474115E6; a deal's value is to
// arrive at Partner Center as it stands in the CRM, so numbers keep their decimal text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mapping/member_name.hpp"

namespace referrald::mapping {

// A decimal in JSON's notation without exponent, canonical: no leading zeros, no trailing zeros
// behind the point, no "-0". Made by canonical_number() only.
struct Number {
  std::string text;
  bool operator==(const Number&) const = default;
};

// The number that `plain_decimal` writes: an optional sign, digits, optionally a point and digits
// ("+0048500.00" is 48500). nullopt for anything else: no exponent, no blanks, no grouping.
std::optional<Number> canonical_number(std::string_view plain_decimal);

struct Value;
struct Member;
using Object = std::vector<Member>;  // names unique, in order
using List = std::vector<Value>;

// monostate is "absent": such members and elements are dropped before a value is written.
struct Value {
  std::variant<std::monostate, std::string, Number, bool, Object, List> is;

  bool absent() const { return std::holds_alternative<std::monostate>(is); }
  const std::string* string() const { return std::get_if<std::string>(&is); }
  const Number* number() const { return std::get_if<Number>(&is); }
  const bool* boolean() const { return std::get_if<bool>(&is); }
  const Object* object() const { return std::get_if<Object>(&is); }
  const List* list() const { return std::get_if<List>(&is); }
  Object* object() { return std::get_if<Object>(&is); }
  List* list() { return std::get_if<List>(&is); }

  // The member of an object, or nullptr; nullptr too when this is no object.
  const Value* find(std::string_view name) const;
  Value* find(std::string_view name);
  // The value at a path of members and list indices, "customerProfile/team/0/email", or nullptr.
  // The empty path is this value.
  const Value* at(std::string_view path) const;

  bool operator==(const Value& other) const;
};

struct Member {
  MemberName name;
  Value value;
  bool operator==(const Member&) const = default;
};

// The object's member of that name, or nullptr.
const Member* find_member(const Object& object, std::string_view name);
// The elements of a list; none of nullptr, and none of what is no list.
const List& elements_of(const Value* value);

// json_writer.hpp has these for several texts. Appends the JSON text. The strings must be valid
// UTF-8. Throws std::logic_error at an absent part: it has no JSON form, and a null would erase a
// member at Partner Center.
void append_json(std::string& out, const Value& value);
std::string to_json(const Value& value);

// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

// The text of a JSON object with one more member in front; `value` is JSON text. Throws
// std::invalid_argument when `object` is not an object's text.
std::string with_member(std::string_view object, std::string_view name, std::string_view value);

}  // namespace referrald::mapping
