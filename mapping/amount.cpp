#include "mapping/amount.hpp"

#include <algorithm>
#include <array>

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "mapping/currencies.hpp"
#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

// Beside the signs that Unicode calls so ($, €, £ …) and the codes of ISO 4217; what begins with
// another comes before it.
constexpr std::array<std::string_view, 34> signs{
    "US$", "CA$", "AU$", "NZ$", "HK$", "NT$", "MX$", "CN¥", "JP¥",  "C$",  "A$", "S$",
    "R$",  "kr.", "kr",  "Kr.", "Kr",  "zł",  "Kč",  "Ft",  "SFr.", "Fr.", "Fr", "Rs.",
    "Rs",  "RM",  "R",   "lei", "лв.", "TL",  "円",  "元",  "руб.", "руб"};

// What people write beside a $ to say whose it is.
constexpr std::array<std::string_view, 11> dollars{"USD", "CAD", "AUD", "NZD", "HKD", "SGD",
                                                   "TWD", "MXN", "ARS", "CLP", "COP"};

bool is_dollar(std::string_view code) {
  return std::ranges::find(dollars, code) != dollars.end();
}

bool starts_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Whether this is one character that Unicode calls a currency's sign.
bool is_sign(std::string_view point) {
  if (point == "$") return true;
  if (point.size() < 2) return false;
  const auto wide =
      icu::UnicodeString::fromUTF8({point.data(), static_cast<std::int32_t>(point.size())});
  return u_charType(wide.char32At(0)) == U_CURRENCY_SYMBOL;
}

// The length of the currency at the text's beginning. The text is not empty.
std::size_t currency_in_front(std::string_view text) {
  // Codes first: "RUB" begins with the R of the rand, "EUR" ends in it.
  if (text.size() >= 3 && is_currency_code(text.substr(0, 3))) return 3;
  for (const auto sign : signs)
    if (text.starts_with(sign)) return sign.size();
  std::size_t end = 1;
  while (end < text.size() && !starts_point(text[end])) ++end;
  return is_sign(text.substr(0, end)) ? end : 0;
}

std::size_t currency_behind(std::string_view text) {
  if (text.size() >= 3 && is_currency_code(text.substr(text.size() - 3))) return 3;
  for (const auto sign : signs)
    if (text.ends_with(sign)) return sign.size();
  std::size_t at = text.size() - 1;
  while (at > 0 && !starts_point(text[at])) --at;
  return is_sign(text.substr(at)) ? text.size() - at : 0;
}

// Takes what surrounds the digits, from outside to inside.
class Peeling {
 public:
  Peeling(std::string_view text, const NumberFormat& format) : rest(text), format_(format) {
    while (currency_sign() || sign() || round_amount()) {
    }
  }

  std::string_view rest;
  std::string_view currency;
  bool negative = false;

 private:
  bool currency_sign() {
    if (rest.empty()) return false;
    const auto front = is_digit(rest.front()) ? 0 : currency_in_front(rest);
    if (front > 0 && accept(rest.substr(0, front))) {
      rest = trim(rest.substr(front));
      return true;
    }
    const auto behind = is_digit(rest.back()) ? 0 : currency_behind(rest);
    if (behind == 0 || !accept(rest.substr(rest.size() - behind))) return false;
    rest = trim(rest.substr(0, rest.size() - behind));
    return true;
  }

  // One currency; "$5 CAD" names one as well.
  bool accept(std::string_view found) {
    const bool first = currency.empty();
    const bool says_whose =
        !twice_ && ((currency == "$" && is_dollar(found)) || (is_dollar(currency) && found == "$"));
    if (!first && !says_whose) return false;
    twice_ = !first;
    if (first || currency == "$") currency = found;
    return true;
  }

  bool sign() {
    if (signed_) return false;
    if (rest.size() > 2 && rest.front() == '(' && rest.back() == ')') {
      rest = trim(rest.substr(1, rest.size() - 2));
      return negative = signed_ = true;
    }
    for (const std::string_view minus : {"-", "\u2212", "+"})
      if (rest.starts_with(minus)) {
        rest.remove_prefix(minus.size());
        negative = minus != "+";
        return signed_ = true;
      }
    if (round_end() > 0) return false;
    for (const std::string_view minus : {"-", "\u2212"})
      if (rest.ends_with(minus)) {
        rest.remove_suffix(minus.size());
        return negative = signed_ = true;
      }
    return false;
  }

  // "1.234,-": no cents. The length of what stands in their place; 0: nothing does.
  std::size_t round_end() const {
    for (const std::string_view point :
         {std::string_view(format_.decimal), std::string_view(format_.other_decimal)})
      for (const auto dash : dashes)
        if (!point.empty() && rest.ends_with(dash) &&
            rest.substr(0, rest.size() - dash.size()).ends_with(point))
          return point.size() + dash.size();
    return 0;
  }
  bool round_amount() {
    const auto length = round_end();
    rest.remove_suffix(length);
    return length > 0;
  }

  static constexpr std::array<std::string_view, 4> dashes{"--", "-", "–", "—"};

  const NumberFormat& format_;
  bool signed_ = false;
  bool twice_ = false;  // the currency was named by a sign and by a code
};

}  // namespace

Amount read_amount(std::string_view text, const NumberFormat& format) {
  const Peeling peeled(text, format);
  const bool second_sign = peeled.rest.starts_with('-') || peeled.rest.starts_with('+') ||
                           peeled.rest.starts_with("\u2212");
  if (second_sign) return {{NumberFault::not_a_number, {}}, {}};
  Amount out{read_number(peeled.rest, format), peeled.currency};
  std::string& plain = out.reading.number.text;
  if (peeled.negative && out.reading.fault != NumberFault::not_a_number && plain != "0")
    plain.insert(0, 1, '-');
  return out;
}

}  // namespace referrald::mapping
