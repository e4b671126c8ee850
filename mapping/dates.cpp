#include "mapping/dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "config/diagnostics.hpp"
#include "mapping/date_pattern.hpp"
#include "mapping/names.hpp"
#include "mapping/number.hpp"
#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using std::chrono::seconds;

date::local_seconds local_time(const DateFields& fields) {
  const date::year_month_day day{date::year{fields.year}, date::month{fields.month},
                                 date::day{fields.day}};
  return date::local_seconds{date::local_days{day}} + std::chrono::hours{fields.hour} +
         std::chrono::minutes{fields.minute} + seconds{fields.second};
}

// The time in a year that the zone's table has, with the same days of the week from March on: the
// library knows no rules beyond the table, and would take every later summer for winter.
date::local_seconds in_table(DateFields fields) {
  constexpr int last = 2037;
  if (fields.year <= last) return local_time(fields);
  const auto march = [](int year) {
    return date::weekday{date::local_days{date::year{year} / date::March / 1}};
  };
  const auto wanted = march(fields.year);
  fields.year = last;
  while (march(fields.year) != wanted) --fields.year;
  constexpr unsigned last_of_february = 28;
  if (fields.month == 2) fields.day = std::min(fields.day, last_of_february);
  return local_time(fields);
}

DateFields fields_of(date::local_seconds time) {
  const auto days = date::floor<date::days>(time);
  const date::year_month_day day{days};
  const date::hh_mm_ss clock{time - days};
  DateFields fields;
  fields.year = static_cast<int>(day.year());
  fields.month = static_cast<unsigned>(day.month());
  fields.day = static_cast<unsigned>(day.day());
  fields.hour = static_cast<int>(clock.hours().count());
  fields.minute = static_cast<int>(clock.minutes().count());
  fields.second = static_cast<int>(clock.seconds().count());
  return fields;
}

std::string format_utc(date::sys_seconds time) {
  const auto fields = fields_of(date::local_seconds{time.time_since_epoch()});
  if (fields.year < 1 || fields.year > 9999) return {};
  std::string out = "0000-00-00T00:00:00Z";
  const auto put = [&](std::size_t last, int value) {
    for (; value > 0; value /= 10) out[last--] = static_cast<char>('0' + value % 10);
  };
  put(3, fields.year);
  put(6, static_cast<int>(fields.month));
  put(9, static_cast<int>(fields.day));
  put(12, fields.hour);
  put(15, fields.minute);
  put(18, fields.second);
  return out;
}

// No deal is older: 0026 and 0001-01-01 are slips, and what programs write for "none".
constexpr int first_year = 1900;

// Empty where the day may be meant.
std::string implausible(const DateFields& fields) {
  if (fields.year < first_year)
    return fmt::format("the year {:04} is before {}", fields.year, first_year);
  const bool first_day = fields.month == 1 && fields.day == 1 && fields.hour == 0 &&
                         fields.minute == 0 && fields.second == 0;
  const bool last_day = fields.year == 9999 && fields.month == 12 && fields.day == 31;
  if (last_day ||
      (first_day && (fields.year == 1900 || fields.year == 1970 || fields.year == 4501)))
    return fmt::format("{:04}-{:02}-{:02} is what programs write for no date", fields.year,
                       fields.month, fields.day);
  return {};
}

// A time in UTC as what is read. What the programs of .NET have for "none" is refused here, too.
DateReading from_utc(date::sys_seconds time) {
  std::string out = format_utc(time);
  if (out.empty()) return {{}, "the year is out of range", {}};
  std::string fault = implausible(fields_of(date::local_seconds{time.time_since_epoch()}));
  if (!fault.empty()) return {{}, std::move(fault), {}};
  return {std::move(out), {}, {}};
}

struct Serial {
  DateSerial kind;
  std::string_view name;
};
constexpr std::array serials{
    Serial{DateSerial::excel, "excel"},
    Serial{DateSerial::excel1904, "excel1904"},
    Serial{DateSerial::unix_seconds, "unix"},
    Serial{DateSerial::unix_milliseconds, "unix_ms"},
};

// A decimal of up to 15 digits before the point, with what its fraction is of 86,400.
struct Split {
  std::int64_t whole = 0;
  std::int64_t day_seconds = 0;  // rounded
  bool fraction = false;
};
std::optional<Split> split_decimal(std::string_view text) {
  const auto number = plain_number(text);
  if (!number) return std::nullopt;
  const std::string& plain = number->text;
  const auto point = std::min(plain.find('.'), plain.size());
  Split out;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + point, out.whole);
  if (error != std::errc{} || end != plain.data() + point || point > 16) return std::nullopt;
  if (point == plain.size()) return out;
  out.fraction = true;
  std::int64_t value = 0;
  std::int64_t scale = 1;
  for (const char c : std::string_view(plain).substr(point + 1, 13)) {
    value = value * 10 + (c - '0');
    scale *= 10;
  }
  out.day_seconds = (value * 86400 + scale / 2) / scale;
  return out;
}

// A date as people write it without saying how: 31/03/2026 14:30. Gives the formats that it could
// have, the month first and the day first, where that is possible.
struct Guess {
  std::string month_first;
  std::string day_first;
};
std::optional<Guess> guess_format(std::string_view text) {
  const auto digits = [&](std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && is_digit(text[at + count])) ++count;
    return count;
  };
  const auto first = digits(0);
  if (first < 1 || first > 2 || first >= text.size()) return std::nullopt;
  const char sign = text[first];
  if (std::string_view("/.-").find(sign) == std::string_view::npos) return std::nullopt;
  const auto second = digits(first + 1);
  const auto third_at = first + second + 2;
  if (second < 1 || second > 2 || third_at > text.size() || text[third_at - 1] != sign)
    return std::nullopt;
  const auto third = digits(third_at);
  if (third != 4 && third != 2) return std::nullopt;
  const std::string_view rest = text.substr(third_at + third);
  if (!rest.empty() && rest.front() != ' ') return std::nullopt;
  const auto value = [&](std::size_t at, std::size_t length) {
    return length == 1 ? text[at] - '0' : (text[at] - '0') * 10 + (text[at + 1] - '0');
  };
  const std::string year = third == 4 ? "%Y" : "%y";
  const bool half = rest.find_first_of("AaPp") != std::string_view::npos;
  const auto colons = std::ranges::count(rest, ':');
  const std::string time = std::string(colons == 0 ? ""
                                       : half      ? " %I:%M"
                                                   : " %H:%M") +
                           (colons == 2 ? ":%S" : "") + (half ? " %p" : "");
  Guess out;
  if (value(0, first) <= 12) out.month_first = fmt::format("%m{0}%d{0}{1}{2}", sign, year, time);
  if (value(first + 1, second) <= 12)
    out.day_first = fmt::format("%d{0}%m{0}{1}{2}", sign, year, time);
  if (out.month_first.empty() && out.day_first.empty()) return std::nullopt;
  return out;
}

DateReading unfit(std::string fault) {
  DateReading out{{}, std::move(fault), {}};
  out.fits = false;
  return out;
}

DateReading not_iso(std::string_view text, const std::string& description) {
  DateReading out = unfit("it does not read as " + description);
  const auto guess = guess_format(text);
  if (!guess) return out;
  if (guess->month_first.empty() || guess->day_first.empty()) {
    out.remedy =
        fmt::format("Give the export's format: `date {}`.", guess->month_first + guess->day_first);
    return out;
  }
  out.ambiguous = true;
  out.fault = "it may begin with the month or with the day";
  out.remedy = fmt::format(
      "Give the export's format: `date {}` if the month is first, `date {}` if the day is.",
      guess->month_first, guess->day_first);
  return out;
}

// The milliseconds of /Date(1700000000000+0100)/, the form of .NET's JSON; the offset says only
// where the writer was.
std::optional<std::int64_t> dot_net_milliseconds(std::string_view text) {
  if (!text.starts_with("/Date(") || !text.ends_with(")/")) return std::nullopt;
  text = text.substr(6, text.size() - 8);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const bool offset = text.size() == 5 && (text[0] == '+' || text[0] == '-') &&
                      std::ranges::all_of(text.substr(1), is_digit);
  constexpr std::int64_t most = 400'000'000'000'000;  // beyond year 9999
  if ((!text.empty() && !offset) || value > most || value < -most) return std::nullopt;
  return value;
}

date::sys_seconds from_milliseconds(std::int64_t value) {
  return date::floor<seconds>(
      date::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{value}});
}

constexpr int no_whole_hours = 99;

// The hours of "GMT+1", "utc-05:00" or "+2", which are no names of zones; no_whole_hours for
// "UTC+5:30".
std::optional<int> utc_offset(std::string_view name) {
  const std::string lower = to_lower(name);
  std::string_view rest = lower;
  if (rest.starts_with("gmt") || rest.starts_with("utc")) rest.remove_prefix(3);
  rest = trim(rest);
  if (rest.empty() || (rest.front() != '+' && rest.front() != '-')) return std::nullopt;
  const bool west = rest.front() == '-';
  rest = trim(rest.substr(1));
  int hours = 0;
  std::size_t digits = 0;
  while (digits < std::min<std::size_t>(2, rest.size()) && is_digit(rest[digits]))
    hours = hours * 10 + (rest[digits++] - '0');
  rest.remove_prefix(digits);
  if (digits == 0 || rest.find_first_not_of(":0123456789") != std::string_view::npos)
    return std::nullopt;
  if (!rest.empty() && rest != "00" && rest != ":00") return no_whole_hours;
  return west ? -hours : hours;
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

std::string TimeZone::remedy(std::string_view name) {
  // The nearest name would be another offset.
  if (const auto offset = utc_offset(name)) {
    const bool known = *offset >= -12 && *offset <= 14;
    return known ? fmt::format(
                       "write Etc/GMT{:+} (in these names the sign is turned round), or a "
                       "place such as Europe/Berlin, which has summer time",
                       -*offset)
                 : "write a place such as Europe/Berlin";
  }
  std::vector<std::string_view> names;
  for (const auto& zone : date::get_tzdb().zones) names.emplace_back(zone.name());
  const auto near = config::nearest(name, names);
  return near ? fmt::format("did you mean {}?", *near)
              : "write an IANA name such as Europe/Berlin, or UTC";
}

DateReader DateReader::iso(TimeZone zone) {
  DateReader reader(zone);
  reader.given_ = "ISO 8601 (such as 2026-03-31)";
  return reader;
}

std::optional<DateReader> DateReader::compile(std::string_view pattern, TimeZone zone,
                                              std::string& error, const std::string& locale) {
  auto compiled = DatePattern::compile(pattern, locale, error);
  if (!compiled) return std::nullopt;
  DateReader reader(zone);
  reader.pattern_ = std::make_shared<const DatePattern>(std::move(*compiled));
  reader.given_ = pattern;
  return reader;
}

DateReader DateReader::serial(DateSerial kind, TimeZone zone,
                              std::shared_ptr<const NumberFormat> numbers) {
  DateReader reader(zone);
  reader.serial_ = kind;
  reader.numbers_ = std::move(numbers);
  reader.given_ = std::ranges::find(serials, kind, &Serial::kind)->name;
  return reader;
}

std::string DateReader::description() const {
  return given_;
}

DateReading DateReader::read(std::string_view text) const {
  if (serial_) return read_local_serial(text);
  DateFields fields;
  if (pattern_ != nullptr) {
    if (!pattern_->read(text, fields)) return unfit("it does not read as " + given_);
  } else if (const auto milliseconds = dot_net_milliseconds(text)) {
    return from_utc(from_milliseconds(*milliseconds));
  } else if (!read_iso_date(text, fields)) {
    return not_iso(text, given_);
  }
  return finish(fields);
}

DateReading DateReader::finish(DateFields& fields) const {
  if (std::string fault = range_fault(fields); !fault.empty()) {
    DateReading out{{}, std::move(fault), {}};
    out.no_day = !is_day(fields);
    return out;
  }
  if (std::string fault = implausible(fields); !fault.empty()) return {{}, std::move(fault), {}};
  const auto local = local_time(fields);
  date::sys_seconds utc{local.time_since_epoch()};
  if (fields.offset) {
    utc -= *fields.offset;
  } else if (fields.has_time && zone_.zone_ != nullptr) {
    const auto info = zone_.zone_->get_info(in_table(fields));
    if (info.result == date::local_info::nonexistent)
      return {{}, "the clocks of " + zone_.zone_->name() + " left this time out", {}};
    utc -= info.first.offset;
  }
  std::string out = format_utc(utc);
  if (out.empty()) return {{}, "the year is out of range", {}};
  return {std::move(out), {}, {}};
}

DateReading DateReader::read_number(std::string_view plain_decimal) const {
  return serial_ ? read_serial(plain_decimal) : read(plain_decimal);
}

// A number that was typed in a worksheet has the locale's sign when it comes back as text.
DateReading DateReader::read_local_serial(std::string_view text) const {
  if (numbers_ == nullptr) return read_serial(text);
  const auto local = mapping::read_number(text, *numbers_);
  if (local.fault == NumberFault::not_a_number) return read_serial(text);
  const auto plain = plain_number(text);
  if (local.fault == NumberFault::ambiguous || (plain && *plain != local.number)) {
    DateReading out{{}, "it may be a decimal or a number of thousands", {}};
    out.remedy = "Write the number without a sign between thousands.";
    out.ambiguous = true;
    return out;
  }
  return read_serial(local.number.text);
}

DateReading DateReader::read_serial(std::string_view text) const {
  const auto number = split_decimal(text);
  if (!number) return unfit(fmt::format("it is no number, as {} needs it", given_));
  const std::int64_t whole = number->whole;
  constexpr std::int64_t least_milliseconds = 100'000'000'000;  // March 1973; as seconds, 5138
  if (serial_ == DateSerial::unix_seconds || serial_ == DateSerial::unix_milliseconds) {
    const bool large = whole >= least_milliseconds;
    if (large != (serial_ == DateSerial::unix_milliseconds) || text.starts_with('-'))
      return {{},
              large ? "it seems to count milliseconds" : "it seems to count seconds",
              large ? "Write `date unix_ms`." : "Write `date unix`, if it does."};
    return from_utc(large ? from_milliseconds(whole) : date::sys_seconds{seconds{whole}});
  }
  constexpr std::int64_t last = 2'958'465;  // 9999-12-31
  if (text.starts_with('-') || whole > last || (whole == 0 && serial_ == DateSerial::excel))
    return {{}, "it is out of the range of Excel's dates", {}};
  if (whole == 60 && serial_ == DateSerial::excel) return {{}, "there is no day 1900-02-29", {}};
  const date::local_days epoch = serial_ == DateSerial::excel1904
                                     ? date::local_days{date::year{1904} / 1 / 1}
                                 : whole < 60 ? date::local_days{date::year{1899} / 12 / 31}
                                              : date::local_days{date::year{1899} / 12 / 30};
  DateFields fields =
      fields_of(date::local_seconds{epoch + date::days{whole}} + seconds{number->day_seconds});
  fields.has_time = number->fraction;
  return finish(fields);
}

std::optional<DateFormats> DateFormats::make(std::span<const std::string> formats, TimeZone zone,
                                             const std::string& locale, std::string& error) {
  DateFormats out(zone);
  std::shared_ptr<const NumberFormat> numbers;
  if (auto known = number_format(locale))
    numbers = std::make_shared<const NumberFormat>(std::move(*known));
  for (const std::string& format : formats) {
    const auto* serial = std::ranges::find(serials, format, &Serial::name);
    if (serial != serials.end()) {
      out.readers_.push_back(DateReader::serial(serial->kind, zone, numbers));
      out.takes_numbers_ = true;
      continue;
    }
    auto reader = DateReader::compile(format, zone, error, locale);
    if (!reader) {
      error = fmt::format("\"date {}\": this is no date format: {}", format, error);
      return std::nullopt;
    }
    out.readers_.push_back(std::move(*reader));
  }
  return out;
}

template <class Read>
DateReading DateFormats::read_by_any(const Read& read) const {
  DateReading found = unfit({});
  std::string no_day;
  for (const DateReader& reader : readers_) {
    DateReading reading = read(reader);
    const bool first = found.utc.empty();
    if (!first && !reading.utc.empty() && reading.utc != found.utc)
      return {{},
              "two of the formats read it, as different times",
              "Keep one of the formats, or split the export.",
              true};
    // Each format makes another day of it, "2026-04-32" and "2026-32-04", and there is neither.
    if (reading.no_day && no_day.empty())
      no_day = reading.fault;
    else if (reading.no_day && reading.fault != no_day)
      no_day = "there is no such day";
    // Of several faults the one that knows most: a day that does not exist rather than no match.
    if (first && (!reading.utc.empty() || !found.fits)) found = std::move(reading);
  }
  if (found.no_day) found.fault = std::move(no_day);
  return found;
}

DateReading DateFormats::read(std::string_view text) const {
  if (readers_.empty()) return iso_.read(text);
  DateReading found = read_by_any([&](const DateReader& one) { return one.read(text); });
  // A format that has ISO 8601's form with another meaning, %Y-%d-%m, has said how it is to be
  // read.
  if (found.fits) return found;
  DateReading iso = iso_.read(text);
  return iso.fits ? iso : found;
}

DateReading DateFormats::read_number(std::string_view plain_decimal) const {
  if (readers_.empty()) return iso_.read(plain_decimal);
  return read_by_any([&](const DateReader& one) { return one.read_number(plain_decimal); });
}

std::string DateFormats::description() const {
  if (readers_.empty()) return iso_.description();
  std::string out;
  for (const DateReader& reader : readers_)
    out.append(out.empty() ? "" : ", ").append(reader.description());
  return out;
}

bool is_utc_date_time(std::string_view text) {
  DateFields fields;
  const bool capital = text.size() > 10 && text[10] == 'T' && text.back() == 'Z';
  return capital && read_iso_date(text, fields) && range_fault(fields).empty();
}

}  // namespace referrald::mapping
