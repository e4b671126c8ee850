#include "daemon/submission/lenient_number.hpp"

#include <charconv>

namespace referrald::submission {

std::optional<std::int64_t> lenient_number(simdjson::dom::object object, std::string_view name) {
  simdjson::dom::element value;
  if (object[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) return whole;
  double real = 0;
  if (value.get(real) == simdjson::SUCCESS && real >= 0 && real < 1e9)
    return static_cast<std::int64_t>(real);
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return leading_digits(text);
  return std::nullopt;
}

std::optional<std::int64_t> leading_digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

}  // namespace referrald::submission
