#include "daemon/submission/tunnel.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace referrald::submission {
namespace {

namespace http = boost::beast::http;
using Trouble = Exchange::Trouble;

constexpr std::size_t longest_answer = 64 * std::size_t{1024};

// Whoever answers so has not understood CONNECT: a web server, most likely.
bool is_no_proxy(int status) {
  return status < 400 || status == 400 || status == 404 || status == 405 || status == 501;
}

// It may be otherwise in a while.
bool may_pass(int status) {
  return status == 408 || status == 429 || status >= 500;
}

}  // namespace

struct Tunnel::Parser : http::response_parser<http::empty_body> {};

std::string in_words(const Proxy& proxy) {
  return "the proxy " + proxy.label + " (" + proxy.variable + ")";
}

Tunnel::Tunnel(const Endpoint& endpoint) : endpoint_(endpoint) {}
Tunnel::~Tunnel() = default;

std::string Tunnel::request() const {
  std::string text =
      "CONNECT " + endpoint_.label + " HTTP/1.1\r\nHost: " + endpoint_.label + "\r\n";
  if (!endpoint_.user_agent.empty()) text += "User-Agent: " + endpoint_.user_agent + "\r\n";
  const std::string& authorization = endpoint_.proxy->authorization;
  if (!authorization.empty()) text += "Proxy-Authorization: " + authorization + "\r\n";
  return text + "\r\n";
}

Tunnel::Verdict Tunnel::read(std::string_view bytes) {
  received_ += bytes.size();
  unread_ += bytes;
  const std::string not_http =
      "what answers at " + in_words(*endpoint_.proxy) + " does not speak HTTP: is it a proxy?";
  while (!unread_.empty()) {
    if (!parser_) {
      parser_ = std::make_unique<Parser>();
      parser_->skip(true);  // no body follows a 2xx, and that of a refusal does not matter
      parser_->header_limit(longest_answer);
    }
    boost::system::error_code error;
    unread_.erase(0, parser_->put(boost::asio::buffer(unread_), error));
    if (error && error != http::error::need_more) return refuse(Trouble::proxy, not_http);
    if (!parser_->is_header_done()) break;
    const auto status = static_cast<int>(parser_->get().result_int());
    if (status < 100 || status >= 200) return settle(status);
    parser_.reset();  // an interim answer
  }
  return received_ > longest_answer ? refuse(Trouble::proxy, not_http) : Verdict::more;
}

Tunnel::Verdict Tunnel::settle(int status) {
  const Proxy& proxy = *endpoint_.proxy;
  const std::string number = std::to_string(status);
  if (status >= 200 && status < 300) {
    // In TLS the client speaks first: who has spoken is not the server.
    if (unread_.empty()) return Verdict::open;
    return refuse(Trouble::proxy, in_words(proxy) + " sends a text in place of a connection to " +
                                      endpoint_.label + ": is it a proxy?");
  }
  if (status == 407) {
    const auto offers = parser_->get().equal_range(http::field::proxy_authenticate);
    const bool basic = std::any_of(offers.first, offers.second, [](const auto& field) {
      return boost::beast::iequals(field.value().substr(0, 5), "basic");
    });
    if (offers.first != offers.second && !basic) {
      return refuse(Trouble::proxy, in_words(proxy) +
                                        " asks for a sign-in that is not supported "
                                        "(407): it must accept Basic");
    }
    if (!proxy.authorization.empty()) {
      return refuse(Trouble::proxy, in_words(proxy) + " refuses the user or password in " +
                                        proxy.variable + " (407)");
    }
    return refuse(Trouble::proxy, in_words(proxy) +
                                      " asks for a user and password (407): put them "
                                      "into " +
                                      proxy.variable + " as http://user:password@" + proxy.label);
  }
  if (is_no_proxy(status)) {
    return refuse(Trouble::proxy,
                  in_words(proxy) + " answers CONNECT by status " + number + ": is it a proxy?");
  }
  if (may_pass(status)) {
    return refuse(Trouble::connect,
                  in_words(proxy) + " cannot reach " + endpoint_.label + " (" + number + ")");
  }
  return refuse(Trouble::proxy, in_words(proxy) + " does not allow connections to " +
                                    endpoint_.label + " (" + number + "): have them allowed, or " +
                                    "put the host into NO_PROXY if it is reached without");
}

Tunnel::Verdict Tunnel::refuse(Trouble trouble, std::string error) {
  failure_ = DialFailure{trouble, std::move(error)};
  return Verdict::refused;
}

}  // namespace referrald::submission
