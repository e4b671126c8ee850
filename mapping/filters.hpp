// The filters of the template language: each takes one cell's value on, or says why it cannot.
// docs/filters.md describes them for users.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/dates.hpp"
#include "mapping/lists.hpp"
#include "mapping/number.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/rules.hpp"
#include "mapping/table.hpp"

namespace referrald::mapping {

// A value on its way through the filters. `text` may look into a cell or into `store`, so a Scalar
// stays where it is. A number's text is the exact decimal, a boolean's "true" or "false", a date's
// ISO 8601: these are sure of themselves, and `number` and `date` take them whatever the locale or
// format.
struct Scalar {
  Scalar() = default;
  Scalar(const Scalar&) = delete;
  Scalar& operator=(const Scalar&) = delete;

  void refer(ScalarKind new_kind, std::string_view outside) {
    kind = outside.empty() ? ScalarKind::blank : new_kind;
    text = outside;
  }
  void hold(ScalarKind new_kind, std::string&& owned) {
    store = std::move(owned);
    refer(new_kind, store);
  }
  void refer(const Cell& cell);
  // A list without elements is blank.
  void hold_list(std::vector<Constant>&& elements) {
    items = std::move(elements);
    text = {};
    kind = items.empty() ? ScalarKind::blank : ScalarKind::list;
  }

  ScalarKind kind = ScalarKind::blank;
  std::string_view text;
  std::string store;
  std::vector<Constant> items;  // of a list, none of them blank
};

// What filters take from the mapping's `format`, `tables` and `lists`. Outlives the filters.
struct FilterSettings {
  NumberFormat numbers;
  TimeZone zone;
  Tables tables;
  CodeLists lists{};
};

// Why a filter could not take a value on.
struct Failure {
  Code code;
  std::string value;
  std::string message;
  std::string remedy;  // empty: the code's own
};

// What a filter sees of the row.
struct FilterRow {
  std::span<const Cell> cells;  // trimmed, in the order of the mapping's columns
  const FilterSettings& settings;
  std::uint32_t column;  // that the value comes from; `if_blank` changes it
};

// Const and thread-safe.
struct Filter {
  std::function<std::optional<Failure>(FilterRow&, Scalar&)> run;
  bool takes_blank = false;  // a blank passes through all others untouched
};

// How a filter's arguments are written.
enum class ArgumentStyle : std::uint8_t {
  text,      // all text up to the next | or }, or quoted strings
  words,     // words without blanks, or quoted strings
  patterns,  // quoted strings in which a backslash is itself
  filter,    // another filter, with its arguments
};
// The style of the filter of that name; text when there is none.
ArgumentStyle argument_style(std::string_view name);

struct Argument {
  std::string text;
  bool quoted = false;
};

// A filter as the template has it.
struct FilterCall {
  std::string name;
  std::vector<Argument> arguments;
  std::vector<FilterCall> inner;  // of `map`: the filter that each element goes through
};

// What a pipe yields, as far as it is known before there is a row.
enum class Flow : std::uint8_t {
  text,
  number,
  date,
  boolean,
  list,
  unknown,  // whatever a table holds
};

struct Pipe {
  std::vector<Filter> filters;
  std::vector<std::uint32_t> columns;  // beside the placeholder's own, that values come from
  Flow flow = Flow::text;
  bool mends = false;  // the first filter replaces what the cell holds
};

// What is wrong with a pipe, and what to do.
struct PipeFault {
  std::string message;
  std::string remedy;
};
using PipeFaults = std::vector<PipeFault>;

// Makes the filters of a placeholder and checks that each can take what comes before it.
// `column_id` numbers the columns that arguments name. What is wrong is added to `faults`; then the
// pipe is not to be used.
Pipe make_pipe(std::span<const FilterCall> calls, const FilterSettings& settings,
               const std::function<std::uint32_t(std::string_view)>& column_id, PipeFaults& faults);

// Runs the filters from left to right, up to the first that fails.
std::optional<Failure> run_pipe(const Pipe& pipe, FilterRow& row, Scalar& value);

}  // namespace referrald::mapping
