// HTTP/1.1 on a loopback address, for reading only: GET and HEAD of small answers, and streams of
// server-sent events. Whatever a client does or leaves undone, it costs a bounded share of memory,
// time and connections, and nobody waits for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/log.hpp"
#include "daemon/status_page/hosts.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::status_page {

// The server cannot listen; what() is for the operator.
class ListenError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HttpAnswer {
  int status = 200;
  std::string_view type;  // of a constant
  std::shared_ptr<const std::string> body;
  // A stream instead of a body: asked at once and then every `Limits::tick` for what is to be sent;
  // empty: nothing has happened.
  std::function<std::string()> events;
};

struct Limits {
  std::size_t connections = 64;  // over it, the one that has been silent longest is dropped
  std::size_t streams = 16;      // over it, 503
  std::uint32_t header_bytes = 8 * 1024;
  std::chrono::milliseconds request{10'000};    // from its first byte to the end of its head
  std::chrono::milliseconds idle{60'000};       // before its first byte
  std::chrono::milliseconds write{10'000};      // for an answer or an event to be taken
  std::chrono::milliseconds tick{1'000};        // of a stream
  std::chrono::milliseconds beat{15'000};       // a silent stream says so often that it is alive
  std::chrono::milliseconds stream{3'600'000};  // a stream ends then, and the client comes again
};

// Called on the io_context's thread with a path ("/", "/metrics"; without the query); to be quick.
using HttpHandler = std::function<HttpAnswer(std::string_view path)>;

// One thread, that of the executor's io_context.
class HttpServer {
 public:
  // `clock` and `log` outlive what runs on the executor. Port 0 takes any free one.
  HttpServer(boost::asio::any_io_executor executor, submission::Clock& clock, Log& log,
             const Address& address, HttpHandler handler, const Limits& limits = {});
  ~HttpServer();

  // Listens from now on. Throws ListenError.
  void start();
  // Closes everything; the io_context can then run out of work.
  void stop();

  std::uint16_t port() const;  // once started
  std::size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace referrald::status_page
