#include "daemon/submission/wire.hpp"

#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

namespace referrald::submission {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

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

ListedReferral referral_of(const object& from) {
  ListedReferral referral;
  referral.ids.referral_id = text_of(from, "id");
  referral.ids.engagement_id = text_of(from, "engagementId");
  referral.ids.etag = text_of(from, "eTag");
  referral.ids.organization_id = text_of(from, "organizationId");
  referral.ids.status = text_of(from, "status");
  referral.ids.substatus = text_of(from, "substatus");
  referral.external_id = text_of(from, "externalReferenceId");
  referral.created = parse_time(text_of(from, "createdDateTime"));
  referral.for_microsoft = targets_microsoft(from);
  return referral;
}

// One parser a thread; it keeps its buffers, and lets go of the one a huge page needed.
simdjson::dom::parser& parser() {
  thread_local simdjson::dom::parser parser;
  return parser;
}

std::optional<std::string> skip_token_of(const object& page) {
  const std::string link = text_of(page, "@odata.nextLink");
  for (const std::string_view name : {"$skiptoken=", "%24skiptoken="}) {
    const auto at = link.find(name);
    if (at == std::string::npos) continue;
    const auto start = at + name.size();
    return link.substr(start, link.find('&', start) - start);
  }
  return std::nullopt;
}

bool digits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (text.size() < at + count) return false;
  const char* end = text.data() + at + count;
  const auto [stop, error] = std::from_chars(text.data() + at, end, value);
  return error == std::errc{} && stop == end;
}

}  // namespace

std::optional<ListedReferral> parse_referral(std::string_view body, std::string_view etag_header) {
  object root;
  if (parser().parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  auto referral = referral_of(root);
  if (referral.ids.referral_id.empty()) return std::nullopt;
  if (referral.ids.etag.empty()) referral.ids.etag = etag_header;
  return referral;
}

std::optional<Page> parse_page(std::string_view body) {
  object root;
  if (parser().parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  simdjson::dom::array values;
  if (root["value"].get(values) != simdjson::SUCCESS) return std::nullopt;
  Page page;
  for (const element value : values) {
    object referral;
    if (value.get(referral) != simdjson::SUCCESS) return std::nullopt;
    page.referrals.push_back(referral_of(referral));
  }
  page.skip_token = skip_token_of(root);
  return page;
}

ServiceError parse_error(std::string_view body) {
  ServiceError error;
  object root;
  if (parser().parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return error;
  object at;
  if (root["error"].get(at) != simdjson::SUCCESS) {
    error.code = text_of(root, "code");
    error.message = text_of(root, "message");
    if (error.message.empty()) error.message = text_of(root, "description");
    return error;
  }
  error.message = text_of(at, "message");
  error.target = text_of(at, "target");
  // The deepest code says most; a body nested without end is cut off.
  for (int depth = 0; depth < 16; ++depth) {
    const auto code = text_of(at, "code");
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
  if (!shaped || text[4] != '-' || text[7] != '-' || text[10] != 'T') return std::nullopt;
  std::size_t at = 19;
  int millis = 0;
  if (at < text.size() && text[at] == '.') {
    int scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      millis += (text[at] - '0') * scale;
      scale /= 10;
    }
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
