// Filters that read numbers, truth and time.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/amount.hpp"
#include "mapping/filter_making.hpp"

namespace referrald::mapping {
namespace {

std::string number_remedy(std::string_view text) {
  if (text.find('%') != std::string_view::npos)
    return R"(A percentage is no amount: take the percent sign out with `replace "%" ""`.)";
  const bool digit_first = text.find_first_of("0123456789") == 0;
  if (digit_first && text.find_first_of("Ee") != std::string_view::npos &&
      text.find_first_not_of("0123456789.,Ee+-") == std::string_view::npos)
    return "A spreadsheet has shortened the number: format the column as a number with all digits "
           "and export again.";
  return {};
}

// `own` is the locale that the filter names.
std::optional<Failure> read_number_into(const NumberFormat* own, const FilterRow& row,
                                        Scalar& value) {
  if (value.kind == ScalarKind::number) return std::nullopt;
  const NumberFormat& format = own != nullptr ? *own : row.settings.numbers;
  NumberReading reading = read_amount(value.text, format).reading;
  // Whoever names the locale beside the column has said how it is to be read.
  if (reading.fault == NumberFault::ambiguous && own != nullptr) reading.fault = NumberFault::none;
  if (reading.fault == NumberFault::ambiguous)
    return failed(Code::ambiguous_number, value,
                  fmt::format("\"{}\" may mean {} or a number of thousands", value.text,
                              reading.number.text));
  if (reading.fault == NumberFault::not_a_number)
    return failed(Code::bad_number, value,
                  fmt::format("\"{}\" is no number in {}", value.text, format.locale),
                  number_remedy(value.text));
  value.hold(ScalarKind::number, std::move(reading.number.text));
  return std::nullopt;
}

// The locale that a filter names, or an empty pointer; nullopt when there is none of that name.
std::optional<std::shared_ptr<const NumberFormat>> named_locale(const Making& making) {
  if (making.call.arguments.empty()) return std::shared_ptr<const NumberFormat>{};
  auto format = number_format(making.argument());
  if (format) return std::make_shared<const NumberFormat>(std::move(*format));
  making.complain(fmt::format("\"{}\": there is no such locale", making.shown()),
                  "write a locale such as en-US or de-DE, or leave it out");
  return std::nullopt;
}

std::optional<Filter> make_number(Making& making) {
  auto own = named_locale(making);
  if (!own) return std::nullopt;
  making.pipe.flow = Flow::number;
  return Filter{[own = std::move(*own)](FilterRow& row, Scalar& value) {
    return read_number_into(own.get(), row, value);
  }};
}

std::optional<Filter> make_integer(Making& making) {
  auto own = named_locale(making);
  if (!own) return std::nullopt;
  making.pipe.flow = Flow::number;
  return Filter{[own = std::move(*own)](FilterRow& row, Scalar& value) -> std::optional<Failure> {
    if (auto failure = read_number_into(own.get(), row, value)) return failure;
    auto whole = canonical_number(value.text);
    if (!whole || whole->text.find('.') != std::string::npos)
      return failed(Code::bad_number, value, fmt::format("\"{}\" is no whole number", value.text),
                    "Correct the number in the CRM, or read it with `number`.");
    value.hold(ScalarKind::number, std::move(whole->text));
    return std::nullopt;
  }};
}

// Words in the languages that CRMs are used in most, lower case. A single letter is one of English.
constexpr std::array<std::string_view, 25> words_of_truth{
    "true", "yes",     "y",   "t",    "1",   "x",          "on",   "✓",  "✔",
    "☑",    "checked", "ja",  "wahr", "oui", "vrai",       "sí",   "si", "verdadero",
    "sì",   "vero",    "tak", "ano",  "sim", "verdadeiro", "kyllä"};
constexpr std::array<std::string_view, 20> words_of_untruth{
    "false", "no",   "n",     "f",   "0",   "off", "☐",   "unchecked", "nein", "falsch",
    "non",   "faux", "falso", "nee", "nie", "ne",  "não", "nej",       "nei",  "ei"};

std::optional<Filter> make_bool(Making& making) {
  std::string yes;
  std::string no;
  if (const auto& words = making.call.arguments; !words.empty()) {
    if (words.size() == 1 || words[0].text.empty() || words[1].text.empty() ||
        to_lower(words[0].text) == to_lower(words[1].text))
      return making.complain(
          fmt::format("\"{}\": bool takes two words, for true and for false, or none",
                      making.shown()),
          R"(write it as in `bool "Opted in" "Opted out"`)");
    yes = to_lower(trim(words[0].text));
    no = to_lower(trim(words[1].text));
  }
  making.pipe.flow = Flow::boolean;
  return Filter{[yes, no](FilterRow&, Scalar& value) -> std::optional<Failure> {
    const bool typed = value.kind == ScalarKind::boolean;
    if (typed && yes.empty()) return std::nullopt;
    std::optional<bool> flag;
    // `bool false true` turns a column round, and a worksheet's true as well as a text's. Else true
    // and false, as such cells read once they are text, are themselves beside any words.
    if (const std::string word = to_lower(value.text); yes.empty())
      flag = truth(word);
    else if (word == yes || word == no)
      flag = word == yes;
    else if (word == "true" || word == "false")
      flag = word == "true";
    if (!flag)
      return failed(Code::bad_boolean, value,
                    fmt::format("\"{}\" is neither of the words for true and false", value.text),
                    "Name the two words, as in `bool \"Opted in\" \"Opted out\"`, or map the cell "
                    "with a `lookup` table whose values are true and false.");
    value.refer(ScalarKind::boolean, *flag ? "true" : "false");
    return std::nullopt;
  }};
}

// "dd.MM.yyyy" as "%d.%m.%Y", for those who know formats from spreadsheets; empty when it is none.
std::string translated(std::string_view format) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> words{{{"yyyy", "%Y"},
                                                                                 {"YYYY", "%Y"},
                                                                                 {"yy", "%y"},
                                                                                 {"MMMM", "%B"},
                                                                                 {"MMM", "%b"},
                                                                                 {"MM", "%m"},
                                                                                 {"dd", "%d"},
                                                                                 {"DD", "%d"},
                                                                                 {"HH", "%H"},
                                                                                 {"hh", "%I"},
                                                                                 {"mm", "%M"},
                                                                                 {"ss", "%S"},
                                                                                 {"tt", "%p"},
                                                                                 {"M", "%m"}}};
  std::string out;
  bool found = false;
  while (!format.empty()) {
    const auto* word =
        std::ranges::find_if(words, [&](const auto& one) { return format.starts_with(one.first); });
    if (word != words.end()) {
      out += word->second;
      format.remove_prefix(word->first.size());
      found = true;
      continue;
    }
    constexpr std::string_view letters = "dHh";
    const auto letter = letters.find(format.front());
    if (letter != std::string_view::npos)
      out.append(1, '%').append(1, "dHI"[letter]);
    else
      out += format.front();
    format.remove_prefix(1);
  }
  return found ? out : std::string{};
}

std::optional<Filter> make_date(Making& making) {
  std::vector<std::string> formats;
  formats.reserve(making.call.arguments.size());
  for (const Argument& one : making.call.arguments) formats.push_back(one.text);
  std::string error;
  std::string ignored;
  const PipeMaking& pipe = making.pipe;
  auto made = DateFormats::make(formats, pipe.zone, pipe.settings.numbers.locale, error);
  if (!made && formats.size() == 1 && formats[0].find('%') == std::string::npos)
    if (const auto format = translated(formats[0]);
        DateFormats::make({&format, 1}, pipe.zone, pipe.settings.numbers.locale, ignored))
      return making.complain(std::move(error), fmt::format("write `date {}`", format));
  if (!made)
    return making.complain(std::move(error),
                           "write the export's format as in `date %m/%d/%Y` or "
                           "`date %d.%m.%Y %H:%M`");
  if (pipe.flow == Flow::number && !made->takes_numbers())
    return making.complain("date cannot take what number yields",
                           "write `date excel`, `date unix` or `date unix_ms` if the numbers are "
                           "such, or remove number");
  const auto date = std::make_shared<const DateFormats>(std::move(*made));
  making.pipe.date = date;
  making.pipe.flow = Flow::date;
  return Filter{[date](FilterRow&, Scalar& value) -> std::optional<Failure> {
    auto reading = value.kind == ScalarKind::date     ? date->read_iso(value.text)
                   : value.kind == ScalarKind::number ? date->read_number(value.text)
                                                      : date->read(value.text);
    if (reading.ambiguous)
      return failed(Code::ambiguous_date, value,
                    fmt::format("\"{}\" may be two dates: {}", value.text, reading.fault),
                    std::move(reading.remedy));
    if (reading.utc.empty())
      return failed(Code::bad_date, value,
                    fmt::format("\"{}\" is no date in the format {}: {}", value.text,
                                date->description(), reading.fault),
                    std::move(reading.remedy));
    value.hold(ScalarKind::date, std::move(reading.utc));
    return std::nullopt;
  }};
}

// The pipe's zone was settled before its filters; here it is only checked.
std::optional<Filter> make_timezone(Making& making) {
  const auto is = [](std::string_view name) {
    return [name](const FilterCall& call) {
      return call.name == name || std::ranges::any_of(call.inner, [&](const FilterCall& inner) {
               return inner.name == name;
             });
    };
  };
  if (!TimeZone::find(making.argument()))
    return making.complain(fmt::format("\"{}\": there is no such time zone", making.shown()),
                           TimeZone::remedy(making.argument()));
  if (std::ranges::none_of(making.all, is("date")))
    return making.complain("timezone says in which zone `date` reads times, and there is no date",
                           "add it: `date %d.%m.%Y %H:%M | timezone Europe/Berlin`");
  if (std::ranges::count_if(making.all, is("timezone")) > 1)
    return making.complain("timezone occurs twice", "keep one");
  return Filter{};
}

constexpr auto takes_numbers = static_cast<Takes>(takes_text | takes(Flow::number));

constexpr std::array specs{
    FilterSpec{"number", ArgumentStyle::text, 0, 1, takes_numbers, make_number, "number en-US"},
    FilterSpec{"integer", ArgumentStyle::text, 0, 1, takes_numbers, make_integer, "integer en-US"},
    FilterSpec{"bool", ArgumentStyle::words, 0, 2,
               static_cast<Takes>(takes_numbers | takes(Flow::boolean)), make_bool,
               R"(bool "Opted in" "Opted out")"},
    FilterSpec{"date", ArgumentStyle::text, 0, any_count,
               static_cast<Takes>(takes_numbers | takes(Flow::date)), make_date, "date %m/%d/%Y"},
    FilterSpec{"timezone", ArgumentStyle::text, 1, 1, takes_any, make_timezone,
               "timezone Europe/Berlin"},
};

}  // namespace

std::optional<bool> truth(std::string_view word) {
  const std::string lower = to_lower(word);
  if (std::ranges::find(words_of_truth, lower) != words_of_truth.end()) return true;
  if (std::ranges::find(words_of_untruth, lower) != words_of_untruth.end()) return false;
  return std::nullopt;
}

std::span<const FilterSpec> value_filters() {
  return specs;
}

}  // namespace referrald::mapping
