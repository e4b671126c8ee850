// What is said to a proxy so that it passes a TLS connection on (CONNECT; RFC 9110, section 9.3.6),
// apart from any socket. Internal to the HTTP transport.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/submission/http_connection.hpp"

namespace referrald::submission {

// "the proxy proxy.example.com:3128 (HTTPS_PROXY)"
std::string in_words(const Proxy& proxy);

class Tunnel {
 public:
  enum class Verdict { more, open, refused };

  // The endpoint has a proxy, and outlives the object.
  explicit Tunnel(const Endpoint& endpoint);
  ~Tunnel();

  std::string request() const;
  // Takes what the proxy has sent; `more` when that does not settle it.
  Verdict read(std::string_view bytes);
  // After `refused`: says that it is the proxy, why, and what to do.
  const DialFailure& failure() const { return failure_; }

 private:
  struct Parser;

  Verdict settle(int status);
  Verdict refuse(Exchange::Trouble trouble, std::string error);

  const Endpoint& endpoint_;
  std::unique_ptr<Parser> parser_;
  std::string unread_;
  std::size_t received_ = 0;
  DialFailure failure_;
};

}  // namespace referrald::submission
