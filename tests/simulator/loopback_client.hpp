// A blocking client that can send anything and sees how an answer ends.
#pragma once

#include <string>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

namespace referrald::simulator {

using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

struct Received {
  HttpResponse response;
  boost::system::error_code error;
  unsigned status() const { return response.result_int(); }
};

template <class Stream>
Received receive(Stream& stream, boost::beast::flat_buffer& buffer) {
  Received received;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser;
  parser.body_limit(1ULL << 30);
  boost::beast::http::read(stream, buffer, parser, received.error);
  received.response = parser.release();
  return received;
}

inline std::string http_text(const std::string& method, const std::string& target,
                             const std::string& body = "", const std::string& headers = "") {
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", method, target,
                     headers, body.size(), body);
}

class LoopbackClient {
 public:
  explicit LoopbackClient(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }
  void send(const std::string& bytes) {
    boost::system::error_code ignored;  // a server that has enough may close before all is sent
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }
  Received receive() { return simulator::receive(socket_, buffer_); }
  Received ask(const std::string& bytes) {
    send(bytes);
    return receive();
  }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

inline std::string field(const Received& received, const char* name) {
  const auto value = received.response[name];
  return {value.data(), value.size()};
}

}  // namespace referrald::simulator
