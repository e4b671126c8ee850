// A request and what became of it. The layers above (client, token, dispatch, sweep) see only this,
// and are tested with a scripted one; HttpTransport is the real one.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace referrald::submission {

struct Request {
  std::string method = "GET";
  std::string target;  // path and query, encoded
  std::vector<std::pair<std::string, std::string>>
      headers;  // beside Host, Content-Length, User-Agent
  std::string body;
  // Asked when a connection is ready, right before the first byte is written to it. False: the
  // request stays, and ends as `not_sent` with no trouble; the connection is kept for another.
  // Empty: it leaves. Called on the io_context's thread, as long as the exchange lasts.
  std::function<bool()> may_leave;
};

struct Response {
  int status = 0;
  std::string body;
  std::string etag;
  std::string retry_after;  // verbatim; empty: absent
  std::string date;         // verbatim
  std::string request_id;   // header request-id (reference, section 5.1)
};

// What is known after an exchange. There is no "failed": whoever reads it must say what `unknown`
// means.
struct Exchange {
  enum class Kind {
    not_sent,  // no byte of the request left: resolve, connect, handshake, a connection found
               // closed, or Request::may_leave said no
    answered,  // a whole answer was read
    unknown,   // bytes left and no whole answer came
  };
  // Why there was no answer, for the operator and for the exit code.
  // `proxy`: it refuses, or is none; trying again does not help, no more than with `tls`.
  enum class Trouble { none, resolve, connect, tls, timeout, closed, unreadable, proxy };

  Kind kind = Kind::not_sent;
  Response response;  // answered only
  Trouble trouble = Trouble::none;
  std::string error;  // one clause for a person: "connect to 127.0.0.1:8080: connection refused"
};

// Whether the same trouble would come again until a person has done something.
constexpr bool is_lasting(Exchange::Trouble trouble) {
  return trouble == Exchange::Trouble::tls || trouble == Exchange::Trouble::proxy;
}

// Sends requests to one host. Called on the io_context's thread; several exchanges may be under
// way.
class Transport {
 public:
  virtual ~Transport() = default;
  // Never throws for what the network does. A request is not cancelled once it has started; it ends
  // by its answer or by `timeout`.
  virtual boost::asio::awaitable<Exchange> exchange(Request request,
                                                    std::chrono::milliseconds timeout) = 0;
  // Closes idle connections. After it, exchange() must not be called.
  virtual boost::asio::awaitable<void> close() = 0;
};

}  // namespace referrald::submission
