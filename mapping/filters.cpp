#include "mapping/filters.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "config/diagnostics.hpp"
#include "mapping/company_size.hpp"
#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

enum class Argument { none, optional, needed };

struct FilterName {
  std::string_view name;
  FilterKind kind;
  Argument argument;
};
constexpr std::array filter_names{
    FilterName{"default", FilterKind::default_, Argument::needed},
    FilterName{"required", FilterKind::required, Argument::none},
    FilterName{"number", FilterKind::number, Argument::optional},
    FilterName{"date", FilterKind::date, Argument::optional},
    FilterName{"truncate", FilterKind::truncate, Argument::needed},
    FilterName{"upper", FilterKind::upper, Argument::none},
    FilterName{"lower", FilterKind::lower, Argument::none},
    FilterName{"lookup", FilterKind::lookup, Argument::needed},
    FilterName{"country", FilterKind::country, Argument::none},
    FilterName{"currency", FilterKind::currency, Argument::none},
    FilterName{"company_size", FilterKind::company_size, Argument::none},
};

std::string all_filters() {
  std::string out;
  for (const auto& filter : filter_names) out.append(out.empty() ? "" : ", ").append(filter.name);
  return out;
}

template <class Names>
std::string did_you_mean(std::string_view name, const Names& known) {
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto near = config::nearest(name, names);
  return near ? "did you mean \"" + *near + "\"?" : std::string{};
}

struct Complaint {
  std::string& error;
  std::string& remedy;
  bool operator()(std::string what, std::string to_do) {
    error = std::move(what);
    remedy = std::move(to_do);
    return false;
  }
};

bool set_limit(Filter& filter, const std::string& argument, Complaint complain) {
  const char* end = argument.data() + argument.size();
  const auto [stop, error] = std::from_chars(argument.data(), end, filter.limit);
  if (error == std::errc{} && stop == end && filter.limit > 0) return true;
  return complain(fmt::format("\"truncate {}\": the argument is no count of characters", argument),
                  "write a whole number from 1, as in `truncate 200`");
}

// "owners.Email" is the column Email of the table owners; a table's own name may hold dots.
bool set_table(Filter& filter, const std::string& argument, const FilterSettings& settings,
               Complaint complain) {
  auto found = settings.tables.find(argument);
  std::string_view column;
  for (auto dot = argument.rfind('.');
       found == settings.tables.end() && dot != std::string::npos && dot != 0;
       dot = argument.rfind('.', dot - 1)) {
    found = settings.tables.find(std::string_view(argument).substr(0, dot));
    column = std::string_view(argument).substr(dot + 1);
  }
  if (found == settings.tables.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, table] : settings.tables) names.push_back(name);
    std::string remedy = did_you_mean(argument.substr(0, argument.find('.')), names);
    if (remedy.empty()) remedy = "add it under `tables`";
    return complain(fmt::format("\"lookup {}\": there is no such table", argument),
                    std::move(remedy));
  }
  filter.table_name = found->first;
  filter.table = &found->second;
  const auto& columns = found->second.columns;
  const auto at = std::ranges::find(columns, column);
  filter.table_column = static_cast<std::size_t>(at - columns.begin());
  if (at != columns.end() || (column.empty() && columns.empty())) return true;
  filter.table_column = 0;
  if (column.empty() && columns.size() == 1) return true;
  if (column.empty())
    return complain(fmt::format("\"lookup {}\": the table has several columns", argument),
                    fmt::format("say which, as in `lookup {}.{}`", found->first, columns.front()));
  std::string remedy = did_you_mean(column, columns);
  if (remedy.empty())
    remedy = columns.empty() ? fmt::format("write `lookup {}`", found->first)
                             : fmt::format("columns are {}", fmt::join(columns, ", "));
  return complain(fmt::format("\"lookup {}\": the table {} has no column \"{}\"", argument,
                              found->first, column),
                  std::move(remedy));
}

bool set_date(Filter& filter, const std::optional<std::string>& argument,
              const FilterSettings& settings, Complaint complain) {
  if (!argument) {
    filter.date = std::make_shared<const DateReader>(DateReader::iso(settings.zone));
    return true;
  }
  std::string fault;
  auto reader = DateReader::compile(*argument, settings.zone, fault);
  if (!reader)
    return complain(fmt::format("\"date {}\": this is no date format: {}", *argument, fault),
                    "write the export's format as in `date %m/%d/%Y` or `date %d.%m.%Y %H:%M`");
  filter.date = std::make_shared<const DateReader>(std::move(*reader));
  return true;
}

bool set_locale(Filter& filter, const std::string& argument, Complaint complain) {
  auto format = number_format(argument);
  if (!format)
    return complain(fmt::format("\"number {}\": there is no such locale", argument),
                    "write a locale such as en-US or de-DE, or leave it out");
  filter.format = std::make_shared<const NumberFormat>(std::move(*format));
  return true;
}

std::optional<Failure> read_number_into(const Filter& filter, const FilterSettings& settings,
                                        Scalar& value) {
  if (value.kind == ScalarKind::number) return std::nullopt;
  const NumberFormat& format = filter.format ? *filter.format : settings.numbers;
  NumberReading reading = read_number(value.text, format);
  // Whoever names the locale beside the column has said how it is to be read.
  if (reading.fault == NumberFault::ambiguous && filter.format) reading.fault = NumberFault::none;
  switch (reading.fault) {
    case NumberFault::none:
      value.hold(ScalarKind::number, std::move(reading.number.text));
      break;
    case NumberFault::ambiguous:
      return Failure{Code::ambiguous_number,
                     std::string(value.text),
                     fmt::format("\"{}\" may mean {} or a number of thousands", value.text,
                                 reading.number.text),
                     {}};
    case NumberFault::not_a_number: {
      const bool shortened = value.text.find_first_of("Ee") != std::string_view::npos &&
                             value.text.find_first_of("0123456789") == 0;
      return Failure{Code::bad_number, std::string(value.text),
                     fmt::format("\"{}\" is no number in {}", value.text, format.locale),
                     shortened ? "A spreadsheet has shortened the number: format the column as a "
                                 "number with all digits and export again."
                               : ""};
    }
  }
  return std::nullopt;
}

std::optional<Failure> read_date(const Filter& filter, const FilterSettings& settings,
                                 Scalar& value) {
  auto reading = value.kind == ScalarKind::date ? DateReader::iso(settings.zone).read(value.text)
                                                : filter.date->read(value.text);
  if (reading.utc.empty())
    return Failure{Code::bad_date,
                   std::string(value.text),
                   fmt::format("\"{}\" is no date in the format {}: {}", value.text,
                               filter.date->description(), reading.fault),
                   {}};
  value.hold(ScalarKind::text, std::move(reading.utc));
  return std::nullopt;
}

void truncate(Scalar& value, std::size_t limit) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < value.text.size(); ++i) {
    const bool starts_point = (static_cast<unsigned char>(value.text[i]) & 0xC0U) != 0x80U;
    if (starts_point && points++ == limit) {
      value.text = value.text.substr(0, i);
      return;
    }
  }
}

std::optional<Failure> look_up(const Filter& filter, Scalar& value) {
  const auto found = filter.table->rows.find(value.text);
  if (found != filter.table->rows.end()) {
    const Constant& constant = found->second[filter.table_column];
    value.refer(constant.kind, constant.text);
    return std::nullopt;
  }
  if (filter.miss_is_blank) {
    value.refer(ScalarKind::blank, {});
    return std::nullopt;
  }
  std::vector<std::string_view> keys;
  for (const auto& [key, row] : filter.table->rows) keys.push_back(key);
  std::string remedy = did_you_mean(value.text, keys);
  return Failure{Code::lookup_miss,
                 std::string(value.text),
                 fmt::format("\"{}\" is not in the table {}{}", value.text, filter.table_name,
                             remedy.empty() ? "" : " (" + remedy + ")"),
                 {}};
}

std::optional<Failure> find_name(Code code, std::string_view what, const std::string* found,
                                 std::optional<std::string> (*nearest)(std::string_view),
                                 Scalar& value) {
  if (found != nullptr) {
    value.refer(ScalarKind::text, *found);
    return std::nullopt;
  }
  const auto near = nearest(value.text);
  return Failure{code, std::string(value.text),
                 fmt::format("\"{}\" is no {} that can be told for certain", value.text, what),
                 near ? fmt::format("If {} is meant, write that. {}", *near, rule(code).remedy)
                      : std::string{}};
}

}  // namespace

std::optional<Filter> make_filter(std::string_view name, const std::optional<std::string>& argument,
                                  const FilterSettings& settings, std::string& error,
                                  std::string& remedy) {
  Complaint complain{error, remedy};
  const auto* known = std::ranges::find(filter_names, name, &FilterName::name);
  if (known == filter_names.end()) {
    std::vector<std::string_view> names;
    names.reserve(filter_names.size());
    for (const auto& filter : filter_names) names.push_back(filter.name);
    std::string near = did_you_mean(name, names);
    complain(name.empty() ? "a filter's name is missing behind |"
                          : fmt::format("unknown filter \"{}\"", name),
             near.empty() ? "filters are " + all_filters() : near);
    return std::nullopt;
  }
  if (known->argument == Argument::none && argument) {
    complain(fmt::format("\"{} {}\": {} takes no argument", name, *argument, name),
             fmt::format("remove \"{}\"", *argument));
    return std::nullopt;
  }
  if (known->argument == Argument::needed && (!argument || argument->empty())) {
    complain(fmt::format("{} needs an argument", name),
             known->kind == FilterKind::truncate ? "write it as in `truncate 200`"
             : known->kind == FilterKind::lookup ? "name a table"
                                                 : "write the value to take for a blank");
    return std::nullopt;
  }
  Filter filter;
  filter.kind = known->kind;
  bool good = true;
  switch (known->kind) {
    case FilterKind::default_:
      filter.fallback.text = *argument;
      break;
    case FilterKind::truncate:
      good = set_limit(filter, *argument, complain);
      break;
    case FilterKind::lookup:
      good = set_table(filter, *argument, settings, complain);
      break;
    case FilterKind::date:
      good = set_date(filter, argument, settings, complain);
      break;
    case FilterKind::number:
      good = !argument || set_locale(filter, *argument, complain);
      break;
    default:
      break;
  }
  return good ? std::optional(std::move(filter)) : std::nullopt;
}

std::string link_filters(std::vector<Filter>& filters) {
  bool number = false;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    Filter& filter = filters[i];
    if (filter.kind == FilterKind::lookup)
      for (std::size_t k = i + 1; k < filters.size(); ++k)
        filter.miss_is_blank |= filters[k].kind == FilterKind::default_;
    if (filter.kind == FilterKind::default_ && number) {
      const auto fallback = plain_number(filter.fallback.text);
      if (!fallback)
        return fmt::format("\"default {}\" behind number must be a number such as 1000.50",
                           filter.fallback.text);
      filter.fallback = {ScalarKind::number, fallback->text};
    } else if (filter.kind != FilterKind::default_ && filter.kind != FilterKind::required) {
      number = filter.kind == FilterKind::number;
    }
  }
  return {};
}

std::optional<ScalarKind> result_kind(const std::vector<Filter>& filters) {
  std::optional<ScalarKind> kind = ScalarKind::text;
  for (const Filter& filter : filters) switch (filter.kind) {
      case FilterKind::number:
        kind = ScalarKind::number;
        break;
      case FilterKind::lookup:
        kind = std::nullopt;
        break;
      case FilterKind::default_:
      case FilterKind::required:
        break;
      default:
        kind = ScalarKind::text;
    }
  return kind;
}

std::optional<Failure> apply(const Filter& filter, const FilterSettings& settings, Scalar& value) {
  if (value.kind == ScalarKind::blank) {
    if (filter.kind == FilterKind::default_)
      value.refer(filter.fallback.kind, filter.fallback.text);
    else if (filter.kind == FilterKind::required)
      return Failure{Code::required_blank, {}, "the cell is blank and the mapping requires it", {}};
    return std::nullopt;
  }
  switch (filter.kind) {
    case FilterKind::default_:
    case FilterKind::required:
      return std::nullopt;
    case FilterKind::number:
      return read_number_into(filter, settings, value);
    case FilterKind::date:
      return read_date(filter, settings, value);
    case FilterKind::truncate:
      value.kind = ScalarKind::text;
      truncate(value, filter.limit);
      break;
    case FilterKind::upper:
      value.hold(ScalarKind::text, to_upper(value.text));
      break;
    case FilterKind::lower:
      value.hold(ScalarKind::text, to_lower(value.text));
      break;
    case FilterKind::lookup:
      return look_up(filter, value);
    case FilterKind::country:
      return find_name(Code::unknown_country, "country", find_country(value.text), nearest_country,
                       value);
    case FilterKind::currency:
      return find_name(Code::unknown_currency, "currency", find_currency(value.text),
                       nearest_currency, value);
    case FilterKind::company_size: {
      const auto size = company_size(value.text, settings.numbers);
      if (size.empty())
        return Failure{
            Code::bad_company_size,
            std::string(value.text),
            fmt::format("\"{}\" is no head count, or one across several classes", value.text),
            {}};
      value.refer(ScalarKind::text, size);
    }
  }
  return std::nullopt;
}

}  // namespace referrald::mapping
