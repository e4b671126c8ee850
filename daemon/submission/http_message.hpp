// Requests written and answers read, apart from any socket. Internal to the HTTP transport.
#pragma once

#include <string>

#include <boost/beast/http/basic_parser.hpp>

#include "daemon/submission/http_connection.hpp"

namespace referrald::submission {

// Throws std::invalid_argument when the request would break out of its frame: a line break or NUL
// in the target or a header.
void check_request(const Request& request);

// Replaces `out` by the request as HTTP/1.1 bytes. The request has been checked.
void write_request(const Endpoint& endpoint, const Request& request, std::string& out);

// Reads one answer into a Response; keeps of its header what Response has room for and nothing
// else, so that a kept-alive connection allocates for the body only.
class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  static constexpr std::uint32_t max_header = 64 * 1024;
  static constexpr std::uint64_t max_body = 16 * 1024 * 1024;

  explicit AnswerParser(Response& response);

  int status() const { return response_.status; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view, string_view, int,
                       error_code&) override {}
  void on_response_impl(int code, string_view reason, int version, error_code& error) override;
  void on_field_impl(boost::beast::http::field name, string_view name_string, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override;
  std::size_t on_body_impl(string_view body, error_code& error) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, string_view body,
                                 error_code& error) override;
  void on_finish_impl(error_code&) override {}

  Response& response_;
};

// The system's words as a clause: "connection refused".
std::string clause(const boost::beast::error_code& error);

// A clause for a person about an answer that could not be read.
std::string unreadable_answer(const boost::beast::error_code& error);

}  // namespace referrald::submission
