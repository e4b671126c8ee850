// Reads HTTP requests from bytes as they come.
#pragma once

#include <optional>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "tests/simulator/message.hpp"

namespace referrald::simulator {

// Keeps of a request what the service looks at, in strings that are reused.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, std::size_t header_limit, std::size_t body_limit);

  // Takes what it can from the buffer. Done when is_done(); an error is the client's.
  void take(boost::beast::flat_buffer& buffer, boost::beast::error_code& error);
  // The client waits for "100 Continue" before it sends the body; true once.
  bool wants_continue();

 private:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;

  void on_request_impl(verb, string_view method, string_view target, int version,
                       error_code&) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view text, string_view value, error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
  std::size_t on_body_impl(string_view body, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  Request& request_;
};

}  // namespace referrald::simulator
