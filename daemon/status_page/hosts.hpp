// The address that is listened on, and the names by which a browser may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::status_page {

struct Address {
  std::string ip;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
};

// "127.0.0.1:8321", "[::1]:8321", "localhost:8321" (which is 127.0.0.1); nullopt when it is none of
// these or no loopback address.
std::optional<Address> parse_address(std::string_view text);

// Whether a Host header names the server itself: the address, "localhost", "127.0.0.1" or "[::1]",
// with the port (which may be left out if it is 80). Anything else is another site's name that
// somebody has made point here.
bool is_own_host(std::string_view host, const Address& address);

}  // namespace referrald::status_page
