// The parts of a URL that say where to connect. Internal to the transport.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::submission {

// Where requests to a URL go.
struct HostUrl {
  bool tls = true;    // https
  std::string host;   // name or address, an IPv6 one without brackets
  std::string shown;  // the host with the brackets of an IPv6 address
  std::uint16_t port = 0;
  bool address = false;  // `host` is an address, not a name
};

// Scheme, host and port of an http:// or https:// URL; a path is ignored. Throws TransportError.
HostUrl parse_host_url(const std::string& url);

// 1 to 65535, and nothing else.
std::optional<std::uint16_t> parse_port(std::string_view digits);

}  // namespace referrald::submission
