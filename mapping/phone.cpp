#include "mapping/phone.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <re2/re2.h>

#include "mapping/names.hpp"
#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

bool is_space(std::string_view separator) {
  return separator == " " || separator == "\u00a0" || separator == "\u2009" ||
         separator == "\u202f";
}

constexpr std::array<std::string_view, 9> extensions{
    "extension", "durchwahl", "ext.", "ext", "durchw.", "poste", "#", "x.", "x"};
constexpr std::array<std::string_view, 11> separators{
    " ", "-", ".", "/", "\u00a0", "\u2009", "\u202f", "\u2010", "\u2011", "\u2012", "\u2013"};

// Numbers begin with a 0 that is part of them, or may: the last six are no countries'.
constexpr std::array<std::string_view, 12> keep_zero{"39",  "378", "225", "229", "241", "242",
                                                     "800", "808", "870", "881", "882", "883"};

// The calling codes of two digits. 1 and 7 have one digit, all others three.
constexpr std::array<std::string_view, 44> two_digits{
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
    "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"};

constexpr std::string_view write_plus = "Before a country's code write +.";
constexpr std::string_view ten_digits =
    "Behind +1 and +7 write all ten digits, the area's code among them.";
constexpr std::string_view leave_zero_out =
    "Leave the 0 behind the country's code out: +49 30 1234567.";

std::string_view without_extension(std::string_view text) {
  auto end = text.size();
  while (end > 0 && is_digit(text[end - 1])) --end;
  const auto digits = text.size() - end;
  if (digits == 0 || digits > 6) return text;
  auto before = trim(text.substr(0, end));
  if (before.ends_with(':')) before = trim(before.substr(0, before.size() - 1));
  for (const auto word : extensions)
    if (before.ends_with(word)) {
      before = trim(before.substr(0, before.size() - word.size()));
      while (before.ends_with(',') || before.ends_with(';'))
        before = trim(before.substr(0, before.size() - 1));
      return before;
    }
  return text;
}

// A number as it is written.
struct Written {
  std::string digits;
  // Each digit a 9, each gap one character, ' ' when there is a blank in it: "(999) 999-9999".
  std::string shape;
};

// nullopt when there is anything else than digits and what separates them.
std::optional<Written> written(std::string_view text) {
  Written out;
  bool open = false;
  bool gap = false;
  while (!text.empty()) {
    const char first = text.front();
    if (is_digit(first)) {
      out.digits += first;
      out.shape += '9';
      text.remove_prefix(1);
      gap = false;
      continue;
    }
    if (first == '(' || first == ')') {
      if (open != (first == ')')) return std::nullopt;
      open = !open;
      out.shape += first;
      text.remove_prefix(1);
      gap = false;
      continue;
    }
    const auto* separator =
        std::ranges::find_if(separators, [&](auto one) { return take(text, one); });
    if (separator == separators.end()) return std::nullopt;
    const char sign = is_space(*separator) ? ' ' : separator->size() > 1 ? '-' : first;
    if (!gap) out.shape += sign;
    if (sign == ' ') out.shape.back() = ' ';
    gap = true;
  }
  return open ? std::nullopt : std::optional(std::move(out));
}

std::ptrdiff_t count_digits(std::string_view shape) {
  return std::ranges::count(shape, '9');
}

// Whether the number ends in two parts of one form, each of which has gaps other than the one
// between them: "555-1234 555-9876".
bool repeats(std::string_view shape) {
  for (auto at = shape.find_first_of(" /"); at != std::string_view::npos;
       at = shape.find_first_of(" /", at + 1)) {
    const char inside[] = {'9', shape[at], '\0'};
    const auto last = shape.substr(at + 1);
    const auto before = shape.substr(0, at);
    if (count_digits(last) < 5 || last.find_first_not_of(inside) == std::string_view::npos ||
        !before.ends_with(last))
      continue;
    if (before.size() == last.size() || before[before.size() - last.size() - 1] != '9') return true;
  }
  return false;
}

// Whether an area's code in brackets follows behind the digits of another one.
bool has_second_area(std::string_view shape) {
  const auto end = shape.find(')');
  const auto next = end == std::string_view::npos ? end : shape.find('(', end);
  return next != std::string_view::npos && count_digits(shape.substr(end, next - end)) >= 3;
}

// Whether a number without a country has more digits than countries give. The 0 in front does not
// count.
bool is_too_long(const Written& number, bool country_given) {
  constexpr std::size_t most = 11;
  const bool one_run = count_digits(number.shape) == std::ssize(number.shape);
  // Nobody runs two numbers together; it may begin with a country's code, written without a +.
  if (one_run && !country_given) return false;
  return number.digits.size() - (number.digits.starts_with('0') ? 1 : 0) > most;
}

// Whether a program that took the number for a decimal wrote it: "4255550100.0".
bool is_decimal(std::string_view text) {
  const auto point = text.find('.');
  if (point == std::string_view::npos) return false;
  const auto fraction = text.substr(point + 1);
  return std::ranges::all_of(text.substr(0, point), is_digit) &&
         (fraction == "0" || fraction == "00");
}

// Whether a number from abroad has as many digits as its country gives. North America and Russia
// always give ten.
bool has_right_length(std::string_view digits) {
  constexpr std::size_t ten_and_code = 11;
  return !(digits.starts_with('1') || digits.starts_with('7')) || digits.size() == ten_and_code;
}

bool keeps_zero(std::string_view code) {
  return std::ranges::find(keep_zero, code) != keep_zero.end();
}

// "31.12.2026", "2026-03-31", "2026/03/31": by their years, no numbers.
bool is_date(std::string_view text) {
  static const re2::RE2 pattern(
      R"([0-3]?\d([./-])[0-3]?\d[./-](?:19|20)\d\d|(?:19|20)\d\d[-./][01]\d[-./][0-3]\d)");
  return re2::RE2::FullMatch({text.data(), text.size()}, pattern);
}

// The calling code that the digits of a number from abroad begin with.
std::string_view calling_code_of(std::string_view digits) {
  if (digits.starts_with('1') || digits.starts_with('7')) return digits.substr(0, 1);
  const auto two = digits.substr(0, 2);
  return std::ranges::find(two_digits, two) != two_digits.end() ? two : digits.substr(0, 3);
}

// Whether a national 0 stands behind the country's code: "+49 030 1234567".
bool has_national_zero(std::string_view digits) {
  const auto code = calling_code_of(digits);
  return digits.substr(code.size()).starts_with('0') && !keeps_zero(code);
}

// Whether a number that should be a national one may begin with the country's code, only that the +
// is missing. A first group in brackets is an area's code; but German and Austrian ones have a 0 in
// front, without which numbers hardly have ten digits.
bool may_begin_with(std::string_view code, const Written& number) {
  const bool zero_in_front = code == "49" || code == "43";
  const std::size_t least = zero_in_front ? 10 : 11;
  const bool area =
      number.shape.starts_with('(') && !(zero_in_front && number.shape.starts_with("(99)"));
  return code != "1" && number.digits.starts_with(code) && number.digits.size() >= least && !area;
}

std::string without_bracketed_zero(std::string_view text) {
  std::string out(text);
  if (const auto at = out.find("(0)"); at != std::string::npos) out.replace(at, 3, " ");
  return out;
}

// Whether what stands before a slash is too long for an area's code: "030 1234567 / 89" are two
// numbers, and run together they would be a third.
bool seems_two(std::string_view text, bool abroad) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos) return false;
  const auto digits = std::ranges::count_if(text.substr(0, slash), is_digit);
  return digits > (abroad ? 10 : 6);
}

std::string international(std::string national, std::string_view code) {
  if (code == "1" && national.size() == 11 && national.front() == '1') return "+" + national;
  if (code == "7" && national.size() == 11 && national.front() == '8') national.erase(0, 1);
  const bool hungary = code == "36" && national.starts_with("06");
  if (hungary)
    national.erase(0, 2);
  else if (national.starts_with('0') && !keeps_zero(code))
    national.erase(0, 1);
  return "+" + std::string(code) + national;
}

}  // namespace

bool is_calling_code(std::string_view text) {
  take(text, "+");
  return !text.empty() && text.size() <= 3 && text.front() != '0' &&
         std::ranges::all_of(text, is_digit);
}

PhoneReading read_phone(std::string_view text, std::string_view calling_code) {
  constexpr std::size_t longest = 200;  // looking for repeats takes the square of the length
  constexpr std::size_t least = 5;
  constexpr std::size_t most = 15;
  if (text.size() > longest) return {};
  take(calling_code, "+");
  const std::string lower = to_lower(text);
  std::string_view rest = lower;
  for (const std::string_view word : {"tel:", "tel.:", "tel."})
    if (take(rest, word)) break;
  rest = without_extension(trim(rest));
  const bool plus = take(rest, "+") || take(rest, "(+");
  if (is_date(rest)) return {{}, "It looks like a date: map the column that has the number."};
  if (is_decimal(rest)) return {{}, "Format the column as text before it is exported."};
  // "(+49) 30": the bracket that was opened before the +.
  const bool bracket = plus && lower.find("(+") != std::string::npos;
  const bool abroad = plus || rest.starts_with("00");
  const bool bracketed_zero = abroad && rest.find("(0)") != std::string_view::npos;
  std::string body = abroad ? without_bracketed_zero(rest) : std::string(rest);
  if (seems_two(body, abroad)) return {};
  if (bracket) {
    const auto at = body.find(')');
    if (at == std::string::npos) return {};
    body[at] = ' ';
  }
  auto number = written(trim(body));
  if (!number || repeats(number->shape) || has_second_area(number->shape)) return {};
  std::string& digits = number->digits;
  if (plus || digits.starts_with("00")) {
    if (!plus) digits.erase(0, 2);
    if (digits.size() < least || digits.size() > most || digits.starts_with('0')) return {};
    if (has_national_zero(digits)) return {{}, leave_zero_out};
    // Italy's 0 must stay before Rome's 6, and must not stand before a mobile's 3.
    if (bracketed_zero && keeps_zero(calling_code_of(digits)))
      return {{}, "Write the 0 without brackets if it belongs to the number, or leave it out."};
    if (!has_right_length(digits)) return {{}, ten_digits};
    return {"+" + digits, {}};
  }
  const bool too_many = is_too_long(*number, !calling_code.empty());
  if (too_many || digits.size() < least || digits.size() > most) return {};
  if (calling_code.empty()) return {std::move(digits), {}};
  if (may_begin_with(calling_code, *number)) return {{}, write_plus};
  std::string out = international(std::move(digits), calling_code);
  if (!has_right_length(std::string_view(out).substr(1))) return {{}, ten_digits};
  const bool fits = out.size() > least && out.size() <= most + 1 && !out.starts_with("+0");
  return {fits ? std::optional(std::move(out)) : std::nullopt, {}};
}

}  // namespace referrald::mapping
