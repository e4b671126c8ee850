// Filters for the ways to reach a person.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/filter_making.hpp"
#include "mapping/names.hpp"
#include "mapping/phone.hpp"
#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {
namespace {

// Empty: the code's own.
std::string phone_remedy(std::string_view text) {
  constexpr std::ptrdiff_t most_national = 12;  // with the 0 in front
  const auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  if (digits < most_national) return {};
  return "Of two numbers keep one (`split` and `first` take it); before a country's code write +.";
}

std::optional<Filter> make_phone(Making& making) {
  std::string code;
  if (!making.call.arguments.empty()) {
    code = making.argument();
    if (!is_calling_code(code))
      return making.complain(
          fmt::format("\"{}\": the argument is no country calling code", making.shown()),
          "write its one to three digits, as in `phone 49`");
  }
  making.pipe.flow = Flow::text;
  return Filter{[code](FilterRow&, Scalar& value) -> std::optional<Failure> {
    auto [number, remedy] = read_phone(value.text, code);
    if (!number)
      return failed(Code::bad_phone, value,
                    fmt::format("\"{}\" is not one telephone number", value.text),
                    remedy.empty() ? phone_remedy(value.text) : std::string(remedy));
    value.hold(ScalarKind::text, std::move(*number));
    return std::nullopt;
  }};
}

// What an address may not hold beside its one @. Quoted local parts are left out on purpose: no CRM
// writes them, and they would make the first address of a list uncertain.
constexpr std::string_view around_address = " \t\r\n<>()[],;:\"\\";

// Whether a ; before a token ends an entity of HTML: in "ann&amp;co@contoso.com" co is not all.
bool follows_entity(std::string_view before) {
  constexpr std::size_t longest = 10;
  if (!before.ends_with(';')) return false;
  before.remove_suffix(1);
  std::size_t length = 0;
  while (length < before.size() && length < longest) {
    const char c = before[before.size() - 1 - length];
    if (!is_letter(c) && !is_digit(c) && c != '#') break;
    ++length;
  }
  return length > 0 && before.substr(0, before.size() - length).ends_with('&');
}

// The address that a token is, or nothing. `before` is the text up to the token.
std::string_view address_of(std::string_view found, std::string_view before) {
  constexpr std::string_view scheme = "mailto:";
  if (before.size() >= scheme.size() &&
      to_lower(before.substr(before.size() - scheme.size())) == scheme)
    found = found.substr(0, found.find('?'));
  while (found.ends_with('.') || found.ends_with('\'')) found.remove_suffix(1);
  while (found.starts_with('\'')) found.remove_prefix(1);
  const auto sign = found.find('@');
  if (sign == std::string_view::npos || sign != found.rfind('@') || sign == 0) return {};
  const auto local = found.substr(0, sign);
  const auto domain = found.substr(sign + 1);
  const bool local_good = !local.starts_with('.') && !local.ends_with('.') &&
                          local.find("..") == std::string_view::npos;
  const bool domain_good = !domain.starts_with('.') && !domain.starts_with('-') &&
                           domain.find('.') != std::string_view::npos &&
                           domain.find("..") == std::string_view::npos && is_host_name(domain) &&
                           !has_blank(local);
  return local_good && domain_good && !follows_entity(before) ? found : std::string_view{};
}

// The first address in the text, or nothing.
std::string_view find_address(std::string_view text) {
  for (auto at = text.find('@'); at != std::string_view::npos;) {
    const auto before = text.find_last_of(around_address, at);
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    const auto end = std::min(text.find_first_of(around_address, at), text.size());
    const auto found = address_of(text.substr(begin, end - begin), text.substr(0, begin));
    if (!found.empty()) return found;
    at = text.find('@', end);
  }
  return {};
}

std::optional<Filter> make_email(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow&, Scalar& value) -> std::optional<Failure> {
    const auto found = find_address(value.text);
    if (found.empty())
      return failed(Code::no_email, value, fmt::format("\"{}\" holds no mail address", value.text));
    const auto sign = found.find('@') + 1;
    value.hold(ScalarKind::text, std::string(found.substr(0, sign)) + to_lower(found.substr(sign)));
    return std::nullopt;
  }};
}

}  // namespace

std::span<const FilterSpec> contact_filters() {
  static constexpr std::array specs{
      FilterSpec{"phone", ArgumentStyle::text, 0, 1,
                 static_cast<Takes>(takes_text | takes(Flow::number)), make_phone, "phone 49"},
      FilterSpec{"email", ArgumentStyle::text, 0, 0, takes_text, make_email, "email"},
  };
  return specs;
}

}  // namespace referrald::mapping
