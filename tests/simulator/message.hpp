// One request and its answer, without the wire: what the routes work on, so that they need no
// socket.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace referrald::simulator {

// Reused from request to request, so that its strings keep their room. An absent header is empty.
struct Request {
  std::string method;
  std::string target;  // path and query as sent
  std::string authorization;
  std::string content_type;
  std::string accept;
  std::string if_match;
  std::string prefer;
  std::string client_request_id;
  std::string ms_request_id;
  std::string fault;  // x-simulator-fault
  std::string expect;
  std::string body;
  bool has_length = false;      // Content-Length or chunks
  std::size_t in_progress = 0;  // slow answers under way on other connections

  void clear();
  std::string_view path() const;
  std::string_view query() const;  // without the question mark
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type;  // empty: none; a literal
  std::string headers;            // further lines, each with its line end
  std::string body;
  // A long body: appends the next piece to its argument, false when nothing is left. Sent in chunks
  // after `body`.
  std::function<bool(std::string&)> more;

  void clear();
};

// What the connection does with an answer.
enum class Delivery {
  whole,
  drop,        // nothing is sent, the connection closes
  cut_length,  // half of the body, with a Content-Length that agrees
  cut_close,   // half of the announced body (of the head, if there is none), then a close
  slow,        // a few bytes at a time
};

inline constexpr std::string_view json_type = "application/json; charset=utf-8";
inline constexpr std::string_view html_type = "text/html; charset=us-ascii";

std::string_view reason_phrase(unsigned status);

// -1: no hexadecimal digit.
int hex_value(char c);

// The values of a query or form, percent-decoded, plus signs as spaces.
std::string decode_component(std::string_view text);
std::string encode_component(std::string_view text);
// The pairs of a query or form, names and values decoded.
std::vector<std::pair<std::string, std::string>> parameters(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);
// "application/json; charset=utf-8" is "application/json".
bool is_media_type(std::string_view header, std::string_view type);

}  // namespace referrald::simulator
