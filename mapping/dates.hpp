// Dates and times as exports write them, to the API's form: 2026-03-31T00:00:00Z.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}

namespace referrald::mapping {

// A zone of the system's time zone data; UTC when default-made.
class TimeZone {
 public:
  // nullopt when there is no zone of that IANA name.
  static std::optional<TimeZone> find(std::string_view name);
  // The IANA name nearest to `name`.
  static std::optional<std::string> nearest(std::string_view name);

 private:
  friend class DateReader;
  const date::time_zone* zone_ = nullptr;
};

// Reads dates of one format. A date without a time is a calendar day and becomes midnight UTC
// whatever the zone, as the portal's own import takes it; the zone counts for local times. Of a
// local time that occurs twice the first is taken.
class DateReader {
 public:
  // ISO 8601: a date, or a date and time with or without an offset.
  static DateReader iso(TimeZone zone);
  // A pattern as of strptime: %Y %m %d …. nullopt when it is none, and `error` says why.
  static std::optional<DateReader> compile(std::string_view pattern, TimeZone zone,
                                           std::string& error);

  struct Reading {
    std::string utc;    // empty when the text is no such date
    std::string fault;  // why not: "there is no 31 April 2026"
  };
  Reading read(std::string_view text) const;

  // "ISO 8601 (2026-03-31)" or the pattern, for messages.
  std::string description() const;

 private:
  DateReader(std::string pattern, TimeZone zone) : pattern_(std::move(pattern)), zone_(zone) {}

  std::string pattern_;  // without %T, %F, %D, %R; empty: ISO 8601
  std::string given_;
  TimeZone zone_;
};

// Whether this is a date and time in UTC as the API takes it, of a day that exists.
bool is_utc_date_time(std::string_view text);

}  // namespace referrald::mapping
