// What the tests of the HTTP transport have in common: a client in the test's own thread.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/submission/http_transport.hpp"
#include "tests/support/loopback_server.hpp"
#include "tests/support/spawning.hpp"

namespace referrald::test {

using submission::Exchange;
using submission::HttpOptions;
using submission::Request;
using submission::Transport;
using Kind = submission::Exchange::Kind;
using Trouble = submission::Exchange::Trouble;

// Long enough that only a test about time can meet it.
constexpr std::chrono::seconds patience{120};

class HttpTransportTest : public testing::Test {
 protected:
  void connect_to(const std::string& url, std::size_t connections = 4) {
    HttpOptions options;
    options.url = url;
    options.connections = connections;
    connect_with(options);
  }

  void connect_with(HttpOptions options) {
    if (options.user_agent.empty()) options.user_agent = "referrald/test";
    transport_ = submission::make_http_transport(io_.get_executor(), options);
  }

  // Starts an exchange; the result appears in the returned place.
  std::shared_ptr<std::optional<Exchange>> begin(Request request,
                                                 std::chrono::milliseconds timeout = patience) {
    auto place = std::make_shared<std::optional<Exchange>>();
    spawn(io_.get_executor(), keeping(transport_->exchange(std::move(request), timeout), place),
          rethrow);
    return place;
  }

  Exchange ask(Request request, std::chrono::milliseconds timeout = patience) {
    const auto place = begin(std::move(request), timeout);
    io_.restart();
    while (!place->has_value()) {
      if (io_.run_one() == 0) throw std::runtime_error("the exchange never ends");
    }
    return **place;
  }

  Exchange get(std::string target = "/", std::chrono::milliseconds timeout = patience) {
    Request request;
    request.target = std::move(target);
    return ask(std::move(request), timeout);
  }

  Exchange post(std::string body, std::chrono::milliseconds timeout = patience) {
    Request request;
    request.method = "POST";
    request.target = "/create";
    request.body = std::move(body);
    return ask(std::move(request), timeout);
  }

  // Starts two POSTs from one coroutine, one right after the other; `between` may block the thread
  // as a busy event loop would, so that what happens then is known to the kernel and to nobody
  // here. The transport is closed at the end.
  void start_two_posts(std::function<void()> between = [] {}) {
    spawn(io_.get_executor(), two_posts(std::move(between)), rethrow);
  }

  // Runs until nothing is left to wait for: no exchange, and no idle connection.
  void run_until_no_connection_is_left() {
    io_.restart();
    io_.run();
  }

  boost::asio::io_context io_;
  std::unique_ptr<Transport> transport_;
  std::optional<Exchange> first_;  // of start_two_posts()
  std::optional<Exchange> second_;

 private:
  boost::asio::awaitable<void> two_posts(std::function<void()> between) {
    Request request;
    request.method = "POST";
    Request same = request;
    first_ = co_await transport_->exchange(std::move(request), patience);
    between();
    second_ = co_await transport_->exchange(std::move(same), patience);
    co_await transport_->close();
  }
};

inline std::string answer(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// Answers every request by its number on the connection: "1.1", "1.2", then on another "2.1".
inline void answer_by_number(Peer& peer) {
  for (int i = 1; peer.read_request(); ++i) {
    peer.send(answer(std::to_string(peer.number()) + "." + std::to_string(i)));
  }
}

}  // namespace referrald::test
