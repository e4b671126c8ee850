#include "daemon/status_page/hosts.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

namespace referrald::status_page {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(port) : std::nullopt;
}

bool same_name(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return std::nullopt;
  if (same_name(host, "localhost")) return Address{"127.0.0.1", *port};
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(host, error);
  if (error || !ip.is_loopback() || ip.is_v6() != bracketed) return std::nullopt;
  return Address{ip.to_string(), *port};
}

bool is_own_host(std::string_view host, const Address& address) {
  const std::string port = ":" + std::to_string(address.port);
  if (host.ends_with(port))
    host.remove_suffix(port.size());
  else if (address.port != 80)
    return false;
  const std::string own =
      address.ip.find(':') == std::string::npos ? address.ip : "[" + address.ip + "]";
  return same_name(host, own) || same_name(host, "localhost") || host == "127.0.0.1" ||
         host == "[::1]";
}

}  // namespace referrald::status_page
