#include "daemon/submission/http_message.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace referrald::submission {
namespace {

namespace http = boost::beast::http;

void check(std::string_view text, const char* what) {
  constexpr char forbidden[] = {'\r', '\n', '\0'};
  for (const char c : forbidden) {
    if (text.find(c) != std::string_view::npos) {
      throw std::invalid_argument(std::string("a line break or NUL in a request's ") + what);
    }
  }
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool wants_length(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

void check_request(const Request& request) {
  check(request.target, "target");
  if (request.target.find(' ') != std::string::npos) {
    throw std::invalid_argument("a space in a request's target");
  }
  for (const auto& [name, value] : request.headers) {
    check(name, "header name");
    check(value, "header");
  }
}

void write_request(const Endpoint& endpoint, const Request& request, std::string& out) {
  out.clear();
  out.append(request.method).append(" ");
  out.append(request.target).append(" HTTP/1.1\r\n");
  add_header(out, "Host", endpoint.authority);
  if (!endpoint.user_agent.empty()) add_header(out, "User-Agent", endpoint.user_agent);
  for (const auto& [name, value] : request.headers) add_header(out, name, value);
  if (wants_length(request)) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, request.body.size()).ptr;
    add_header(out, "Content-Length", {digits, static_cast<std::size_t>(end - digits)});
  }
  out.append("\r\n").append(request.body);
}

AnswerParser::AnswerParser(Response& response) : response_(response) {
  header_limit(max_header);
  body_limit(max_body);
  eager(true);
}

void AnswerParser::on_response_impl(int code, string_view, int, error_code&) {
  response_.status = code;
}

void AnswerParser::on_field_impl(http::field name, string_view name_string, string_view value,
                                 error_code&) {
  switch (name) {
    case http::field::etag:
      response_.etag.assign(value.data(), value.size());
      break;
    case http::field::retry_after:
      response_.retry_after.assign(value.data(), value.size());
      break;
    case http::field::date:
      response_.date.assign(value.data(), value.size());
      break;
    case http::field::unknown:
      if (boost::beast::iequals(name_string, "request-id")) {
        response_.request_id.assign(value.data(), value.size());
      }
      break;
    default:
      break;
  }
}

void AnswerParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  // A length that was promised and not sent must not cost its memory.
  constexpr std::uint64_t believed = 256 * 1024;
  if (length) response_.body.reserve(static_cast<std::size_t>(std::min(*length, believed)));
}

std::size_t AnswerParser::on_body_impl(string_view body, error_code&) {
  response_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t AnswerParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) {
  return on_body_impl(body, error);
}

std::string clause(const boost::beast::error_code& error) {
  std::string text = error.message();
  const bool word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0;
  if (word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string unreadable_answer(const boost::beast::error_code& error) {
  if (error == http::error::body_limit || error == http::error::buffer_overflow) {
    return "the answer is larger than " + std::to_string(AnswerParser::max_body / (1024 * 1024)) +
           " MiB";
  }
  if (error == http::error::header_limit) {
    return "the header of the answer is larger than " +
           std::to_string(AnswerParser::max_header / 1024) + " KiB";
  }
  return "the answer is not valid HTTP/1.1: " + error.message();
}

}  // namespace referrald::submission
