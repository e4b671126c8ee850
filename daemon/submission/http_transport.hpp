// The real Transport: a pool of kept-alive HTTP/1.1 connections to one host, by TLS unless the URL
// says http://.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/submission/proxy.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

struct HttpOptions {
  std::string url;  // scheme, host and port; a path is ignored
  std::optional<std::filesystem::path> ca_file;
  // At most so many at once; further exchanges wait for one to be free, first come, first served.
  std::size_t connections = 4;
  std::string user_agent;
  // A connection idle for longer is not used again: a firewall may have forgotten it without a
  // word.
  std::chrono::milliseconds idle_limit{60'000};
  // For an https:// URL: the way there; see proxy_for().
  std::optional<Proxy> proxy;
  // The addresses of a name, in place of the system's resolver; empty: that one.
  std::function<std::vector<std::string>(const std::string& host)> addresses;
};

// The trust store cannot be read (ca_file), or the URL is none. what() is for the operator.
class TransportError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// TLS 1.2 or newer; the certificate is verified against the system's store (and ca_file) and the
// URL's host. A connection keeps a read outstanding while idle, so that one closed by the server is
// noticed before a request is written to it: such a request goes out on a new connection. The
// timeout of an exchange begins when it has a connection (or is to open one). A redirect is an
// answer like any other and is not followed; nothing is sent to any host but the URL's. `executor`
// must be that of an io_context run by one thread. Throws TransportError.
std::unique_ptr<Transport> make_http_transport(boost::asio::any_io_executor executor,
                                               const HttpOptions& options);

}  // namespace referrald::submission
