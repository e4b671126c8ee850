// A worksheet's cells in the form that the readers promise: plain decimals, ISO 8601 dates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// What a cell's number format makes of its number.
struct NumberFormat {
  enum class Kind : std::uint8_t {
    number,
    date,       // without a time
    date_time,  // both
    time,       // without a date
    duration,   // [h]:mm, which counts on beyond a day
    zeros,      // "00000": as text, with its leading zeros
  };
  Kind kind = Kind::number;
  std::uint8_t digits = 0;  // of zeros

  bool operator==(const NumberFormat&) const = default;
};

// Of a format that Excel has built in, by its id.
NumberFormat builtin_format(unsigned id);
// Of a format code such as "[$-409]d. mmmm yyyy;@". The section for positive numbers counts.
NumberFormat format_of_code(std::string_view code);

// Appends the number as Excel shows it in a cell that is wide enough: the shortest decimal of at
// most 15 significant digits, without exponent. A whole number that the file writes out keeps all
// of its digits: it may be an id. False when `text` is no number, or a whole number whose last
// digits Excel has lost (1.2345678901234568E+19); nothing is appended then.
bool append_decimal(std::string& out, std::string_view text);

// Appends what a numeric cell holds, and says its type; nullopt when it holds no number. A number
// that is no day of the calendar (0, 29 February 1900, negative, beyond 9999) stays a number,
// whatever its format.
std::optional<CellType> append_number(std::string& out, std::string_view text, NumberFormat format,
                                      bool epoch_1904);

// The type of a cell that is said to hold an ISO 8601 date: date, or text for a time of day and
// for what is no date.
CellType iso_date_type(std::string_view text);

// Replaces Excel's escapes ("_x000D_") from `from` on by the characters they stand for. An escape
// that stands for no character stays as it is.
void decode_escapes(std::string& text, std::size_t from);

}  // namespace referrald::mapping
