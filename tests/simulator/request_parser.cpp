#include "tests/simulator/request_parser.hpp"

namespace referrald::simulator {
namespace {

namespace http = boost::beast::http;

}  // namespace

RequestParser::RequestParser(Request& request, std::size_t header_size, std::size_t body_size)
    : request_(request) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(header_size));
  body_limit(body_size);
  request_.clear();
}

void RequestParser::take(boost::beast::flat_buffer& buffer, boost::beast::error_code& error) {
  while (buffer.size() > 0 && !is_done()) {
    const std::size_t used = put(buffer.data(), error);
    buffer.consume(used);
    if (error == http::error::need_more) {
      error = {};
      return;
    }
    if (error || used == 0) return;
  }
}

bool RequestParser::wants_continue() {
  if (!is_header_done() || is_done()) return false;
  const bool wants = equal_ignoring_case(request_.expect, "100-continue");
  request_.expect.clear();
  return wants;
}

void RequestParser::on_request_impl(verb, string_view method, string_view target, int,
                                    error_code&) {
  request_.method.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
}

void RequestParser::on_field_impl(field name, string_view text, string_view value, error_code&) {
  std::string* to = nullptr;
  switch (name) {
    case field::authorization:
      to = &request_.authorization;
      break;
    case field::content_type:
      to = &request_.content_type;
      break;
    case field::accept:
      to = &request_.accept;
      break;
    case field::if_match:
      to = &request_.if_match;
      break;
    case field::prefer:
      to = &request_.prefer;
      break;
    case field::expect:
      to = &request_.expect;
      break;
    case field::unknown: {
      const std::string_view known{text.data(), text.size()};
      if (equal_ignoring_case(known, "client-request-id"))
        to = &request_.client_request_id;
      else if (equal_ignoring_case(known, "ms-requestid"))
        to = &request_.ms_request_id;
      else if (equal_ignoring_case(known, "x-simulator-fault"))
        to = &request_.fault;
      break;
    }
    default:
      break;
  }
  if (to != nullptr) to->assign(value.data(), value.size());
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  request_.has_length = length.has_value() || chunked();
  if (length) request_.body.reserve(static_cast<std::size_t>(*length));
}

std::size_t RequestParser::on_body_impl(string_view body, error_code&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace referrald::simulator
