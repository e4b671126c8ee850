#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <date/tz.h>

namespace referrald::config {
namespace {

using std::chrono::milliseconds;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::uint64_t> digits(std::string_view text) {
  if (!all_digits(text)) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "12", "2.5": no sign, no exponent, and short enough for a double to hold.
std::optional<double> decimal(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (!all_digits(whole) || whole.size() > 9) return std::nullopt;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = text.substr(dot + 1);
    if (!all_digits(fraction) || fraction.size() > 6) return std::nullopt;
  }
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <typename Value, std::size_t size>
std::optional<Value> named(const std::array<std::pair<std::string_view, Value>, size>& names,
                           std::string_view text) {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

template <typename Value, std::size_t size>
std::string_view name_of(const std::array<std::pair<std::string_view, Value>, size>& names,
                         Value value) {
  for (const auto& [name, candidate] : names) {
    if (candidate == value) return name;
  }
  return {};
}

constexpr std::array<std::pair<std::string_view, LogLevel>, 5> log_levels{{
    {"error", LogLevel::error},
    {"warning", LogLevel::warning},
    {"info", LogLevel::info},
    {"debug", LogLevel::debug},
    {"trace", LogLevel::trace},
}};

constexpr std::array<std::pair<std::string_view, LogFormat>, 4> log_formats{{
    {"auto", LogFormat::automatic},
    {"text", LogFormat::text},
    {"json", LogFormat::json},
    {"journal", LogFormat::journal},
}};

bool is_localhost(std::string_view host) {
  constexpr std::string_view localhost = "localhost";
  return std::equal(host.begin(), host.end(), localhost.begin(), localhost.end(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

// "HOST", "HOST:PORT", "[IPv6]:PORT", split. Boost.URL 1.81 is asked about addresses only: of
// "127.0.0.1.example" its parse_uri() makes the host 127.0.0.1 and a path.
struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

Authority split_authority(std::string_view text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return {.host = {}, .port = {}};
  const std::size_t colon = text.find(':', bracket);
  if (colon == std::string_view::npos) return {.host = text, .port = {}};
  return {.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

bool is_ipv6(std::string_view host) {
  return host.size() > 2 && host.starts_with('[') && host.ends_with(']') &&
         boost::urls::parse_ipv6_address(host.substr(1, host.size() - 2)).has_value();
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) return is_ipv6(host);
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alnum(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_port(std::string_view text) {
  const auto port = parse_whole(text);
  return port && *port >= 1 && *port <= 65'535;
}

bool is_loopback(std::string_view host) {
  if (is_ipv6(host)) {
    return boost::urls::parse_ipv6_address(host.substr(1, host.size() - 2))->is_loopback();
  }
  const auto ipv4 = boost::urls::parse_ipv4_address(host);
  return ipv4 ? ipv4->is_loopback() : is_localhost(host);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// What it is told of is the zone's name, not why it cannot be loaded.
bool is_time_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name)) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{{
      {"ms", 1},
      {"s", 1'000},
      {"m", 60'000},
      {"h", 3'600'000},
      {"d", 86'400'000},
  }};
  // A hundred years: added to the time of day, it still fits into 64 bits of nanoseconds.
  constexpr std::int64_t longest = 36'500LL * 86'400'000;

  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = digits(text.substr(0, static_cast<std::size_t>(end - text.begin())));
  const auto unit = named(units, text.substr(static_cast<std::size_t>(end - text.begin())));
  if (!count || !unit) return std::nullopt;
  if (*count > static_cast<std::uint64_t>(longest / *unit)) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(*count) * *unit);
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<Schedule> parse_schedule(std::string_view text) {
  if (text == "on arrival") return Schedule{};
  if (text.starts_with("every ")) {
    const auto every = parse_duration(text.substr(6));
    if (!every || every->count() <= 0) return std::nullopt;
    return Schedule{.kind = Schedule::Kind::every, .every = *every};
  }
  if (text.starts_with("daily ")) {
    const std::string_view time = text.substr(6, 5);
    const std::string_view behind = text.substr(6 + time.size());
    if (!behind.empty() && (behind.front() != ' ' || !is_time_zone(behind.substr(1))))
      return std::nullopt;
    if (time.size() != 5 || time[2] != ':') return std::nullopt;
    const auto hour = digits(time.substr(0, 2));
    const auto minute = digits(time.substr(3));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return Schedule{.kind = Schedule::Kind::daily,
                    .at = std::chrono::minutes(static_cast<int>(*hour * 60 + *minute)),
                    .zone = std::string(behind.empty() ? behind : behind.substr(1))};
  }
  return std::nullopt;
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  return named(log_levels, text);
}
std::optional<LogFormat> parse_log_format(std::string_view text) {
  return named(log_formats, text);
}
std::string_view to_string(LogLevel level) {
  return name_of(log_levels, level);
}
std::string_view to_string(LogFormat format) {
  return name_of(log_formats, format);
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
  return digits(text);
}

std::optional<Rate> parse_rate(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 3> units{{
      {"s", 1.0},
      {"min", 60.0},
      {"h", 3'600.0},
  }};
  constexpr double fastest = 100'000.0;

  if (text == "unlimited") return Rate{};
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto count = decimal(text.substr(0, slash));
  const auto unit = named(units, text.substr(slash + 1));
  if (!count || !unit || *count <= 0 || *count / *unit > fastest) return std::nullopt;
  return Rate{*count / *unit};
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto percent = decimal(text.substr(0, text.size() - 1));
  if (!percent || *percent > 100) return std::nullopt;
  return *percent / 100;
}

bool is_endpoint(std::string_view text) {
  const Authority authority = split_authority(text);
  return is_host(authority.host) && authority.port && is_port(*authority.port);
}

bool is_loopback_endpoint(std::string_view endpoint) {
  return is_loopback(split_authority(endpoint).host);
}

UrlResult parse_service_url(std::string_view text) {
  const auto refuse = [](std::string error, std::string remedy) {
    return UrlResult{.url = {}, .error = std::move(error), .remedy = std::move(remedy)};
  };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) {
    return refuse("is not a URL", "write it as https://HOST");
  }
  const std::string scheme = lower_case(text.substr(0, colon));
  if (scheme != "https" && scheme != "http") {
    return refuse("has a scheme that is not https", "write it as https://HOST");
  }
  std::string_view rest = text.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view after = rest.substr(end);
  rest = rest.substr(0, end);
  if (rest.find('@') != std::string_view::npos) {
    return refuse("holds a user or a password", "remove the part up to the @");
  }
  const Authority authority = split_authority(rest);
  if (!is_host(authority.host)) return refuse("names no host", "write it as https://HOST");
  if (authority.port && !is_port(*authority.port)) {
    return refuse("has a port that is none", "ports go from 1 to 65535");
  }
  if (!after.empty() && after != "/") {
    return refuse("goes on after the host", "write https://HOST or https://HOST:PORT alone");
  }
  if (scheme == "http" && !is_loopback(authority.host)) {
    return refuse("is http, which anyone on the way can read",
                  "write https; http is for 127.0.0.0/8, [::1] and localhost only");
  }
  return {.url = scheme + "://" + std::string(rest), .error = {}, .remedy = {}};
}

}  // namespace referrald::config
