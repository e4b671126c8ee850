#include "mapping/dates.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "config/diagnostics.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

using std::chrono::seconds;

constexpr std::array<std::string_view, 12> months{"january",   "february", "march",    "april",
                                                  "may",       "june",     "july",     "august",
                                                  "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> weekdays{"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};

// What was read, before it is known whether such a day exists.
struct Fields {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool has_time = false;
  bool twelve_hours = false;
  bool afternoon = false;
  std::optional<seconds> offset;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// A position in the text; every take_… moves it only when it succeeds.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_any(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
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

  void skip_digits() {
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  }

  // A name or its first three letters.
  template <std::size_t N>
  bool take_name(const std::array<std::string_view, N>& names, unsigned& index) {
    const auto letters = std::min(rest_.size(), std::size_t{9});
    const std::string lower = to_lower(rest_.substr(0, letters));
    for (unsigned i = 0; i < N; ++i)
      for (const std::string_view name : {names[i], names[i].substr(0, 3)})
        if (lower.starts_with(name)) {
          rest_.remove_prefix(name.size());
          index = i;
          return true;
        }
    return false;
  }

  bool take_half_of_day(bool& afternoon) {
    const std::string lower = to_lower(rest_.substr(0, 2));
    if (lower != "am" && lower != "pm") return false;
    afternoon = lower == "pm";
    rest_.remove_prefix(2);
    return true;
  }

  // Z, +01, +0100 or +01:00.
  bool take_offset(std::optional<seconds>& offset) {
    if (take_any("Zz")) {
      offset = seconds{0};
      return true;
    }
    const bool minus = !rest_.empty() && rest_.front() == '-';
    if (!take_any("+-")) return false;
    int hours = 0;
    int minutes = 0;
    if (!take_number(2, 2, hours)) return false;
    const bool colon = take(':');
    if (!take_number(2, 2, minutes) && colon) return false;
    if (hours > 14 || minutes > 59) return false;
    const seconds length{hours * 3600 + minutes * 60};
    offset = minus ? -length : length;
    return true;
  }

 private:
  std::string_view rest_;
};

bool take_time(Cursor& cursor, Fields& fields) {
  fields.has_time = true;
  if (!cursor.take_number(2, 2, fields.hour) || !cursor.take(':') ||
      !cursor.take_number(2, 2, fields.minute))
    return false;
  if (cursor.take(':')) {
    if (!cursor.take_number(2, 2, fields.second)) return false;
    if (cursor.take_any(".,")) cursor.skip_digits();
  }
  return true;
}

bool read_iso(std::string_view text, Fields& fields) {
  Cursor cursor(text);
  if (!cursor.take_number(4, 4, fields.year) || !cursor.take('-') ||
      !cursor.take_number(2, 2, fields.month) || !cursor.take('-') ||
      !cursor.take_number(2, 2, fields.day))
    return false;
  if (cursor.at_end()) return true;
  if (!cursor.take_any("Tt ") || !take_time(cursor, fields)) return false;
  cursor.skip_blanks();
  if (!cursor.at_end() && !cursor.take_offset(fields.offset)) return false;
  return cursor.at_end();
}

bool take_conversion(char conversion, Cursor& cursor, Fields& fields) {
  unsigned index = 0;
  switch (conversion) {
    case 'Y':
      return cursor.take_number(4, 4, fields.year);
    case 'y':
      if (!cursor.take_number(2, 2, fields.year)) return false;
      fields.year += fields.year < 69 ? 2000 : 1900;  // as POSIX has it
      return true;
    case 'm':
      return cursor.take_number(1, 2, fields.month);
    case 'd':
    case 'e':
      cursor.skip_blanks();
      return cursor.take_number(1, 2, fields.day);
    case 'b':
    case 'B':
    case 'h':
      if (!cursor.take_name(months, index)) return false;
      fields.month = index + 1;
      cursor.take('.');
      return true;
    case 'a':
    case 'A':
      return cursor.take_name(weekdays, index);
    case 'I':
      fields.twelve_hours = true;
      [[fallthrough]];
    case 'H':
      fields.has_time = true;
      return cursor.take_number(1, 2, fields.hour);
    case 'M':
      return cursor.take_number(2, 2, fields.minute);
    case 'S':
      return cursor.take_number(2, 2, fields.second);
    case 'f':
      cursor.skip_digits();
      return true;
    case 'p':
      return cursor.take_half_of_day(fields.afternoon);
    case 'z':
      return cursor.take_offset(fields.offset);
    case '%':
      return cursor.take('%');
    default:
      return false;
  }
}

bool read_pattern(std::string_view pattern, std::string_view text, Fields& fields) {
  Cursor cursor(text);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_blank(pattern[i])) {
      cursor.skip_blanks();
    } else if (pattern[i] == '%') {
      if (!take_conversion(pattern[++i], cursor, fields)) return false;
    } else if (!cursor.take(pattern[i])) {
      return false;
    }
  }
  return cursor.at_end();
}

// The fault of fields that are out of range; empty when there is none.
std::string range_fault(Fields& fields) {
  const date::year_month_day day{date::year{fields.year}, date::month{fields.month},
                                 date::day{fields.day}};
  if (!day.ok() || fields.year < 1)
    return fmt::format("there is no day {:04}-{:02}-{:02}", fields.year, fields.month, fields.day);
  if (fields.twelve_hours) {
    if (fields.hour < 1 || fields.hour > 12)
      return fmt::format("there is no hour {} with AM or PM", fields.hour);
    fields.hour = fields.hour % 12 + (fields.afternoon ? 12 : 0);
  }
  if (fields.hour > 23 || fields.minute > 59 || fields.second > 59)
    return fmt::format("there is no time {:02}:{:02}:{:02}", fields.hour, fields.minute,
                       fields.second);
  return {};
}

date::local_seconds local_time(const Fields& fields) {
  const date::year_month_day day{date::year{fields.year}, date::month{fields.month},
                                 date::day{fields.day}};
  return date::local_seconds{date::local_days{day}} + std::chrono::hours{fields.hour} +
         std::chrono::minutes{fields.minute} + seconds{fields.second};
}

std::string format_utc(date::sys_seconds time) {
  const auto days = date::floor<date::days>(time);
  const date::year_month_day day{days};
  const date::hh_mm_ss clock{time - days};
  const int year = static_cast<int>(day.year());
  if (year < 1 || year > 9999) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year,
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
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

// What an expanded pattern lacks or has too much of; empty when it is fine.
std::string pattern_fault(std::string_view pattern) {
  std::string seen;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    if (++i == pattern.size()) return "it ends in a single %";
    if (std::string_view("YymdebBhaAIHMSfpz%").find(pattern[i]) == std::string_view::npos)
      return fmt::format(
          "%{} is not known (known are %Y %y %m %d %b %B %a %A %H %I %p %M %S %f %z "
          "%F %T %R %D)",
          pattern[i]);
    seen += pattern[i];
  }
  const auto count = [&](std::string_view any) {
    std::size_t n = 0;
    for (const char c : seen)
      if (any.find(c) != std::string_view::npos) ++n;
    return n;
  };
  if (count("Yy") != 1) return "it needs the year, once: %Y";
  if (count("mbBh") != 1) return "it needs the month, once: %m";
  if (count("de") != 1) return "it needs the day, once: %d";
  if (count("HI") > 1 || count("M") > 1 || count("S") > 1 || count("z") > 1 || count("p") > 1)
    return "a part of the time occurs twice";
  if (count("I") != count("p")) return "%I and %p need each other (24 hours are %H)";
  if (count("M") > count("HI") || count("S") > count("M") || count("f") > count("S"))
    return "minutes need hours, seconds need minutes, fractions need seconds";
  return {};
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone found;
  if (name == "UTC" || name == "Z") return found;
  try {
    found.zone_ = date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
  return found;
}

std::optional<std::string> TimeZone::nearest(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& zone : date::get_tzdb().zones) names.emplace_back(zone.name());
  return config::nearest(name, names);
}

DateReader DateReader::iso(TimeZone zone) {
  return DateReader{{}, zone};
}

std::optional<DateReader> DateReader::compile(std::string_view pattern, TimeZone zone,
                                              std::string& error) {
  DateReader reader{expand(pattern), zone};
  reader.given_ = pattern;
  error = pattern_fault(reader.pattern_);
  if (!error.empty()) return std::nullopt;
  return reader;
}

std::string DateReader::description() const {
  return pattern_.empty() ? "ISO 8601 (such as 2026-03-31)" : given_;
}

DateReader::Reading DateReader::read(std::string_view text) const {
  Fields fields;
  const bool matches =
      pattern_.empty() ? read_iso(text, fields) : read_pattern(pattern_, text, fields);
  if (!matches) return {{}, "it does not read as " + description()};
  if (std::string fault = range_fault(fields); !fault.empty()) return {{}, std::move(fault)};

  const auto local = local_time(fields);
  date::sys_seconds utc{local.time_since_epoch()};
  if (fields.offset) {
    utc -= *fields.offset;
  } else if (fields.has_time && zone_.zone_ != nullptr) {
    const auto info = zone_.zone_->get_info(local);
    if (info.result == date::local_info::nonexistent)
      return {{}, "the clocks of " + zone_.zone_->name() + " left this time out"};
    utc -= info.first.offset;
  }
  std::string out = format_utc(utc);
  if (out.empty()) return {{}, "the year is out of range"};
  return {std::move(out), {}};
}

bool is_utc_date_time(std::string_view text) {
  Fields fields;
  const bool capital = text.size() > 10 && text[10] == 'T' && text.back() == 'Z';
  return capital && read_iso(text, fields) && range_fault(fields).empty();
}

}  // namespace referrald::mapping
