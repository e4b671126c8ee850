// The filters of the template language: each takes one cell's value on, or says why it cannot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/dates.hpp"
#include "mapping/names.hpp"
#include "mapping/number.hpp"
#include "mapping/rules.hpp"

namespace referrald::mapping {

enum class ScalarKind : std::uint8_t { blank, text, number, date, boolean };

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

  ScalarKind kind = ScalarKind::blank;
  std::string_view text;
  std::string store;
};

// A value of the mapping file: of a table, or behind `default`.
struct Constant {
  ScalarKind kind = ScalarKind::text;
  std::string text;
};

// What `lookup` finds: beside each key a value, or one value for each of the table's columns.
struct Table {
  std::vector<std::string> columns;  // in the order of a row's values; empty: one, without a name
  TextMap<std::vector<Constant>> rows;  // a blank text: nothing stands there
};
using Tables = std::map<std::string, Table, std::less<>>;

// What filters take from the mapping's `format` and `tables`. Outlives the filters.
struct FilterSettings {
  NumberFormat numbers;
  TimeZone zone;
  Tables tables;
};

enum class FilterKind : std::uint8_t {
  default_,
  required,
  number,
  date,
  truncate,
  upper,
  lower,
  lookup,
  country,
  currency,
  company_size,
};

struct Filter {
  FilterKind kind = FilterKind::required;
  Constant fallback;                           // default
  std::size_t limit = 0;                       // truncate
  const Table* table = nullptr;                // lookup
  std::string table_name;                      // lookup
  std::size_t table_column = 0;                // lookup
  bool miss_is_blank = false;                  // lookup with a default behind it
  std::shared_ptr<const DateReader> date;      // date
  std::shared_ptr<const NumberFormat> format;  // number, when it names a locale of its own
};

// Why a filter could not take a value on.
struct Failure {
  Code code;
  std::string value;
  std::string message;
  std::string remedy;  // empty: the code's own
};

// Makes a filter. nullopt when there is no such filter or its argument is wrong; then `error` says
// what is wrong and `remedy` what to do.
std::optional<Filter> make_filter(std::string_view name, const std::optional<std::string>& argument,
                                  const FilterSettings& settings, std::string& error,
                                  std::string& remedy);

// Settles what depends on the neighbours: a lookup with a default behind it, a default behind
// `number`. Returns an error, or nothing.
std::string link_filters(std::vector<Filter>& filters);

// What a pipe of filters yields; nullopt: whatever the table holds.
std::optional<ScalarKind> result_kind(const std::vector<Filter>& filters);

std::optional<Failure> apply(const Filter& filter, const FilterSettings& settings, Scalar& value);

}  // namespace referrald::mapping
