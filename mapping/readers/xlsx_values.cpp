#include "mapping/readers/xlsx_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t kSignificantDigits = 15;
constexpr std::int64_t kDayMs = 86'400'000;

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<double> to_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

void append_canonical(std::string& out, bool negative, std::string_view whole,
                      std::string_view fraction) {
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  if (negative && (whole != "0" || !fraction.empty())) out += '-';
  out += whole;
  if (fraction.empty()) return;
  out += '.';
  out += fraction;
}

// Text that has no exponent and no more digits than Excel shows needs no arithmetic.
bool append_as_written(std::string& out, std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  const std::string_view whole = text.substr(0, at);
  std::string_view fraction;
  if (at < text.size()) {
    if (text[at] != '.') return false;
    fraction = text.substr(at + 1);
    for (const char c : fraction) {
      if (!is_digit(c)) return false;
    }
    if (fraction.find_first_not_of('0') == std::string_view::npos) fraction = {};
  }
  if (whole.empty() || (!fraction.empty() && whole.size() + fraction.size() > kSignificantDigits))
    return false;
  append_canonical(out, negative, whole, fraction);
  return true;
}

// "d.dddddddddddddde±xx", written out.
void append_written_out(std::string& out, double value) {
  std::array<char, 32> buffer{};
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value),
                    std::chars_format::scientific, static_cast<int>(kSignificantDigits) - 1);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits(1, text.front());
  digits += text.substr(2, e - 2);
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + sign, text.data() + text.size(), exponent);
  if (exponent < 0) {
    const std::string fraction = std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    append_canonical(out, value < 0, "0", fraction);
    return;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  append_canonical(out, value < 0, std::string_view(digits).substr(0, whole),
                   std::string_view(digits).substr(whole));
}

void append_clock(std::string& out, std::int64_t ms) {
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", ms / 3'600'000, ms / 60'000 % 60,
                 ms / 1000 % 60);
  if (ms % 1000 != 0) fmt::format_to(std::back_inserter(out), ".{:03}", ms % 1000);
}

void append_day(std::string& out, std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// The day of a serial number, nullopt for none. Excel has a 29 February 1900, which never was;
// serials before it count from a day later than those behind it.
std::optional<std::chrono::sys_days> day_of(std::int64_t serial, bool epoch_1904) {
  using std::chrono::days, std::chrono::sys_days, std::chrono::year;
  constexpr auto january = std::chrono::January;
  constexpr auto december = std::chrono::December;
  constexpr sys_days kEnd = year{10000} / january / 1;
  sys_days day{};
  if (epoch_1904) {
    day = sys_days{year{1904} / january / 1} + days{serial};
  } else {
    if (serial == 0 || serial == 60) return std::nullopt;
    day = sys_days{year{1899} / december / (serial < 60 ? 31 : 30)} + days{serial};
  }
  if (day >= kEnd) return std::nullopt;
  return day;
}

std::optional<CellType> append_date(std::string& out, double serial, NumberFormat::Kind kind,
                                    bool epoch_1904) {
  using enum NumberFormat::Kind;
  constexpr double kBeyondAllDates = 3e6;
  if (serial < 0 || serial > kBeyondAllDates) return std::nullopt;
  // To the millisecond: what is left of a day's fraction in a double is noise below that.
  const std::int64_t all = std::llround(serial * static_cast<double>(kDayMs));
  const std::int64_t ms = all % kDayMs;
  if (kind == duration) {
    append_clock(out, all);
    return CellType::text;
  }
  if (all < kDayMs && (kind == time || (!epoch_1904 && ms != 0))) {
    append_clock(out, ms);
    return CellType::text;
  }
  const auto day = day_of(all / kDayMs, epoch_1904);
  if (!day) return std::nullopt;
  append_day(out, *day);
  if (kind == date && ms == 0) return CellType::date;
  out += 'T';
  append_clock(out, ms);
  return CellType::date;
}

bool digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return false;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return false;
  }
  return true;
}

int number_at(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + count, value);
  return value;
}

// "14:30", "14:30:00", "14:30:00.250", with or without "Z" or "+02:00".
bool is_clock(std::string_view text) {
  if (!digits_at(text, 0, 2) || text.size() < 5 || text[2] != ':' || !digits_at(text, 3, 2))
    return false;
  if (number_at(text, 0, 2) > 23 || number_at(text, 3, 2) > 59) return false;
  text.remove_prefix(5);
  if (text.starts_with(':')) {
    if (!digits_at(text, 1, 2) || number_at(text, 1, 2) > 59) return false;
    text.remove_prefix(3);
    if (text.starts_with('.')) {
      const std::size_t end = text.find_first_not_of("0123456789", 1);
      if (end == 1 || text.size() == 1) return false;
      text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
  }
  if (text.empty() || text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && digits_at(text, 1, 2) &&
         text[3] == ':' && digits_at(text, 4, 2);
}

// The character of "_xHHHH_" at `at`, or nullopt.
std::optional<char32_t> escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 7 || text[at] != '_' || text[at + 1] != 'x' || text[at + 6] != '_')
    return std::nullopt;
  unsigned unit = 0;
  const char* const begin = text.data() + at + 2;
  const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
  if (error != std::errc{} || end != begin + 4) return std::nullopt;
  return static_cast<char32_t>(unit);
}

// Whether Excel has kept the first 15 digits of a long whole number and the rest is made up: two
// ids may have become one.
bool has_lost_digits(std::string_view text, double value) {
  constexpr double longer_than_kept = 1e15;
  std::string_view digits = text.substr(0, text.find_first_of("eE"));
  const auto zeros = digits.find_last_not_of("0.");
  digits = digits.substr(0, zeros == std::string_view::npos ? 0 : zeros + 1);
  const auto count = static_cast<std::size_t>(std::ranges::count_if(digits, is_digit));
  return std::fabs(value) >= longer_than_kept && count > kSignificantDigits;
}

constexpr bool is_high_surrogate(char32_t c) {
  return c >= 0xD800 && c < 0xDC00;
}
constexpr bool is_low_surrogate(char32_t c) {
  return c >= 0xDC00 && c < 0xE000;
}

}  // namespace

bool append_decimal(std::string& out, std::string_view text) {
  text = without_blanks(text);
  if (append_as_written(out, text)) return true;
  const auto value = to_double(text);
  if (!value || has_lost_digits(text, *value)) return false;
  append_written_out(out, *value);
  return true;
}

std::optional<CellType> append_number(std::string& out, std::string_view text, NumberFormat format,
                                      bool epoch_1904) {
  using Kind = NumberFormat::Kind;
  const std::size_t begin = out.size();
  if (format.kind != Kind::number && format.kind != Kind::zeros) {
    const auto serial = to_double(without_blanks(text));
    if (!serial) return std::nullopt;
    if (const auto type = append_date(out, *serial, format.kind, epoch_1904)) return type;
  }
  if (!append_decimal(out, text)) return std::nullopt;
  if (format.kind != Kind::zeros || out.find('.', begin) != std::string::npos)
    return CellType::number;
  const std::size_t sign = out[begin] == '-' ? 1 : 0;
  const std::size_t digits = out.size() - begin - sign;
  if (digits < format.digits) out.insert(begin + sign, format.digits - digits, '0');
  return CellType::text;
}

CellType iso_date_type(std::string_view text) {
  using std::chrono::year, std::chrono::month, std::chrono::year_month_day;
  if (text.size() < 10 || !digits_at(text, 0, 4) || text[4] != '-' || !digits_at(text, 5, 2) ||
      text[7] != '-' || !digits_at(text, 8, 2)) {
    return CellType::text;
  }
  const year_month_day day{year{number_at(text, 0, 4)},
                           month{static_cast<unsigned>(number_at(text, 5, 2))},
                           std::chrono::day{static_cast<unsigned>(number_at(text, 8, 2))}};
  if (!day.ok()) return CellType::text;
  const bool with_time = text.size() > 10;
  if (with_time && (text[10] != 'T' || !is_clock(text.substr(11)))) return CellType::text;
  return CellType::date;
}

void decode_escapes(std::string& text, std::size_t from) {
  std::size_t at = text.find("_x", from);
  if (at == std::string::npos) return;
  std::string decoded;
  std::size_t done = from;
  for (; at != std::string::npos; at = text.find("_x", at)) {
    const auto unit = escaped_unit(text, at);
    std::size_t size = 7;
    char32_t c = unit.value_or(0);
    if (unit && is_high_surrogate(c)) {
      const char32_t low = escaped_unit(text, at + size).value_or(0);
      if (is_low_surrogate(low)) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        size *= 2;
      }
    }
    if (!unit || is_high_surrogate(c) || is_low_surrogate(c)) {
      ++at;
      continue;
    }
    decoded.append(text, done, at - done);
    append_utf8(decoded, c);
    at += size;
    done = at;
  }
  decoded.append(text, done, std::string::npos);
  text.replace(from, std::string::npos, decoded);
}

}  // namespace referrald::mapping
