// One connection of the HTTP transport, from its opening to its end. Internal to the transport.
//
// A connection carries one exchange at a time. Between two exchanges its next read is already
// outstanding, so that a close by the server (or bytes nobody asked for) ends the connection while
// no request is on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/submission/clock.hpp"
#include "daemon/submission/proxy.hpp"
#include "daemon/submission/transport.hpp"

namespace boost::asio::ssl {
class context;
}

namespace referrald::submission {

// Where requests go.
struct Endpoint {
  std::string host;  // name or address, an IPv6 one without brackets
  std::uint16_t port = 0;
  bool address = false;                      // `host` is an address, not a name
  std::string authority;                     // for the Host header: without a default port
  std::string label;                         // for messages: host:port
  std::string user_agent;                    // may be empty
  boost::asio::ssl::context* tls = nullptr;  // nullptr: plain HTTP
  std::optional<Proxy> proxy;                // TLS only
  // In place of the system's resolver; may be empty.
  std::function<std::vector<std::string>(const std::string& host)> addresses;
  std::string answered_last;  // the address that did, of the host or the proxy; set by connections
};

// Why the way to a host could not be opened.
struct DialFailure {
  Exchange::Trouble trouble{};
  std::string error;  // one clause for a person
};

// An exchange under way; lives in its caller's coroutine.
struct Pending {
  Request request;
  std::chrono::milliseconds timeout;
  Exchange result;
};

// The exchange and the coroutine to resume once its result is there.
struct Job {
  using Resume = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;
  Pending* pending;
  Resume resume;
};

class Connection;

// Whoever keeps the connections. All calls come from the io_context's thread, never from within a
// call of Connection's, `found_closed` aside.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // It may carry the next exchange.
  virtual void idle(std::shared_ptr<Connection> connection) = 0;
  // It has ended, after an exchange or while idle.
  virtual void ended(const Connection& connection) = 0;
  // It has ended before a byte of `job` was written: the job is to be done by another one.
  virtual void found_closed(const Connection& connection, Job job) = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Opens the connection and carries the exchange; once, first.
  virtual void open(Job job) = 0;
  // Carries another exchange. The connection must be idle.
  virtual void reuse(Job job) = 0;
  // Since when it is idle.
  virtual SteadyTime idle_since() const = 0;
  // Closes without telling the owner. The connection must be idle.
  virtual void discard() = 0;
};

// `endpoint` and `owner` live as long as the shared `keeper` does.
std::shared_ptr<Connection> make_connection(const boost::asio::io_context::executor_type& executor,
                                            std::shared_ptr<void> keeper, Endpoint& endpoint,
                                            ConnectionOwner& owner);

}  // namespace referrald::submission
