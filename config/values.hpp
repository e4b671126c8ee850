// The texts that configuration values are written in. Pure: text in, value out, nullopt when the
// text is not of that form. (parse_duration, parse_schedule and the log names are in config.hpp.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace referrald::config {

// Digits only, without sign and without leading zeros.
std::optional<std::uint64_t> parse_whole(std::string_view text);

// "60/min", "2.5/s", "100/h", "unlimited". Above zero, and no more than 100,000 a second.
std::optional<Rate> parse_rate(std::string_view text);

// "30%", "2.5%", from 0% to 100%, as a share of 1.
std::optional<double> parse_share(std::string_view text);

// True for "HOST:PORT", "[IPv6]:PORT".
bool is_endpoint(std::string_view text);
// Whether an endpoint is one of 127.0.0.0/8, [::1] or localhost.
bool is_loopback_endpoint(std::string_view endpoint);

// An https URL of a host, or an http one of a loopback address; `error` tells what it is not.
// `url` is without a path and a trailing slash.
struct UrlResult {
  std::string url;
  std::string error;
  std::string remedy;
};
UrlResult parse_service_url(std::string_view text);

}  // namespace referrald::config
