#include "daemon/submission/wire.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

namespace referrald::submission {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view skip_token_name = "skiptoken";

std::string text_of(const object& from, std::string_view name) {
  std::string_view text;
  if (from[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

bool targets_microsoft(const object& referral) {
  simdjson::dom::array targets;
  if (referral["target"].get(targets) != simdjson::SUCCESS) return false;
  for (const element target : targets) {
    object members;
    if (target.get(members) != simdjson::SUCCESS) continue;
    if (text_of(members, "id") == "msft") return true;
  }
  return false;
}

// A version goes back in a header: what no header can hold counts as not shown.
std::string etag_of(std::string_view text) {
  const bool sendable = std::ranges::all_of(
      text, [](unsigned char c) { return (c >= ' ' && c != 0x7F) || c == '\t'; });
  return sendable ? std::string(text) : std::string();
}

ListedReferral referral_of(const object& from) {
  ListedReferral referral;
  referral.ids.referral_id = text_of(from, "id");
  referral.ids.engagement_id = text_of(from, "engagementId");
  referral.ids.etag = etag_of(text_of(from, "eTag"));
  referral.ids.organization_id = text_of(from, "organizationId");
  referral.ids.status = text_of(from, "status");
  referral.ids.substatus = text_of(from, "substatus");
  referral.external_id = text_of(from, "externalReferenceId");
  referral.created = parse_time(text_of(from, "createdDateTime"));
  referral.updated = parse_time(text_of(from, "updatedDateTime"));
  object tracking;
  if (from["trackingInfo"].get(tracking) == simdjson::SUCCESS)
    referral.tracking = text_of(tracking, "microsoftMsxId");
  referral.for_microsoft = targets_microsoft(from);
  return referral;
}

// The object lives until the next call. One parser a thread; it keeps its buffers, whose size the
// transport's limit of a body bounds.
bool parse_object(std::string_view body, object& root) {
  thread_local simdjson::dom::parser parser;
  // simdjson takes a byte order mark for an error.
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (body.empty()) return false;  // simdjson would copy from a null pointer
  return parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Leaves what is encoded as it is and encodes what a request line cannot hold.
std::string query_safe(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escape =
        c == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    const bool plain = c > ' ' && c < '\x7F' && c != '%' &&
                       std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
    if (plain || escape) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

bool is_skip_token(std::string_view name) {
  if (name.starts_with("%24")) {
    name.remove_prefix(3);
  } else if (name.starts_with('$')) {
    name.remove_prefix(1);
  } else {
    return false;
  }
  return std::equal(name.begin(), name.end(), skip_token_name.begin(), skip_token_name.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

std::optional<std::string> skip_token_in(std::string_view link) {
  link = link.substr(0, link.find('#'));
  const auto question = link.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view query = link.substr(question + 1);
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    const auto equals = parameter.find('=');
    if (equals != std::string_view::npos && is_skip_token(parameter.substr(0, equals))) {
      const auto value = parameter.substr(equals + 1);
      if (value.empty()) return std::nullopt;
      return query_safe(value);
    }
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
  }
  return std::nullopt;
}

// False when there is a next page and no way to it.
bool read_next(const object& from, std::optional<std::string>& skip_token) {
  element link;
  if (from["@odata.nextLink"].get(link) != simdjson::SUCCESS || link.is_null()) return true;
  std::string_view text;
  if (link.get(text) != simdjson::SUCCESS) return false;
  if (text.empty()) return true;
  skip_token = skip_token_in(text);
  return skip_token.has_value();
}

// Codes go into the log, where no cell's value may: whatever is not shaped like one counts as none.
std::string code_of(const object& from, std::string_view name) {
  constexpr std::size_t longest = 64;
  auto code = text_of(from, name);
  const bool shaped = code.size() <= longest && std::ranges::all_of(code, [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
                               c == '.' || c == '_' || c == '-';
                      });
  return shaped ? code : std::string();
}

bool digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (text.size() < at + count) return false;
  value = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

}  // namespace

bool is_same_id(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<ListedReferral> parse_referral(std::string_view body, std::string_view etag_header) {
  object root;
  if (!parse_object(body, root)) return std::nullopt;
  auto referral = referral_of(root);
  if (referral.ids.referral_id.empty()) return std::nullopt;
  if (referral.ids.etag.empty()) referral.ids.etag = etag_header;
  return referral;
}

bool is_json_object(std::string_view body) {
  object root;
  return parse_object(body, root);
}

std::optional<Page> parse_page(std::string_view body) {
  object root;
  if (!parse_object(body, root)) return std::nullopt;
  simdjson::dom::array values;
  if (root["value"].get(values) != simdjson::SUCCESS) return std::nullopt;
  Page page;
  for (const element value : values) {
    object referral;
    if (value.get(referral) != simdjson::SUCCESS) return std::nullopt;
    page.referrals.push_back(referral_of(referral));
  }
  if (!read_next(root, page.skip_token)) return std::nullopt;
  return page;
}

ServiceError parse_error(std::string_view body) {
  ServiceError error;
  object root;
  if (!parse_object(body, root)) return error;
  object at;
  if (root["error"].get(at) != simdjson::SUCCESS) {
    if (!text_of(root, "error").empty()) {  // OAuth's
      error.code = code_of(root, "error");
      error.message = text_of(root, "error_description");
      return error;
    }
    error.code = code_of(root, "code");
    error.message = text_of(root, "message");
    if (error.message.empty()) error.message = text_of(root, "description");
    return error;
  }
  error.message = text_of(at, "message");
  error.target = text_of(at, "target");
  // The deepest code says most; a body nested without end is cut off.
  for (int depth = 0; depth < 16; ++depth) {
    const auto code = code_of(at, "code");
    if (!code.empty()) error.code = code;
    object inner;
    if (at["innerError"].get(inner) != simdjson::SUCCESS &&
        at["innererror"].get(inner) != simdjson::SUCCESS) {
      break;
    }
    at = inner;
  }
  return error;
}

std::optional<WallTime> parse_time(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool shaped = digits(text, 0, 4, year) && digits(text, 5, 2, month) &&
                      digits(text, 8, 2, day) && digits(text, 11, 2, hour) &&
                      digits(text, 14, 2, minute) && digits(text, 17, 2, second);
  if (!shaped || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  std::size_t at = 19;
  int millis = 0;
  if (at < text.size() && text[at] == '.') {
    int scale = 100;
    const std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      millis += (text[at] - '0') * scale;
      scale /= 10;
    }
    if (at == first || at - first > 9) return std::nullopt;
  }
  const auto zone = text.substr(at);
  if (zone != "Z" && zone != "+00:00" && !zone.empty()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second} +
         std::chrono::milliseconds{millis};
}

std::string format_date(std::chrono::year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string format_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", format_date(std::chrono::year_month_day{day}),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string encode_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string odata_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

}  // namespace referrald::submission
