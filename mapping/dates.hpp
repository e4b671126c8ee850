// Dates and times as exports write them, to the API's form: 2026-03-31T00:00:00Z.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}

namespace referrald::mapping {

class DatePattern;
struct DateFields;
struct NumberFormat;

// A zone of the system's time zone data; UTC when default-made.
class TimeZone {
 public:
  // nullopt when there is no zone of that IANA name.
  static std::optional<TimeZone> find(std::string_view name);
  // What to write in place of a name that is none.
  static std::string remedy(std::string_view name);

 private:
  friend class DateReader;
  const date::time_zone* zone_ = nullptr;
};

struct DateReading {
  std::string utc;         // empty when the text is no such date
  std::string fault;       // why not: "there is no day 2026-04-31"
  std::string remedy;      // what to do, where the text shows it
  bool ambiguous = false;  // it could be read in two ways
  bool fits = true;        // it has the format's form, though there may be no such day
  bool no_day = false;     // … and there is none
};

// Numbers that stand for a time.
enum class DateSerial : std::uint8_t {
  excel,      // days of the 1900 system, with its false 29 February 1900
  excel1904,  // days since 1904-01-01
  unix_seconds,
  unix_milliseconds,
};

// Reads dates of one format. A date without a time is a calendar day and becomes midnight UTC
// whatever the zone, as the portal's own import takes it; the zone counts for local times. Of a
// local time that occurs twice the first is taken. Years before 1900 are refused. Const and
// thread-safe.
class DateReader {
 public:
  // ISO 8601: a date, or a date and time with or without an offset; and JSON's "/Date(…)/" of .NET.
  static DateReader iso(TimeZone zone);
  // A pattern as of strptime: %Y %m %d …. nullopt when it is none, and `error` says why. Names of
  // months and days are English or of the locale.
  static std::optional<DateReader> compile(std::string_view pattern, TimeZone zone,
                                           std::string& error, const std::string& locale = "en");
  // A serial with a fraction, of Excel, is a local time. Numbers that are plainly of the other
  // unit, seconds for milliseconds, are refused. A text is read as a plain decimal and, when there
  // are `numbers`, as their locale writes it; what that makes two numbers of is ambiguous.
  static DateReader serial(DateSerial kind, TimeZone zone,
                           std::shared_ptr<const NumberFormat> numbers = nullptr);

  using Reading = DateReading;
  DateReading read(std::string_view text) const;
  // A plain decimal, whatever the locale: what a cell holds that says that it is a number.
  DateReading read_number(std::string_view plain_decimal) const;

  // "ISO 8601 (2026-03-31)" or the pattern, for messages.
  std::string description() const;

 private:
  explicit DateReader(TimeZone zone) : zone_(zone) {}
  DateReading finish(DateFields& fields) const;
  DateReading read_serial(std::string_view plain_decimal) const;
  DateReading read_local_serial(std::string_view text) const;

  std::shared_ptr<const DatePattern> pattern_;  // nullptr: ISO 8601, or a serial
  std::optional<DateSerial> serial_;
  std::shared_ptr<const NumberFormat> numbers_;  // of a serial; nullptr: plain decimals only
  std::string given_;
  TimeZone zone_;
};

// What `date` takes: one format or several, and ISO 8601 for a text that has the form of none of
// them. A text that two formats read as different times is ambiguous.
class DateFormats {
 public:
  // A format is a pattern or one of excel, excel1904, unix, unix_ms; none: ISO 8601. The locale is
  // that of names and of numbers. nullopt when one is wrong, and `error` says which and why.
  static std::optional<DateFormats> make(std::span<const std::string> formats, TimeZone zone,
                                         const std::string& locale, std::string& error);
  DateReading read(std::string_view text) const;
  // What a typed cell holds is ISO 8601 whatever the formats, or a plain decimal.
  DateReading read_iso(std::string_view text) const { return iso_.read(text); }
  DateReading read_number(std::string_view plain_decimal) const;
  std::string description() const;
  // Whether a number can be one of them.
  bool takes_numbers() const { return takes_numbers_; }

 private:
  explicit DateFormats(TimeZone zone) : iso_(DateReader::iso(zone)) {}
  template <class Read>
  DateReading read_by_any(const Read& read) const;

  std::vector<DateReader> readers_;
  DateReader iso_;
  bool takes_numbers_ = false;
};

// Whether this is a date and time in UTC as the API takes it, of a day that exists.
bool is_utc_date_time(std::string_view text);

}  // namespace referrald::mapping
