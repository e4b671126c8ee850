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

std::string nearest_of(std::string_view name, std::span<const std::string> known) {
  return did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end()));
}

// What a lookup searches: a table of the mapping, or else the list of that name.
struct Searched {
  std::string_view name;
  const Table* table = nullptr;
  const CodeList* list = nullptr;
  std::size_t column = 0;

  bool unread() const { return table != nullptr ? table->unread : list->unread(); }
  const std::vector<std::string>& columns() const {
    return table != nullptr ? table->columns : list->columns();
  }
  // A list gives its codes, unless another column is named.
  bool needs_column() const { return table != nullptr && columns().size() > 1; }

  const std::vector<Constant>* find(std::string_view key) const {
    if (list != nullptr) return list->find(key);
    const auto entry = table->rows.find(key);
    return entry == table->rows.end() ? nullptr : &entry->second;
  }
  // "did you mean …?", or nothing.
  std::string nearest(std::string_view key) const {
    if (list != nullptr) {
      const auto near = list->nearest(key);
      return near ? fmt::format("did you mean \"{}\"?", *near) : std::string{};
    }
    std::vector<std::string_view> keys;
    for (const auto& [one, row] : table->rows) keys.push_back(one);
    return did_you_mean(key, keys);
  }
};

Failure missed(const Searched& where, const Scalar& value) {
  const std::string near = where.nearest(value.text);
  return failed(Code::lookup_miss, value,
                fmt::format("\"{}\" is not in the {} {}{}", value.text,
                            where.list != nullptr ? "list" : "table", where.name,
                            near.empty() ? "" : " (" + near + ")"));
}

std::optional<Searched> find_by_name(const FilterSettings& settings, std::string_view name) {
  const auto table = settings.tables.find(name);
  if (table != settings.tables.end()) return Searched{table->first, &table->second};
  const auto names = list_names();  // outlives the filter, as `name` may not
  const auto list = std::ranges::find(names, name);
  if (list == names.end()) return std::nullopt;
  return Searched{*list, nullptr, settings.lists.find(*list)};
}

void complain_of_name(const Making& making, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [table, rows] : making.pipe.settings.tables) names.push_back(table);
  std::ranges::copy(list_names(), std::back_inserter(names));
  std::string near = did_you_mean(name, names);
  making.complain(fmt::format("\"{}\": there is no such table", making.shown()),
                  near.empty() ? "add it under `tables`" : std::move(near));
}

// "owners.Email" is the column Email of the table owners; a table's own name may hold dots. nullopt
// when there is none, which the making is told.
std::optional<Searched> find_table_column(const Making& making) {
  const std::string_view argument = making.argument();
  auto found = find_by_name(making.pipe.settings, argument);
  std::string_view column;
  for (auto dot = argument.rfind('.'); !found && dot != std::string_view::npos && dot != 0;
       dot = argument.rfind('.', dot - 1)) {
    found = find_by_name(making.pipe.settings, argument.substr(0, dot));
    column = argument.substr(dot + 1);
  }
  if (!found) {
    complain_of_name(making, argument.substr(0, argument.find('.')));
    return std::nullopt;
  }
  const auto& columns = found->columns();
  const auto at = std::ranges::find(columns, column);
  if (at != columns.end()) found->column = static_cast<std::size_t>(at - columns.begin());
  // Of what could not be read, a problem says so already.
  if (at != columns.end() || found->unread() || (column.empty() && !found->needs_column()))
    return found;
  if (column.empty()) {
    making.complain(fmt::format("\"{}\": the table has several columns", making.shown()),
                    fmt::format("say which, as in `lookup {}.{}`", found->name, columns.front()));
    return std::nullopt;
  }
  std::string remedy = nearest_of(column, columns);
  if (remedy.empty())
    remedy = columns.empty() ? fmt::format("write `lookup {}`", found->name)
                             : fmt::format("columns are {}", fmt::join(columns, ", "));
  making.complain(fmt::format(R"("{}": the {} {} has no column "{}")", making.shown(),
                              found->list != nullptr ? "list" : "table", found->name, column),
                  std::move(remedy));
  return std::nullopt;
}

std::optional<Filter> make_lookup(Making& making) {
  const auto found = find_table_column(making);
  if (!found) return std::nullopt;
  if (found->list != nullptr && found->list->empty() && !found->unread())
    return making.complain(
        fmt::format("\"{}\": Microsoft publishes no codes for this list", making.shown()),
        fmt::format("name a file with them under `lists: {{ {}: … }}`", found->name));
  const bool miss_is_blank = std::ranges::any_of(
      making.behind, [](const FilterCall& call) { return call.name == "default"; });
  making.pipe.flow = Flow::unknown;
  return Filter{
      [where = *found, miss_is_blank](FilterRow&, Scalar& value) -> std::optional<Failure> {
        const auto* row = where.find(value.text);
        if (row == nullptr) {
          if (!miss_is_blank) return missed(where, value);
          value.refer(ScalarKind::blank, {});
          return std::nullopt;
        }
        const Constant& constant = (*row)[where.column];
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
    const std::string* found = find_currency(value.text, row.settings.numbers.locale);
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

}  // namespace

std::span<const FilterSpec> reference_filters() {
  static constexpr std::array specs{
      FilterSpec{"lookup", ArgumentStyle::text, 1, 1, takes_single, make_lookup, "lookup need"},
      FilterSpec{"country", ArgumentStyle::text, 0, 0, takes_text, make_country, "country"},
      FilterSpec{"currency", ArgumentStyle::text, 0, 0, takes_text, make_currency, "currency"},
      FilterSpec{"company_size", ArgumentStyle::text, 0, 0,
                 static_cast<Takes>(takes_text | takes(Flow::number)), make_company_size,
                 "company_size"},
  };
  return specs;
}

}  // namespace referrald::mapping
