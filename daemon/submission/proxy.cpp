#include "daemon/submission/proxy.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/beast/core/string.hpp>

#include "daemon/submission/host_url.hpp"

namespace referrald::submission {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

// A variable and its value.
struct Setting {
  std::string name;
  std::string value;
};

// curl's order: the lower-case name goes before the upper-case one.
std::optional<Setting> setting(const Environment& environment, const char* lower,
                               const char* upper) {
  for (const char* name : {lower, upper}) {
    auto value = environment(name);
    if (value && !value->empty()) return Setting{name, std::move(*value)};
  }
  return std::nullopt;
}

// Where there is an @, what stands before it may be a password, and what stands behind it a part of
// one.
[[noreturn]] void refuse(const Setting& setting, const std::string& why) {
  const bool showable = setting.value.find('@') == std::string::npos;
  throw ProxyError("the environment variable " + setting.name +
                   (showable ? " (\"" + setting.value + "\")" : "") + " names no proxy: " + why +
                   "; it should look like http://proxy.example.com:3128 or "
                   "http://user:password@proxy.example.com:3128");
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != last) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

std::string base64(std::string_view bytes) {
  constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - i, 3);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? alphabet[group >> (18U - 6U * k) & 0x3FU] : '=';
    }
  }
  return text;
}

// "user:password", each percent-encoded, as the value of Proxy-Authorization.
std::string basic_authorization(const Setting& setting, std::string_view userinfo) {
  const std::size_t colon = userinfo.find(':');
  const auto user = percent_decoded(userinfo.substr(0, colon));
  const auto password = percent_decoded(
      colon == std::string_view::npos ? std::string_view{} : userinfo.substr(colon + 1));
  if (!user || !password) {
    refuse(setting, "a % in its user or password must be written %25");
  }
  if (user->find(':') != std::string::npos) refuse(setting, "its user must not hold a colon");
  return "Basic " + base64(*user + ":" + *password);
}

void set_host_and_port(const Setting& setting, std::string_view authority, Proxy& proxy) {
  std::string_view host = authority;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) refuse(setting, "the ] of its IPv6 address is missing");
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    error_code error;
    (void)ip::make_address_v6(std::string(host), error);
    if (error) refuse(setting, "its IPv6 address is none");
  } else {
    const std::size_t colon = host.find(':');
    if (colon != std::string_view::npos) {
      port = host.substr(colon);
      host = host.substr(0, colon);
    }
    const bool plain = std::all_of(host.begin(), host.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
    if (host.empty() || !plain) refuse(setting, "its host is missing or none");
  }
  proxy.host = host;
  proxy.port = 80;
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) refuse(setting, "its port must be between 1 and 65535");
    proxy.port = *number;
  }
}

Proxy parse_proxy(const Setting& setting) {
  std::string_view rest = setting.value;
  std::string scheme = "http";  // where none is given, as curl takes it
  const std::size_t slashes = rest.find("://");
  if (slashes != std::string_view::npos) {
    scheme = rest.substr(0, slashes);
    rest.remove_prefix(slashes + 3);
  }
  if (boost::beast::iequals(scheme, "https")) {
    refuse(setting,
           "proxies that are spoken to by TLS (https://) are not supported; what passes "
           "through an http:// proxy is encrypted all the same");
  }
  if (boost::beast::iequals(scheme.substr(0, 5), "socks")) {
    refuse(setting, "SOCKS is not supported");
  }
  if (!boost::beast::iequals(scheme, "http")) refuse(setting, "it must begin with http://");
  Proxy proxy;
  proxy.variable = setting.name;
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    proxy.authorization = basic_authorization(setting, rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('/') != std::string_view::npos)
    refuse(setting, "it must end with its host and port: a proxy has no path");
  set_host_and_port(setting, rest, proxy);
  const bool ipv6 = proxy.host.find(':') != std::string::npos;
  proxy.label = (ipv6 ? "[" + proxy.host + "]" : proxy.host) + ":" + std::to_string(proxy.port);
  return proxy;
}

// An entry of NO_PROXY without its port; false when it has one and that is another.
bool strip_port(std::string_view& entry, std::uint16_t port) {
  const std::size_t colon = entry.rfind(':');
  if (entry.starts_with('[')) {
    const std::size_t end = entry.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view behind = entry.substr(end + 1);
    entry = entry.substr(1, end - 1);
    if (behind.empty()) return true;
    return behind.starts_with(':') && parse_port(behind.substr(1)) == port;
  }
  const bool ipv6 = entry.find(':') != colon;  // more than one colon
  if (colon == std::string_view::npos || ipv6) return true;
  const auto wanted = parse_port(entry.substr(colon + 1));
  entry = entry.substr(0, colon);
  return wanted == port;
}

bool is_in_network(const std::string& entry, const ip::address& address) {
  error_code error;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(entry, error);
    if (error) return false;
    const ip::network_v4 host(address.to_v4(), network.prefix_length());
    return host.canonical() == network.canonical();
  }
  const auto network = ip::make_network_v6(entry, error);
  if (error) return false;
  const ip::network_v6 host(address.to_v6(), network.prefix_length());
  return host.canonical() == network.canonical();
}

std::string_view without_dots(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool matches(std::string_view entry, const std::string& host, std::uint16_t port) {
  if (entry == "*") return true;
  if (!strip_port(entry, port)) return false;
  error_code no_address;
  const auto address = ip::make_address(host, no_address);
  if (!no_address) {
    if (entry.find('/') != std::string_view::npos) {
      return is_in_network(std::string(entry), address);
    }
    error_code error;
    const auto exempt = ip::make_address(std::string(entry), error);
    return !error && exempt == address;
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  entry = without_dots(entry);
  const std::string_view name = without_dots(host);
  if (entry.empty() || name.size() < entry.size()) return false;
  const std::string_view end = name.substr(name.size() - entry.size());
  const std::string_view before = name.substr(0, name.size() - entry.size());
  return boost::beast::iequals({end.data(), end.size()}, {entry.data(), entry.size()}) &&
         (before.empty() || before.ends_with('.'));
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

bool is_exempt(const std::string& list, const std::string& host, std::uint16_t port) {
  constexpr std::string_view separators = ", \t\n\r";
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t begin = rest.find_first_not_of(separators);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(rest.find_first_of(separators, begin), rest.size());
    if (matches(rest.substr(begin, end - begin), host, port)) return true;
    rest.remove_prefix(end);
  }
  return false;
}

std::optional<Proxy> proxy_for(const std::string& url, const Environment& environment) {
  const HostUrl target = parse_host_url(url);
  if (!target.tls) return std::nullopt;
  const auto proxy = setting(environment, "https_proxy", "HTTPS_PROXY");
  if (!proxy) return std::nullopt;
  const auto exempt = setting(environment, "no_proxy", "NO_PROXY");
  if (exempt && is_exempt(exempt->value, target.host, target.port)) return std::nullopt;
  return parse_proxy(*proxy);
}

}  // namespace referrald::submission
