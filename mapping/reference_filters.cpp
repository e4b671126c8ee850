// Filters that look a value up: in the mapping's tables, and in lists that come with the program.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/amount.hpp"
#include "mapping/company_size.hpp"
#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"
#include "mapping/filter_making.hpp"

namespace referrald::mapping {
namespace {

Failure missed(const Table& table, std::string_view table_name, const Scalar& value) {
  std::vector<std::string_view> keys;
  for (const auto& [key, row] : table.rows) keys.push_back(key);
  const std::string near = did_you_mean(value.text, keys);
  return failed(Code::lookup_miss, value,
                fmt::format("\"{}\" is not in the table {}{}", value.text, table_name,
                            near.empty() ? "" : " (" + near + ")"));
}

std::string nearest_of(std::string_view name, std::span<const std::string> known) {
  return did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end()));
}

struct TableColumn {
  const std::string& name;  // of the table
  const Table& table;
  std::size_t column = 0;
};

// "owners.Email" is the column Email of the table owners; a table's own name may hold dots. nullopt
// when there is none, which the making is told.
std::optional<TableColumn> find_table_column(const Making& making) {
  const Tables& tables = making.pipe.settings.tables;
  const std::string& argument = making.argument();
  auto found = tables.find(argument);
  std::string_view column;
  for (auto dot = argument.rfind('.');
       found == tables.end() && dot != std::string::npos && dot != 0;
       dot = argument.rfind('.', dot - 1)) {
    found = tables.find(std::string_view(argument).substr(0, dot));
    column = std::string_view(argument).substr(dot + 1);
  }
  if (found == tables.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, table] : tables) names.push_back(name);
    std::string near = did_you_mean(argument.substr(0, argument.find('.')), names);
    making.complain(fmt::format("\"{}\": there is no such table", making.shown()),
                    near.empty() ? "add it under `tables`" : std::move(near));
    return std::nullopt;
  }
  const auto& [name, table] = *found;
  const auto& columns = table.columns;
  const auto at = std::ranges::find(columns, column);
  if (at != columns.end())
    return TableColumn{name, table, static_cast<std::size_t>(at - columns.begin())};
  if (column.empty() && columns.size() <= 1) return TableColumn{name, table};
  if (column.empty()) {
    making.complain(fmt::format("\"{}\": the table has several columns", making.shown()),
                    fmt::format("say which, as in `lookup {}.{}`", name, columns.front()));
    return std::nullopt;
  }
  std::string remedy = nearest_of(column, columns);
  if (remedy.empty())
    remedy = columns.empty() ? fmt::format("write `lookup {}`", name)
                             : fmt::format("columns are {}", fmt::join(columns, ", "));
  making.complain(
      fmt::format("\"{}\": the table {} has no column \"{}\"", making.shown(), name, column),
      std::move(remedy));
  return std::nullopt;
}

std::optional<Filter> make_lookup(Making& making) {
  const auto found = find_table_column(making);
  if (!found) return std::nullopt;
  const bool miss_is_blank = std::ranges::any_of(
      making.behind, [](const FilterCall& call) { return call.name == "default"; });
  making.pipe.flow = Flow::unknown;
  return Filter{
      [where = *found, miss_is_blank](FilterRow&, Scalar& value) -> std::optional<Failure> {
        const auto entry = where.table.rows.find(value.text);
        if (entry == where.table.rows.end()) {
          if (!miss_is_blank) return missed(where.table, where.name, value);
          value.refer(ScalarKind::blank, {});
          return std::nullopt;
        }
        const Constant& constant = entry->second[where.column];
        value.refer(constant.kind, constant.text);
        return std::nullopt;
      }};
}

std::optional<Failure> take_name(Code code, std::string_view what, const std::string* found,
                                 std::optional<std::string> (*nearest)(std::string_view),
                                 Scalar& value) {
  if (found != nullptr) {
    value.refer(ScalarKind::text, *found);
    return std::nullopt;
  }
  const auto near = nearest(value.text);
  return failed(code, value,
                fmt::format("\"{}\" is no {} that can be told for certain", value.text, what),
                near ? fmt::format("If {} is meant, write that. {}", *near, rule(code).remedy)
                     : std::string{});
}

std::optional<Filter> make_country(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow& row, Scalar& value) {
    const auto& locale = row.settings.numbers.locale;
    return take_name(Code::unknown_country, "country", find_country(value.text, locale),
                     nearest_country, value);
  }};
}

std::optional<Filter> make_currency(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow& row, Scalar& value) {
    const std::string* found = find_currency(value.text);
    if (found == nullptr)
      if (const auto amount = read_amount(value.text, row.settings.numbers);
          amount.reading.fault != NumberFault::not_a_number && !amount.currency.empty())
        found = find_currency(amount.currency);
    return take_name(Code::unknown_currency, "currency", found, nearest_currency, value);
  }};
}

std::optional<Filter> make_company_size(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow& row, Scalar& value) -> std::optional<Failure> {
    const auto size = value.kind == ScalarKind::number
                          ? company_size(value.text)
                          : company_size(value.text, row.settings.numbers);
    if (size.empty())
      return failed(
          Code::bad_company_size, value,
          fmt::format("\"{}\" is no head count, or one across several classes", value.text));
    value.refer(ScalarKind::text, size);
    return std::nullopt;
  }};
}

constexpr std::array specs{
    FilterSpec{"lookup", ArgumentStyle::text, 1, 1, takes_single, make_lookup, "lookup need"},
    FilterSpec{"country", ArgumentStyle::text, 0, 0, takes_text, make_country, "country"},
    FilterSpec{"currency", ArgumentStyle::text, 0, 0, takes_text, make_currency, "currency"},
    FilterSpec{"company_size", ArgumentStyle::text, 0, 0,
               static_cast<Takes>(takes_text | takes(Flow::number)), make_company_size,
               "company_size"},
};

}  // namespace

std::span<const FilterSpec> reference_filters() {
  return specs;
}

}  // namespace referrald::mapping
