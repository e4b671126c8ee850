#include "mapping/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

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

}  // namespace referrald::mapping
