// What the cells of a sample say about how an export writes dates, numbers and the like.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

using Values = std::span<const std::string>;

// How the dates of a column are written.
struct DateGuess {
  enum class Certainty {
    none,       // no format fits
    ambiguous,  // several do, and they mean different days
    certain,
  };
  Certainty certainty = Certainty::none;
  std::string format;                     // blank: ISO 8601
  std::vector<std::string> alternatives;  // ambiguous: the formats that fit
  bool local_time = false;                // has times without an offset
  std::size_t unread = 0;                 // certain: values that are no dates in the format
};
DateGuess guess_date(Values values);

// The locale in which all these numbers can be read, for certain if possible.
struct LocaleGuess {
  std::string locale = "en-US";
  std::size_t unread = 0;     // values that are no numbers in it
  std::size_t ambiguous = 0;  // values such as 1.234, which may be thousands
  // All that the values have of separators may be thousands or decimals: the locale is no more
  // than the default.
  bool thousands_or_decimals = false;
};
// Where the numbers leave several, the one in whose language the countries are written.
// `semicolons` is whether they stand between the cells, as where the comma is a decimal sign.
LocaleGuess guess_locale(Values values, Values countries = {}, bool semicolons = false);

// How many of the values are the name or code of a country, or of a currency.
std::size_t count_countries(Values values, std::string_view locale);
std::size_t count_currencies(Values values, std::string_view locale);

// What amounts say of the currency that they are in.
struct CurrencyGuess {
  std::size_t told = 0;      // amounts with a currency that is certain
  std::size_t doubtful = 0;  // with a sign that several currencies have
  std::size_t without = 0;   // with none
  std::string code;          // of the first one told
  std::string sign;          // the first doubtful one
};
CurrencyGuess guess_currency(Values amounts, std::string_view locale);

}  // namespace referrald::mapping
