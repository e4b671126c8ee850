// Filters that say what becomes of blanks, and when a value counts.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"
#include "mapping/filter_making.hpp"

namespace referrald::mapping {
namespace {

bool keeps_values(const FilterCall& call) {
  return call.name == "default" || call.name == "required" || call.name == "when";
}

// "country" or "currency" when the value that `default` takes the place of is a code that this
// filter yields, and goes on to the referral as it is; else blank.
std::string_view codes_before(const Making& making) {
  if (!std::ranges::all_of(making.behind, [](const FilterCall& call) {
        return keeps_values(call) || call.name == "if_blank";
      }))
    return {};
  auto before = making.all.first(making.all.size() - making.behind.size() - 1);
  while (!before.empty() && keeps_values(before.back())) before = before.first(before.size() - 1);
  if (before.empty()) return {};
  const std::string_view last = before.back().name;
  return last == "country" || last == "currency" ? last : std::string_view{};
}

// Complains of a default behind `country` or `currency` that is no code as they yield it.
bool check_code(const Making& making) {
  const std::string_view filter = codes_before(making);
  const std::string& text = making.argument();
  const bool country = filter == "country";
  if (filter.empty() || (country ? is_country_code(text) : is_currency_code(text))) return true;
  const auto& locale = making.pipe.settings.numbers.locale;
  const std::string* code = country ? find_country(text, locale) : find_currency(text, locale);
  const auto near = country ? nearest_country(text) : nearest_currency(text);
  making.complain(fmt::format("\"{}\" behind {} must be a code such as {}", making.shown(), filter,
                              country ? "DE" : "EUR"),
                  code != nullptr ? fmt::format("write `default {}`", *code)
                  : near          ? fmt::format("did you mean {}?", *near)
                                  : std::string{});
  return false;
}

// The argument of `default` in the type that the filters before it yield.
std::optional<Constant> fallback(const Making& making) {
  const std::string& text = making.argument();
  switch (making.pipe.flow) {
    case Flow::number:
      if (may_mean_thousands(text, making.pipe.settings.numbers)) {
        making.complain(fmt::format("\"{}\" may mean thousands in {}", making.shown(),
                                    making.pipe.settings.numbers.locale),
                        "write 1000 or 1.0: numbers in a mapping have a point before decimals");
        return std::nullopt;
      }
      if (const auto number = plain_number(text)) return Constant{ScalarKind::number, number->text};
      making.complain(
          fmt::format("\"{}\" behind number must be a number such as 1000.50", making.shown()));
      return std::nullopt;
    case Flow::date: {
      auto reading = making.pipe.date->read(text);
      if (!reading.utc.empty()) return Constant{ScalarKind::date, std::move(reading.utc)};
      making.complain(
          fmt::format("\"{}\" behind date must be a date: {}", making.shown(), reading.fault),
          "write it as in `default 2026-12-31`");
      return std::nullopt;
    }
    case Flow::boolean:
      if (const auto flag = truth(text))
        return Constant{ScalarKind::boolean, *flag ? "true" : "false"};
      making.complain(fmt::format("\"{}\" behind bool must be true or false", making.shown()));
      return std::nullopt;
    default:
      if (!check_code(making)) return std::nullopt;
      return Constant{ScalarKind::text, text};
  }
}

std::optional<Filter> make_default(Making& making) {
  auto constant = fallback(making);
  if (!constant) return std::nullopt;
  return Filter{[constant = std::move(*constant)](FilterRow&, Scalar& value) {
                  if (value.kind == ScalarKind::blank) value.refer(constant.kind, constant.text);
                  return std::optional<Failure>{};
                },
                true};
}

std::optional<Filter> make_required(Making&) {
  return Filter{[](FilterRow&, Scalar& value) -> std::optional<Failure> {
                  if (value.kind != ScalarKind::blank) return std::nullopt;
                  return failed(Code::required_blank, value,
                                "the cell is blank and the mapping requires it");
                },
                true};
}

std::optional<Filter> make_if_blank(Making& making) {
  const auto column = making.pipe.column_id(making.argument());
  making.pipe.columns.push_back(column);
  making.pipe.flow = Flow::text;
  return Filter{[column](FilterRow& row, Scalar& value) {
                  if (value.kind == ScalarKind::blank) {
                    row.column = column;
                    value.refer(row.cells[column]);
                  }
                  return std::optional<Failure>{};
                },
                true};
}

// The values of `when`, with `or` between them; nullopt when they are not so.
std::optional<std::vector<std::string>> alternatives(std::span<const Argument> arguments) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool is_or = !arguments[i].quoted && arguments[i].text == "or";
    if (is_or != (i % 2 == 1)) return std::nullopt;
    if (!is_or) out.emplace_back(trim(arguments[i].text));
  }
  return arguments.size() % 2 == 1 ? std::optional(out) : std::nullopt;
}

std::optional<Filter> make_when(Making& making) {
  const std::span<const Argument> arguments = making.call.arguments;
  const std::string usage = R"(write it as in `when "Status Reason" = Won or "In Progress"`)";
  const bool is = !arguments[1].quoted && arguments[1].text == "=";
  const bool is_not = !arguments[1].quoted && arguments[1].text == "!=";
  if (!is && !is_not)
    return making.complain(fmt::format("\"{}\": behind the column stands = or !=", making.shown()),
                           usage + "; a column's name that holds blanks goes into quotes");
  auto values = alternatives(arguments.subspan(2));
  if (!values)
    return making.complain(fmt::format("\"{}\": between the values stands `or`", making.shown()),
                           usage + "; a value that holds blanks goes into quotes");
  if (arguments[0].text.empty())
    return making.complain(fmt::format("\"{}\" names no column", making.shown()), usage);
  const auto column = making.pipe.column_id(arguments[0].text);
  return Filter{[column, is, values = std::move(*values)](FilterRow& row, Scalar& value) {
    const auto text = row.cells[column].text;
    if ((std::ranges::find(values, text) != values.end()) != is) value.refer(ScalarKind::blank, {});
    return std::optional<Failure>{};
  }};
}

}  // namespace

std::span<const FilterSpec> flow_filters() {
  static constexpr std::array specs{
      FilterSpec{"default", ArgumentStyle::text, 1, 1, takes_single, make_default, "default USD"},
      FilterSpec{"required", ArgumentStyle::text, 0, 0, takes_any, make_required, "required"},
      FilterSpec{"if_blank", ArgumentStyle::text, 1, 1, takes_single, make_if_blank,
                 "if_blank \"Business Phone\""},
      FilterSpec{"when", ArgumentStyle::words, 3, any_count, takes_any, make_when,
                 "when \"Status Reason\" = Won"},
  };
  return specs;
}

}  // namespace referrald::mapping
