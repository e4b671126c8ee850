#include "mapping/proposal/detect.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "mapping/amount.hpp"
#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"
#include "mapping/dates.hpp"
#include "mapping/number.hpp"

namespace referrald::mapping {
namespace {

constexpr std::array<std::string_view, 12> day_forms{
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y",  "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
    "%Y%m%d",   "%d-%b-%Y", "%b %d, %Y", "%d %b %Y", "%m/%d/%y", "%d.%m.%y"};
constexpr std::array<std::string_view, 5> time_forms{"", " %I:%M %p", " %I:%M:%S %p", " %H:%M",
                                                     " %H:%M:%S"};

// From so many on, most of them tell the format.
constexpr std::size_t fewest_dates = 3;

// What a reader makes of the values; nullopt unless it reads them all.
std::optional<std::vector<std::string>> read_all(const DateReader& reader, Values values) {
  std::vector<std::string> out;
  for (const auto& value : values) {
    auto reading = reader.read(value);
    if (reading.utc.empty()) return std::nullopt;
    out.push_back(std::move(reading.utc));
  }
  return out;
}

// "1.500" or "EUR 12,500": one group of three digits behind one sign.
bool may_be_thousands(const std::string& value) {
  const auto digit = [&](std::size_t i) {
    return i < value.size() && value[i] >= '0' && value[i] <= '9';
  };
  const auto at = value.find_first_of(".,");
  if (at == std::string::npos || value.find_first_of(".,", at + 1) != std::string::npos)
    return false;
  return digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4) && at > 0 &&
         digit(at - 1) && (at <= 3 || !digit(at - 4));
}

bool has_time_without_offset(std::string_view iso) {
  if (iso.size() <= 10) return false;
  return iso.find_first_of("Zz+-", 11) == std::string_view::npos;
}

// Which of the values a reader reads.
std::vector<bool> read_each(const DateReader& reader, Values values) {
  std::vector<bool> out;
  for (const auto& value : values) out.push_back(!reader.read(value).utc.empty());
  return out;
}

std::size_t count(const std::vector<bool>& read) {
  return static_cast<std::size_t>(std::ranges::count(read, true));
}

struct FormatCandidate {
  std::string format;  // blank: ISO 8601
  bool has_time = false;
  std::vector<bool> read;
};

std::vector<FormatCandidate> candidates(Values values) {
  std::vector<FormatCandidate> out;
  out.push_back({{}, false, read_each(DateReader::iso({}), values)});
  for (const auto time : time_forms)
    for (const auto day : day_forms) {
      std::string format(day);
      format += time;
      std::string error;
      if (const auto reader = DateReader::compile(format, {}, error))
        out.push_back({std::move(format), !time.empty(), read_each(*reader, values)});
    }
  return out;
}

// What another format reads of the values that the best one reads, and of the rest.
struct Overlap {
  bool some = false;
  bool all = true;
  bool more = false;
};

Overlap overlap(const FormatCandidate& other, const FormatCandidate& best) {
  Overlap out;
  for (std::size_t i = 0; i < best.read.size(); ++i) {
    out.some = out.some || (other.read[i] && best.read[i]);
    out.all = out.all && (other.read[i] || !best.read[i]);
    out.more = out.more || (other.read[i] && !best.read[i]);
  }
  return out;
}

// Whether the values that a format does not read are few. Dates that a spreadsheet has taken for
// some, and may have exchanged days and months of, are no odd rows: of them fewer are allowed.
bool few_are_odd(const std::vector<bool>& read, const std::vector<bool>& iso) {
  const auto fitting = count(read);
  bool some_iso = false;
  for (std::size_t i = 0; i < read.size(); ++i) some_iso = some_iso || (iso[i] && !read[i]);
  if (some_iso) return 10 * fitting >= 9 * read.size();
  return read.size() - fitting <= std::max<std::size_t>(1, fitting / 4);
}

// The format of most values: "N/A", a footer's text or a day that does not exist stands among the
// others.
DateGuess guess_most_dates(Values values) {
  DateGuess guess;
  const auto tried = candidates(values);
  const auto best = std::ranges::max_element(
      tried, {}, [](const FormatCandidate& candidate) { return count(candidate.read); });
  const auto fitting = count(best->read);
  if (fitting < fewest_dates || !few_are_odd(best->read, tried.front().read)) return guess;
  const bool iso = best->format.empty();
  for (const auto& other : tried) {
    if (&other == &*best || other.format.empty()) continue;
    const auto shared = overlap(other, *best);
    // What a spreadsheet could not take for dates when it exchanged days and months of the others.
    if (iso && shared.more) return {};
    // Nothing shows that it is the wrong one of the two.
    if (shared.some && (shared.all || shared.more)) guess.alternatives.push_back(other.format);
  }
  if (!guess.alternatives.empty()) {
    guess.alternatives.insert(guess.alternatives.begin(), best->format);
    guess.certainty = DateGuess::Certainty::ambiguous;
    return guess;
  }
  guess.certainty = DateGuess::Certainty::certain;
  guess.format = best->format;
  guess.local_time = best->has_time;
  // `date` reads ISO 8601 whatever its format.
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!best->read[i] && !tried.front().read[i]) ++guess.unread;
    if (tried.front().read[i] && has_time_without_offset(values[i])) guess.local_time = true;
  }
  return guess;
}

}  // namespace

DateGuess guess_date(Values values) {
  DateGuess guess;
  if (values.empty()) return guess;
  if (read_all(DateReader::iso({}), values)) {
    guess.certainty = DateGuess::Certainty::certain;
    guess.local_time = std::ranges::any_of(values, has_time_without_offset);
    return guess;
  }
  for (const auto time : time_forms) {
    for (const auto day : day_forms) {
      std::string format(day);
      format += time;
      std::string error;
      const auto reader = DateReader::compile(format, {}, error);
      if (!reader) continue;
      const auto read = read_all(*reader, values);
      if (!read) continue;
      if (guess.alternatives.empty()) {
        guess.format = format;
        guess.local_time = !time.empty();
        guess.certainty = DateGuess::Certainty::certain;
      } else {
        // Also when they mean the same days here: 03/03 says nothing of the 03/04 to come.
        guess.certainty = DateGuess::Certainty::ambiguous;
      }
      guess.alternatives.push_back(format);
    }
  }
  return guess.alternatives.empty() ? guess_most_dates(values) : guess;
}

LocaleGuess guess_locale(Values values, Values countries, bool semicolons) {
  // Without anything that tells, no locale is better than the one that refuses 1.500.
  const bool some = std::ranges::any_of(values, may_be_thousands);
  const bool told = std::ranges::any_of(values, [](const auto& value) {
    return value.find_first_of(".,") != std::string::npos && !may_be_thousands(value);
  });
  if (some && !told) {
    LocaleGuess guess;
    guess.thousands_or_decimals = true;
    if (semicolons) guess.locale = "de-DE";
    return guess;
  }
  using Rank = std::array<std::size_t, 3>;
  std::optional<LocaleGuess> best;
  Rank best_rank{};
  for (const char* locale :
       {"en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "de-CH", "en-IN"}) {
    LocaleGuess guess;
    guess.locale = locale;
    const auto format = *number_format(locale);
    for (const auto& value : values) {
      const auto reading = read_amount(value, format).reading;
      if (reading.fault == NumberFault::not_a_number) ++guess.unread;
      if (reading.fault == NumberFault::ambiguous) ++guess.ambiguous;
    }
    const Rank rank{guess.unread, guess.ambiguous,
                    countries.size() - count_countries(countries, locale)};
    if (best && best_rank <= rank) continue;
    best = guess;
    best_rank = rank;
  }
  return *best;
}

std::size_t count_countries(Values values, std::string_view locale) {
  return static_cast<std::size_t>(std::ranges::count_if(
      values, [&](const auto& value) { return find_country(value, locale) != nullptr; }));
}

std::size_t count_currencies(Values values, std::string_view locale) {
  return static_cast<std::size_t>(std::ranges::count_if(
      values, [&](const auto& value) { return find_currency(value, locale) != nullptr; }));
}

CurrencyGuess guess_currency(Values amounts, std::string_view locale) {
  CurrencyGuess guess;
  const auto format = *number_format(locale);
  for (const auto& value : amounts) {
    const auto amount = read_amount(value, format);
    if (amount.reading.fault == NumberFault::not_a_number) continue;
    if (amount.currency.empty()) {
      ++guess.without;
    } else if (const auto* code = find_currency(amount.currency)) {
      if (guess.told++ == 0) guess.code = *code;
    } else if (guess.doubtful++ == 0) {
      guess.sign = amount.currency;
    }
  }
  return guess;
}

}  // namespace referrald::mapping
