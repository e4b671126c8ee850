#include "mapping/company_size.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "mapping/names.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

struct Class {
  std::string_view name;
  std::uint64_t from;
  std::uint64_t to;
};
// The fine set first: the first class that holds a range is the most exact.
constexpr std::array classes{
    Class{"1to9employees", 1, 9},
    Class{"10to50employees", 10, 50},
    Class{"51to250employees", 51, 250},
    Class{"251to1000employees", 251, 1000},
    Class{"1001to5000employees", 1001, 5000},
    Class{"5001to10000employees", 5001, 10000},
    Class{"10001to20000employees", 10001, 20000},
    Class{"Morethan20000employees", 20001, no_end},
    Class{"1to50employees", 1, 50},
    Class{"51to500employees", 51, 500},
    Class{"Morethan500employees", 501, no_end},
};

constexpr std::array names = [] {
  std::array<std::string_view, classes.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = classes[i].name;
  return out;
}();

// What head counts are given of, in lower case.
constexpr std::array<std::string_view, 9> people{"employees",   "people",        "staff",
                                                 "mitarbeiter", "mitarbeitende", "employés",
                                                 "salariés",    "empleados",     "dipendenti"};

struct Range {
  std::uint64_t from;
  std::uint64_t to;
};

// The value of a plain number that is whole and not negative.
std::optional<std::uint64_t> whole(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> count(std::string_view text, const NumberFormat& format) {
  const auto reading = read_number(trim(text), format);
  return reading.fault == NumberFault::none ? whole(reading.number.text) : std::nullopt;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trim(text.substr(prefix.size()));
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text = trim(text.substr(0, text.size() - suffix.size()));
  return true;
}

std::optional<Range> open_range(std::string_view text, const NumberFormat& format) {
  std::string_view rest = text;
  if (take_suffix(rest, "+") || take_prefix(rest, "≥") || take_prefix(rest, ">=")) {
    const auto from = count(rest, format);
    return from ? std::optional(Range{*from, no_end}) : std::nullopt;
  }
  if (take_prefix(rest, ">") || take_prefix(rest, "more than") || take_prefix(rest, "over")) {
    const auto below = count(rest, format);
    return below ? std::optional(Range{*below + 1, no_end}) : std::nullopt;
  }
  if (take_prefix(rest, "≤") || take_prefix(rest, "<=") || take_prefix(rest, "up to")) {
    const auto to = count(rest, format);
    return to ? std::optional(Range{1, *to}) : std::nullopt;
  }
  if (take_prefix(rest, "<") || take_prefix(rest, "less than") || take_prefix(rest, "under")) {
    const auto above = count(rest, format);
    return above && *above > 0 ? std::optional(Range{1, *above - 1}) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Range> range(std::string_view text, const NumberFormat& format) {
  if (const auto one = count(text, format)) return Range{*one, *one};
  if (const auto open = open_range(text, format)) return open;
  for (const std::string_view dash : {"–", "—", " to ", "-"}) {
    const auto at = text.find(dash);
    if (at == std::string_view::npos || at == 0) continue;
    const auto from = count(text.substr(0, at), format);
    const auto to = count(text.substr(at + dash.size()), format);
    if (from && to && *from <= *to) return Range{*from, *to};
  }
  return std::nullopt;
}

std::string_view class_of(Range range) {
  for (const auto& one : classes)
    if (range.from >= one.from && range.to <= one.to) return one.name;
  return {};
}

}  // namespace

std::span<const std::string_view> company_sizes() {
  return names;
}

std::string_view company_size(std::string_view text, const NumberFormat& format) {
  if (const auto plain = whole(text)) return *plain > 0 ? class_of({*plain, *plain}) : "";
  for (const auto& one : classes)
    if (std::ranges::equal(text, one.name, {}, ascii_lower, ascii_lower)) return one.name;
  const std::string lower = to_lower(text);
  std::string_view rest = lower;
  for (const auto word : people)
    if (take_suffix(rest, word)) break;
  const auto found = range(rest, format);
  if (!found || found->from == 0) return {};
  return class_of(*found);
}

std::string_view company_size(std::string_view number) {
  const auto canonical = canonical_number(number);
  const auto value = canonical ? whole(canonical->text) : std::nullopt;
  return value && *value > 0 ? class_of({*value, *value}) : std::string_view{};
}

}  // namespace referrald::mapping
