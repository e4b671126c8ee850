#include "mapping/number.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <unicode/dcfmtsym.h>
#include <unicode/decimfmt.h>
#include <unicode/locid.h>

#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {
namespace {

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

constexpr std::array<std::string_view, 4> spaces{" ", "\u00a0", "\u2009", "\u202f"};
constexpr std::array<std::string_view, 2> apostrophes{"'", "\u2019"};

// Exports write the locale's fine spaces and apostrophes as the keyboard's.
void add_grouping(NumberFormat& format, const std::string& symbol) {
  const auto add = [&](std::string_view one) {
    if (one != format.decimal && std::ranges::find(format.groupings, one) == format.groupings.end())
      format.groupings.emplace_back(one);
  };
  if (symbol.empty()) return;
  add(symbol);
  if (std::ranges::find(spaces, symbol) != spaces.end()) std::ranges::for_each(spaces, add);
  if (std::ranges::find(apostrophes, symbol) != apostrophes.end())
    std::ranges::for_each(apostrophes, add);
}

bool known(const icu::Locale& locale) {
  const bool language = *locale.getLanguage() != '\0' && *locale.getISO3Language() != '\0';
  const bool country = *locale.getCountry() == '\0' || *locale.getISO3Country() != '\0';
  return !locale.isBogus() && language && country;
}

// The digits of a number as they were found, and its groups.
struct Digits {
  bool negative = false;
  std::string integer;
  std::string_view fraction;
  std::size_t groups = 0;
  bool regular = true;  // the groups are as long as the locale makes them
};

void take_group(std::string_view& text, Digits& digits) {
  const auto length = digits_at(text);
  digits.integer += text.substr(0, length);
  text.remove_prefix(length);
  ++digits.groups;
}

void take_integer(std::string_view& text, const NumberFormat& format, Digits& digits) {
  const auto first = digits_at(text);
  take_group(text, digits);
  std::size_t previous = first;
  std::string_view symbol;
  const auto group_follows = [&] {
    if (!symbol.empty()) return text.starts_with(symbol);
    for (const auto& one : format.groupings)
      if (text.starts_with(one)) symbol = one;
    return !symbol.empty();
  };
  while (group_follows()) {
    text.remove_prefix(symbol.size());
    const bool is_first = digits.groups == 1;
    if (is_first ? previous == 0 || previous > format.other_groups
                 : previous != format.other_groups)
      digits.regular = false;
    previous = digits_at(text);
    take_group(text, digits);
  }
  if (digits.groups > 1 && (previous != format.last_group || digits.integer.front() == '0'))
    digits.regular = false;
}

}  // namespace

std::optional<Number> plain_number(std::string_view text) {
  std::string_view rest = text;
  take(rest, "-");
  const auto integer = digits_at(rest);
  if (integer == 0 || (integer > 1 && rest.front() == '0')) return std::nullopt;
  return text.starts_with('+') ? std::nullopt : canonical_number(text);
}

std::optional<NumberFormat> number_format(std::string_view tag) {
  std::string text(tag);
  std::ranges::replace(text, '_', '-');
  UErrorCode status = U_ZERO_ERROR;
  const auto locale = icu::Locale::forLanguageTag(text, status);
  if (U_FAILURE(status) || !known(locale)) return std::nullopt;
  const std::unique_ptr<icu::NumberFormat> made(icu::NumberFormat::createInstance(locale, status));
  const auto* decimal = dynamic_cast<const icu::DecimalFormat*>(made.get());
  if (U_FAILURE(status) || decimal == nullptr) return std::nullopt;

  using Symbols = icu::DecimalFormatSymbols;
  const Symbols* symbols = decimal->getDecimalFormatSymbols();
  NumberFormat format;
  format.locale = tag;
  format.decimal = utf8(symbols->getConstSymbol(Symbols::kDecimalSeparatorSymbol));
  add_grouping(format, utf8(symbols->getConstSymbol(Symbols::kGroupingSeparatorSymbol)));
  add_grouping(format, utf8(symbols->getConstSymbol(Symbols::kMonetaryGroupingSeparatorSymbol)));
  // French Switzerland: 1 234,50 and CHF 1'234.50, and Windows writes all numbers so.
  if (locale.getCountry() == std::string_view("CH")) add_grouping(format, "'");
  const auto other = utf8(symbols->getConstSymbol(Symbols::kMonetarySeparatorSymbol));
  const bool groups = std::ranges::find(format.groupings, other) != format.groupings.end();
  if (other != format.decimal && !groups && (other == "." || other == ","))
    format.other_decimal = other;
  if (decimal->getGroupingSize() > 0)
    format.last_group = static_cast<std::size_t>(decimal->getGroupingSize());
  format.other_groups = decimal->getSecondaryGroupingSize() > 0
                            ? static_cast<std::size_t>(decimal->getSecondaryGroupingSize())
                            : format.last_group;
  return format;
}

NumberReading read_number(std::string_view text, const NumberFormat& format) {
  NumberReading wrong{NumberFault::not_a_number, {}};
  Digits digits;
  if (take(text, "-") || take(text, "\u2212"))
    digits.negative = true;
  else
    take(text, "+");
  take_integer(text, format, digits);
  const bool point = take(text, format.decimal) ||
                     (!format.other_decimal.empty() && take(text, format.other_decimal));
  if (point) {
    digits.fraction = text.substr(0, digits_at(text));
    text.remove_prefix(digits.fraction.size());
  }
  if (!text.empty() || !digits.regular || (point && digits.fraction.empty()) ||
      (digits.integer.empty() && digits.fraction.empty()))
    return wrong;

  NumberReading reading;
  std::string plain = digits.negative ? "-0" : "0";
  plain += digits.integer;
  if (point) plain.append(1, '.').append(digits.fraction);
  auto number = canonical_number(plain);
  if (!number) return wrong;
  reading.number = std::move(*number);
  const bool like_thousands = digits.groups == 1 && digits.fraction.size() == 3 &&
                              !digits.integer.empty() && digits.integer.size() <= 3 &&
                              digits.integer.front() != '0' &&
                              (format.decimal == "." || format.decimal == ",");
  if (like_thousands) reading.fault = NumberFault::ambiguous;
  return reading;
}

bool may_mean_thousands(std::string_view plain, const NumberFormat& format) {
  constexpr std::size_t group = 3;
  take(plain, "-");
  const auto point = plain.find('.');
  return point != std::string_view::npos && point > 0 && point <= group &&
         plain.size() - point - 1 == group &&
         std::ranges::find(format.groupings, ".") != format.groupings.end();
}

}  // namespace referrald::mapping
