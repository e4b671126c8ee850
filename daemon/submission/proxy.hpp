// Which proxy leads to a host, as the environment says it: HTTPS_PROXY and NO_PROXY.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace referrald::submission {

// A proxy that is asked by CONNECT to pass a TLS connection on.
struct Proxy {
  std::string host;  // name or address, an IPv6 one without brackets
  std::uint16_t port = 0;
  std::string label;          // for messages: host:port, never a user or a password
  std::string variable;       // the environment variable that names it
  std::string authorization;  // secret: the value of Proxy-Authorization; empty: none
};

// The environment names a proxy that cannot be used. what() is for the operator and shows no
// password.
class ProxyError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An environment variable's value; nullopt: not set. Handed in, so that tests have their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// That of the process.
Environment process_environment();

// The proxy to `url`, or nullopt: straight there. https_proxy is asked before HTTPS_PROXY and
// no_proxy before NO_PROXY; an empty one counts as not set. http:// leads to this machine alone and
// never goes by a proxy. Throws ProxyError when the variable that counts for this URL holds no
// address of an http:// proxy.
std::optional<Proxy> proxy_for(const std::string& url, const Environment& environment);

// Whether a NO_PROXY list holds the host (an IPv6 address without brackets): by name, by the end of
// the name at a dot, as an address, by a network (10.0.0.0/8), or by `*`. An entry with a port
// holds for that port alone; one that is none of these holds for nothing.
bool is_exempt(const std::string& list, const std::string& host, std::uint16_t port);

}  // namespace referrald::submission
