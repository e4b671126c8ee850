#include "mapping/date_pattern.hpp"

#include <algorithm>
#include <array>

#include <date/date.h>
#include <fmt/format.h>

#include "mapping/names.hpp"
#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {

using std::chrono::seconds;

// A position in the text; every take_… that fails leaves the text unusable.
class DateCursor {
 public:
  explicit DateCursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  bool take_any(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Blanks as exports have them, the no-break ones included.
  void skip_blanks() {
    while (take(" ") || take("\t") || take("\u00a0") || take("\u202f")) {
    }
  }

  template <class Int>
  bool take_number(std::size_t min, std::size_t max, Int& out) {
    std::size_t length = 0;
    int value = 0;
    while (length < max && length < rest_.size() && is_digit(rest_[length]))
      value = value * 10 + (rest_[length++] - '0');
    if (length < min) return false;
    rest_.remove_prefix(length);
    out = static_cast<Int>(value);
    return true;
  }

  bool take_digits() {
    const auto before = rest_.size();
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
    return rest_.size() != before;
  }

  bool take_name(const DateNameList& names, unsigned& index) {
    for (const auto& one : names)
      if (take(one.name)) {
        index = one.index;
        take(".");
        return true;
      }
    return false;
  }

  // Z, +01, +0100 or +01:00.
  bool take_offset(std::optional<seconds>& offset) {
    if (take_any("Zz")) {
      offset = seconds{0};
      return true;
    }
    const bool minus = rest_.starts_with('-');
    if (!take_any("+-")) return false;
    int hours = 0;
    int minutes = 0;
    if (!take_number(2, 2, hours)) return false;
    const bool colon = take(":");
    if (!take_number(2, 2, minutes) && colon) return false;
    if (hours > 14 || minutes > 59) return false;
    const seconds length{hours * 3600 + minutes * 60};
    offset = minus ? -length : length;
    return true;
  }

 private:
  std::string_view rest_;
};

namespace {

bool take_iso_time(DateCursor& cursor, DateFields& fields) {
  fields.has_time = true;
  if (!cursor.take_number(2, 2, fields.hour) || !cursor.take(":") ||
      !cursor.take_number(2, 2, fields.minute))
    return false;
  if (!cursor.take(":")) return true;
  if (!cursor.take_number(2, 2, fields.second)) return false;
  return !cursor.take_any(".,") || cursor.take_digits();
}

// %T, %R, %F and %D, spelled out.
std::string expand(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool conversion = pattern[i] == '%' && i + 1 < pattern.size();
    if (!conversion) {
      out += pattern[i];
      continue;
    }
    switch (pattern[++i]) {
      case 'T':
        out += "%H:%M:%S";
        break;
      case 'R':
        out += "%H:%M";
        break;
      case 'F':
        out += "%Y-%m-%d";
        break;
      case 'D':
        out += "%m/%d/%y";
        break;
      default:
        out.append(1, '%').append(1, pattern[i]);
    }
  }
  return out;
}

// What the conversions of a pattern lack or have too much of; empty when they are fine.
std::string conversions_fault(std::string_view seen) {
  const auto count = [&](std::string_view any) {
    return std::ranges::count_if(seen,
                                 [&](char c) { return any.find(c) != std::string_view::npos; });
  };
  if (count("Yy") != 1) return "it needs the year, once: %Y";
  if (count("mbBh") != 1) return "it needs the month, once: %m";
  if (count("de") != 1) return "it needs the day, once: %d";
  if (count("HI") > 1 || count("M") > 1 || count("S") > 1 || count("z") > 1 || count("p") > 1)
    return "a part of the time occurs twice";
  if (count("I") > count("p")) return "%I needs %p, AM or PM (24 hours are %H)";
  if (count("p") > count("HI")) return "%p, AM or PM, needs the hour: %I";
  if (count("M") > count("HI") || count("S") > count("M") || count("f") > count("S"))
    return "minutes need hours, seconds need minutes, fractions need seconds";
  return {};
}

bool is_number(char conversion) {
  return conversion != 0 && std::string_view("YymdeHIMSf").find(conversion) != std::string::npos;
}

date::year_month_day calendar_day(const DateFields& fields) {
  return {date::year{fields.year}, date::month{fields.month}, date::day{fields.day}};
}

// A weekday that is not the date's: one of the two is a slip, and nobody knows which.
std::string weekday_fault(const DateFields& fields) {
  constexpr std::array<std::string_view, 7> names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
  const date::weekday real{date::sys_days{calendar_day(fields)}};
  if (!fields.weekday || *fields.weekday == real.c_encoding()) return {};
  return fmt::format("{:04}-{:02}-{:02} is a {}", fields.year, fields.month, fields.day,
                     names[real.c_encoding()]);
}

// The fault of an hour with AM or PM; brings it to 24.
std::string half_fault(DateFields& fields) {
  const bool afternoon = *fields.afternoon;
  if (fields.twelve_hours) {
    if (fields.hour < 1 || fields.hour > 12)
      return fmt::format("there is no hour {} with AM or PM", fields.hour);
    fields.hour = fields.hour % 12 + (afternoon ? 12 : 0);
    return {};
  }
  // %H counts to 24, so that AM or PM can only agree; Synapse Link writes "0:00:00 PM" for
  // midnight.
  const bool agrees = fields.hour == 0 || afternoon == (fields.hour >= 12);
  return agrees ? std::string{}
                : fmt::format("hour {} of 24 is not {}; if the hours count to 12, write %I",
                              fields.hour, afternoon ? "PM" : "AM");
}

}  // namespace

bool read_iso_date(std::string_view text, DateFields& fields) {
  DateCursor cursor(text);
  if (!cursor.take_number(4, 4, fields.year) || !cursor.take("-") ||
      !cursor.take_number(2, 2, fields.month) || !cursor.take("-") ||
      !cursor.take_number(2, 2, fields.day))
    return false;
  if (cursor.at_end()) return true;
  if (!cursor.take_any("Tt ") || !take_iso_time(cursor, fields)) return false;
  cursor.skip_blanks();
  if (!cursor.at_end() && !cursor.take_offset(fields.offset)) return false;
  return cursor.at_end();
}

bool is_day(const DateFields& fields) {
  return fields.year >= 1 && calendar_day(fields).ok();
}

std::string range_fault(DateFields& fields) {
  if (!is_day(fields))
    return fmt::format("there is no day {:04}-{:02}-{:02}", fields.year, fields.month, fields.day);
  if (std::string fault = weekday_fault(fields); !fault.empty()) return fault;
  if (fields.hour <= 23 && fields.afternoon)
    if (std::string fault = half_fault(fields); !fault.empty()) return fault;
  if (fields.hour > 23 || fields.minute > 59 || fields.second > 59)
    return fmt::format("there is no time {:02}:{:02}:{:02}", fields.hour, fields.minute,
                       fields.second);
  return {};
}

std::optional<DatePattern> DatePattern::compile(std::string_view given, const std::string& locale,
                                                std::string& error) {
  const std::string pattern = expand(given);
  DatePattern out;
  std::string seen;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    Token token;
    if (pattern[i] == ' ' || pattern[i] == '\t') {
      token.conversion = ' ';
    } else if (pattern[i] != '%') {
      const auto end = std::min(pattern.find_first_of("% \t", i), pattern.size());
      token.literal = to_lower(std::string_view(pattern).substr(i, end - i));
      i = end - 1;
    } else if (++i == pattern.size()) {
      error = "it ends in a single %";
      return std::nullopt;
    } else if (std::string_view("YymdebBhaAIHMSfpz%").find(pattern[i]) == std::string_view::npos) {
      error = fmt::format(
          "%{} is not known (known are %Y %y %m %d %b %B %a %A %H %I %p %M %S %f %z "
          "%F %T %R %D)",
          pattern[i]);
      return std::nullopt;
    } else {
      token.conversion = pattern[i];
      seen += pattern[i];
    }
    const bool beside = !out.tokens_.empty() && is_number(out.tokens_.back().conversion) &&
                        is_number(token.conversion);
    if (beside) token.fixed = out.tokens_.back().fixed = true;
    out.tokens_.push_back(std::move(token));
  }
  error = seen.empty() ? "its parts are written as %Y, %m, %d" : conversions_fault(seen);
  if (!error.empty()) return std::nullopt;
  if (seen.find_first_of("bBhaAp") != std::string::npos)
    out.names_ = std::make_shared<const DateNames>(date_names(locale));
  return out;
}

bool DatePattern::take(DateCursor& cursor, const Token& token, DateFields& fields) const {
  const std::size_t least = token.fixed ? 2 : 1;
  unsigned index = 0;
  switch (token.conversion) {
    case 0:
      return cursor.take(token.literal);
    case ' ':
      cursor.skip_blanks();
      return true;
    case 'Y':
      return cursor.take_number(4, 4, fields.year);
    case 'y':
      if (!cursor.take_number(2, 2, fields.year)) return false;
      fields.year += fields.year < 69 ? 2000 : 1900;  // as POSIX has it
      return true;
    case 'm':
      return cursor.take_number(least, 2, fields.month);
    case 'e':
      cursor.skip_blanks();
      [[fallthrough]];
    case 'd':
      return cursor.take_number(least, 2, fields.day);
    case 'b':
    case 'B':
    case 'h':
      if (!cursor.take_name(names_->months, index)) return false;
      fields.month = index + 1;
      return true;
    case 'a':
    case 'A':
      if (!cursor.take_name(names_->weekdays, index)) return false;
      fields.weekday = index;
      return true;
    case 'I':
      fields.twelve_hours = true;
      [[fallthrough]];
    case 'H':
      fields.has_time = true;
      return cursor.take_number(least, 2, fields.hour);
    case 'M':
      return cursor.take_number(2, 2, fields.minute);
    case 'S':
      return cursor.take_number(2, 2, fields.second);
    case 'f':
      return cursor.take_digits();
    case 'p':
      if (!cursor.take_name(names_->halves, index)) return false;
      fields.afternoon = index == 1;
      return true;
    case 'z':
      return cursor.take_offset(fields.offset);
    default:
      return cursor.take("%");
  }
}

bool DatePattern::read(std::string_view text, DateFields& fields) const {
  const std::string lower = to_lower(text);
  DateCursor cursor(lower);
  for (const Token& token : tokens_)
    if (!take(cursor, token, fields)) return false;
  return cursor.at_end();
}

}  // namespace referrald::mapping
