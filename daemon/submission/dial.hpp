// Opens the way to a host: each of its addresses in turn, or through a proxy. Internal to the HTTP
// transport.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "daemon/submission/http_connection.hpp"
#include "daemon/submission/tunnel.hpp"

namespace referrald::submission {

// The concrete executor spares each operation the calls through any_io_executor.
using IoExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoExecutor>;
using SocketTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

// "30 s", "20 ms".
std::string in_words(std::chrono::milliseconds time);

// Connects a socket once. The addresses of a name are tried in turn, both families early, each for
// its share of the time that is left, so that one that swallows what is sent to it costs only that;
// the one that answered last comes first. With a proxy the way is open when it has answered
// CONNECT.
class Dialer final : public std::enable_shared_from_this<Dialer> {
 public:
  using Done = std::function<void(std::optional<DialFailure>)>;

  // `endpoint` and `socket` must live until `done` is called.
  Dialer(const IoExecutor& executor, Endpoint& endpoint, TcpSocket& socket,
         std::chrono::milliseconds timeout);

  // Calls `done` once, by `deadline`, never from within this call: without a failure when the way
  // is open.
  void dial(SteadyTime deadline, Done done);

 private:
  void resolve();
  void on_resolved(const std::vector<boost::asio::ip::tcp::endpoint>& found);
  void connect_next();
  void on_connected(const boost::system::error_code& error);
  void open_tunnel();
  void read_answer();
  void arm_timer(SteadyTime at);
  void on_timer();
  void fail(Exchange::Trouble trouble, std::string error);
  void finish(std::optional<DialFailure> failure);
  std::string target() const;  // for messages: whom it connects to
  std::string tried() const;   // "::1: no answer, 127.0.0.1: connection refused"

  const IoExecutor executor_;
  Endpoint& endpoint_;
  TcpSocket& socket_;
  const std::chrono::milliseconds timeout_;
  const std::string& host_;  // the proxy's, if there is one
  const std::uint16_t port_;
  SocketTimer timer_;
  boost::asio::ip::basic_resolver<boost::asio::ip::tcp, IoExecutor> resolver_;
  Done done_;
  SteadyTime deadline_;
  SteadyTime attempt_deadline_;  // of the address being connected to

  std::vector<boost::asio::ip::tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  std::vector<std::string> reasons_;  // why each address that was tried is of no use
  bool attempt_timed_out_ = false;
  std::optional<Tunnel> tunnel_;
  std::string out_;
  std::vector<char> in_;
};

}  // namespace referrald::submission
