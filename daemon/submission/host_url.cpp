#include "daemon/submission/host_url.hpp"

#include <charconv>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "daemon/submission/http_transport.hpp"

namespace referrald::submission {
namespace {

namespace urls = boost::urls;

[[noreturn]] void refuse_url(const std::string& url, const std::string& why) {
  const std::size_t at = url.rfind('@');  // what stands before may be a password
  const std::string shown = at == std::string::npos ? url : "…" + url.substr(at);
  throw TransportError("\"" + shown + "\" is no address to send requests to: " + why);
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, port);
  if (error != std::errc{} || end != last || port == 0) return std::nullopt;
  return port;
}

HostUrl parse_host_url(const std::string& text) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed) refuse_url(text, "it should look like https://host or https://host:port");
  const urls::url_view& url = *parsed;
  HostUrl result;
  if (url.scheme_id() == urls::scheme::https) {
    result.tls = true;
  } else if (url.scheme_id() == urls::scheme::http) {
    result.tls = false;
  } else {
    refuse_url(text, "it must begin with https:// (or http://)");
  }
  if (url.has_userinfo()) refuse_url(text, "it must not hold a user or password");
  if (url.host().empty()) refuse_url(text, "the host is missing");
  result.port = result.tls ? 443 : 80;
  if (!url.port().empty()) {
    const auto port = parse_port(url.port());
    if (!port) refuse_url(text, "the port must be between 1 and 65535");
    result.port = *port;
  }
  const bool ipv6 = url.host_type() == urls::host_type::ipv6;
  result.shown = url.encoded_host();
  result.host = ipv6 ? url.host_ipv6_address().to_string() : std::string(url.host());
  result.address = ipv6 || url.host_type() == urls::host_type::ipv4;
  return result;
}

}  // namespace referrald::submission
