#include <algorithm>
#include <array>
#include <memory>

#include <unicode/dtfmtsym.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include "mapping/date_pattern.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};

void add(DateNameList& list, std::string_view name, unsigned index) {
  while (name.ends_with('.')) name.remove_suffix(1);
  const bool known = std::ranges::any_of(list, [&](const auto& one) { return one.name == name; });
  if (!name.empty() && !known) list.push_back({std::string(name), index});
}

std::string in_utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Names are written with and without their accents; and in capitals, of which the small letters are
// others in Turkish than elsewhere.
void add_all(DateNameList& list, const icu::UnicodeString* names, std::int32_t count,
             std::int32_t skipped, const icu::Locale& locale) {
  for (std::int32_t i = skipped; i < count; ++i) {
    const std::string name = in_utf8(names[i]);
    const auto index = static_cast<unsigned>(i - skipped);
    add(list, to_lower(name), index);
    add(list, fold_name(name), index);
    add(list, to_lower(in_utf8(icu::UnicodeString(names[i]).toUpper(locale))), index);
  }
}

void add_locale(DateNames& names, const icu::DateFormatSymbols& symbols,
                const icu::Locale& locale) {
  using Symbols = icu::DateFormatSymbols;
  std::int32_t count = 0;
  for (const auto context : {Symbols::FORMAT, Symbols::STANDALONE})
    for (const auto width : {Symbols::WIDE, Symbols::ABBREVIATED}) {
      const auto* list = symbols.getMonths(count, context, width);
      add_all(names.months, list, count, 0, locale);
      list = symbols.getWeekdays(count, context, width);
      add_all(names.weekdays, list, count, 1, locale);  // ICU counts them from 1
    }
  const auto* halves = symbols.getAmPmStrings(count);
  for (std::int32_t i = 0; i < std::min(count, 2); ++i) {
    std::string name;
    halves[i].toUTF8String(name);
    add(names.halves, to_lower(name), static_cast<unsigned>(i));
  }
}

template <std::size_t N>
void add_english(DateNameList& list, const std::array<std::string_view, N>& names) {
  for (unsigned i = 0; i < N; ++i) {
    add(list, names[i], i);
    add(list, names[i].substr(0, 3), i);
  }
}

void longest_first(DateNameList& list) {
  std::ranges::stable_sort(
      list, [](const auto& a, const auto& b) { return a.name.size() > b.name.size(); });
}

}  // namespace

DateNames date_names(const std::string& locale) {
  DateNames names;
  UErrorCode status = U_ZERO_ERROR;
  std::string tag = locale;
  std::ranges::replace(tag, '_', '-');
  const auto known = icu::Locale::forLanguageTag(tag, status);
  const icu::DateFormatSymbols symbols(known, status);
  if (!U_FAILURE(status)) add_locale(names, symbols, known);
  // As Windows, and so Excel, shortens it; ICU has "Mär".
  if (known.getLanguage() == std::string_view("de")) add(names.months, "mrz", 2);
  add_english(names.months, months);
  add(names.months, "sept", 8);
  add_english(names.weekdays, weekdays);
  for (const std::string_view half : {"am", "a.m", "a. m"}) add(names.halves, half, 0);
  for (const std::string_view half : {"pm", "p.m", "p. m"}) add(names.halves, half, 1);
  longest_first(names.months);
  longest_first(names.weekdays);
  longest_first(names.halves);
  return names;
}

}  // namespace referrald::mapping
