// The forms that dates are written in, down to their fields: ISO 8601 and patterns as of strptime.
// Only for dates.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

// What was read, before it is known whether such a day exists.
struct DateFields {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool has_time = false;
  bool twelve_hours = false;
  std::optional<bool> afternoon;
  std::optional<unsigned> weekday;  // from Sunday, 0
  std::optional<std::chrono::seconds> offset;
};

// ISO 8601's calendar date, alone or with a time, with or without an offset.
bool read_iso_date(std::string_view text, DateFields& fields);

// Whether there is a day of that year, month and number.
bool is_day(const DateFields& fields);

// The fault of fields that are no day or no time, "there is no day 2026-04-31", or a day with
// another weekday; empty when there is none. Brings the hour to 24.
std::string range_fault(DateFields& fields);

// Names as a locale has them, beside the English ones: in lower case, without a dot at the end, the
// longest first.
struct DateName {
  std::string name;
  unsigned index = 0;  // from 0; of a half of the day: 0 or 1
};
using DateNameList = std::vector<DateName>;
struct DateNames {
  DateNameList months;
  DateNameList weekdays;
  DateNameList halves;  // AM, PM
};
DateNames date_names(const std::string& locale);

class DatePattern {
 public:
  // nullopt when it is no pattern, and `error` says why. `locale` is a tag such as "de-DE".
  static std::optional<DatePattern> compile(std::string_view pattern, const std::string& locale,
                                            std::string& error);
  // Whether all of the text fits. Case does not count.
  bool read(std::string_view text, DateFields& fields) const;

 private:
  struct Token {
    char conversion = 0;  // 0: a literal; ' ': any number of blanks
    bool fixed = false;   // a number right beside another has all its digits
    std::string literal;
  };
  bool take(class DateCursor& cursor, const Token& token, DateFields& fields) const;

  std::vector<Token> tokens_;
  std::shared_ptr<const DateNames> names_;
};

}  // namespace referrald::mapping
