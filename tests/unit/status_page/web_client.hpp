// A client of a server on this thread's io_context: bytes out, bytes in, time virtual.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "tests/support/virtual_clock.hpp"

namespace referrald::test {

struct WebAnswer {
  int status = 0;                              // 0: closed without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class WebClient {
 public:
  WebClient(boost::asio::io_context& io, const VirtualClock& clock, std::uint16_t port,
            const std::string& address = "127.0.0.1");
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  // Hands over what the system takes; the server runs meanwhile.
  void send(std::string_view bytes);
  // The next answer, by its Content-Length. `head_only`: it has no body.
  WebAnswer answer(bool head_only = false);
  // "GET path", with this Host.
  WebAnswer get(std::string_view path, std::string_view host);
  // What comes until `text` has come, that with it; a stream's.
  std::string until(std::string_view text);
  // Whether the server has closed, once everything that is under way has come to its end.
  bool closed();

 private:
  bool take();  // false: the server has closed

  boost::asio::io_context& io_;
  const VirtualClock& clock_;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace referrald::test
