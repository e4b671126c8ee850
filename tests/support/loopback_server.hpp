// A server on a loopback address that does to its clients exactly what a test's script says.
//
//   LoopbackServer server([](Peer& peer) {
//     while (peer.read_request()) peer.send("HTTP/1.1 204 No Content\r\n\r\n");
//   });
//
// The script runs once for each connection, in a thread of its own. When it returns the connection
// is closed in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.hpp"

namespace referrald::test {

// One accepted connection, as its script sees it.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual int number() const = 0;  // of the connection, from 1
  // Head and body of the next request (by its Content-Length); nullopt when the client has closed.
  virtual std::optional<std::string> read_request() = 0;
  // The head alone; what follows stays unread.
  virtual std::optional<std::string> read_head() = 0;
  virtual void send(std::string_view bytes) = 0;
  // Returns when all that was sent has reached the client's side.
  virtual void wait_until_delivered() = 0;
  // Says that nothing follows (TLS: without close_notify), and returns when the client's side
  // knows.
  virtual void end_of_stream() = 0;
  virtual void reset() = 0;  // by RST
  // Returns when the client has closed.
  virtual void wait_for_close() = 0;
};

class LoopbackServer {
 public:
  using Script = std::function<void(Peer&)>;

  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;            // 0: a free one
    std::optional<Identity> identity;  // TLS
    int tls_version = 0;               // OpenSSL's number of the only one spoken; 0: any
    bool silent_handshake = false;     // accepts, and never says a word
  };

  explicit LoopbackServer(Script script);
  LoopbackServer(Script script, const Options& options);  // throws boost::system::system_error
  ~LoopbackServer();                                      // ends the connections

  std::uint16_t port() const;
  std::string url() const;                         // with the address
  std::string url(const std::string& host) const;  // with another name for it
  int connections() const;                         // accepted so far
  std::vector<std::string> requests() const;       // all that were read so far, in order

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::test
