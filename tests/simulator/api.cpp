#include "tests/simulator/api.hpp"

#include <fmt/format.h>

#include "tests/simulator/json_text.hpp"

namespace referrald::simulator {
namespace {

constexpr std::string_view collection = "/v1.0/engagements/referrals";

// The id behind the collection's path; empty: the collection itself; nothing: another path.
std::optional<std::string_view> referral_part(std::string_view path) {
  if (!path.starts_with(collection)) return std::nullopt;
  path.remove_prefix(collection.size());
  if (path.empty()) return path;
  if (path.front() != '/' || path.find('/', 1) != std::string_view::npos) return std::nullopt;
  return path.substr(1);
}

bool accepts_json(std::string_view accept) {
  return accept.empty() || accept.find("*/*") != std::string_view::npos ||
         accept.find("application/*") != std::string_view::npos ||
         accept.find("application/json") != std::string_view::npos;
}

// Parts of a query may be quoted in a message, and need not be UTF-8.
std::string presentable(std::string_view text) {
  std::string out{text.substr(0, 1024)};
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

std::optional<Refusal> refusal_of(Access access) {
  switch (access) {
    case Access::granted:
      return std::nullopt;
    case Access::no_role:
      return Refusal{403, "accessDenied", "The user has no role for referrals.", "referral"};
    case Access::missing:
      return Refusal{401, "unauthenticated", "A bearer token is required.", "authorization"};
    case Access::unknown:
      return Refusal{401, "unauthenticated", "The access token is invalid.", "authorization"};
    case Access::expired:
      return Refusal{401, "unauthenticated", "The access token has expired.", "authorization"};
    case Access::wrong_audience:
      return Refusal{401, "unauthenticated", "The access token is for another audience.",
                     "authorization"};
  }
  return std::nullopt;
}

}  // namespace

CallKind Api::kind(const Request& request) {
  const auto id = referral_part(request.path());
  if (!id) return CallKind::other;
  if (id->empty()) {
    if (request.method == "POST") return CallKind::create;
    return request.method == "GET" ? CallKind::list : CallKind::other;
  }
  if (request.method == "GET") return CallKind::get;
  if (request.method == "PATCH") return CallKind::patch;
  return request.method == "PUT" ? CallKind::put : CallKind::other;
}

void Api::answer(CallKind kind, const Request& request, Time now, Answer& answer) {
  store_.expire(now);
  auto refusal = check_caller(request, now, answer);
  if (!refusal) {
    switch (kind) {
      case CallKind::create:
        refusal = create(request, now, answer);
        break;
      case CallKind::list:
        refusal = list(request, now, answer);
        break;
      case CallKind::get:
      case CallKind::patch:
      case CallKind::put:
        refusal = one(kind, request, now, answer);
        break;
      default: {
        const auto id = referral_part(request.path());
        if (id)
          answer.headers += id->empty() ? "Allow: GET, POST\r\n" : "Allow: GET, PATCH, PUT\r\n";
        refusal = id ? Refusal{405, "invalidRequest", "The method is not allowed here.", "method"}
                     : Refusal{404, "itemNotFound", "There is no such resource.", "path"};
      }
    }
  }
  if (refusal) return refuse(request, *refusal, answer);
  append_trace_headers(request, answer);
}

std::optional<Refusal> Api::check_caller(const Request& request, Time now, Answer& answer) const {
  auto refusal = refusal_of(tokens_.check(request.authorization, now));
  if (refusal) {
    if (refusal->status == 401) answer.headers += "WWW-Authenticate: Bearer\r\n";
    return refusal;
  }
  if (settings_.strict_request_id && !parse_guid(request.client_request_id)) {
    return Refusal{400, "invalidRequest", "The header client-request-id must be a GUID.",
                   "client-request-id"};
  }
  if (!accepts_json(request.accept)) {
    return Refusal{406, "invalidRequest", "Only application/json can be answered.", "accept"};
  }
  return std::nullopt;
}

std::optional<Refusal> Api::check_body(const Request& request) const {
  if (!request.has_length) {
    return Refusal{411, "invalidRequest", "The request's length is required.", "content-length"};
  }
  if (!is_media_type(request.content_type, "application/json")) {
    return Refusal{415, "invalidRequest", "The content must be application/json.", "content-type"};
  }
  return std::nullopt;
}

std::optional<Refusal> Api::create(const Request& request, Time now, Answer& answer) {
  if (auto refusal = check_body(request)) return refusal;
  const bool replay = settings_.replay_ms_request_id && !request.ms_request_id.empty();
  if (const auto at = replay ? replays_.find(request.ms_request_id) : replays_.end();
      at != replays_.end()) {
    answer.status = at->second.status;
    answer.content_type = json_type;
    answer.headers += at->second.headers;
    answer.body = at->second.body;
    return std::nullopt;
  }
  if (auto refusal = validator_.create(request.body, draft_)) return refusal;
  std::optional<Guid> engagement;
  if (!draft_.engagement.empty()) {
    engagement = parse_guid(draft_.engagement);
    if (!engagement || store_.find_engagement(*engagement) == nullptr) {
      const bool missing = settings_.engagement_unknown == 404;
      return Refusal{settings_.engagement_unknown, missing ? "itemNotFound" : "invalidRequest",
                     "There is no such engagement.", "engagementId"};
    }
  }
  count_ignored(draft_);
  show(store_.create(draft_, engagement, now), 201, answer);
  if (replay) {
    replays_.emplace(request.ms_request_id, Replay{answer.status, answer.headers, answer.body});
  }
  return std::nullopt;
}

std::optional<Refusal> Api::one(CallKind kind, const Request& request, Time now, Answer& answer) {
  const auto id = parse_guid(*referral_part(request.path()));
  Referral* referral = id ? store_.find(*id) : nullptr;
  if (referral == nullptr) {
    return Refusal{404, "itemNotFound", "There is no such referral.", "referral"};
  }
  if (kind != CallKind::get) return change(kind, *referral, request, now, answer);
  show(*referral, 200, answer);
  return std::nullopt;
}

std::optional<Refusal> Api::check_match(CallKind kind, const Referral& referral,
                                        const Request& request) const {
  if (request.if_match.empty()) {
    if (kind == CallKind::patch) return std::nullopt;
    const unsigned status = settings_.put_without_if_match;
    return Refusal{status, status == 412 ? "preconditionFailed" : "invalidRequest",
                   "The header If-Match is required.", "if-match"};
  }
  if (request.if_match == "*" || request.if_match == etag_of(referral)) return std::nullopt;
  return Refusal{412, "preconditionFailed", "The referral has changed since it was read.",
                 "if-match"};
}

std::optional<Refusal> Api::change(CallKind kind, Referral& referral, const Request& request,
                                   Time now, Answer& answer) {
  if (auto refusal = check_body(request)) return refusal;
  if (auto refusal = check_match(kind, referral, request)) return refusal;
  const auto decide = kind == CallKind::patch ? patch : replace;
  if (auto refusal = decide(referral, request.body, validator_, change_)) return refusal;
  count_ignored(change_.draft);
  store_.update(referral, change_.draft, change_.standing, now);
  const bool wanted = request.prefer.find("return=representation") != std::string::npos;
  if (kind == CallKind::put || wanted) {
    show(referral, 200, answer);
  } else {
    answer.status = 204;
    answer.headers += fmt::format("ETag: {}\r\n", etag_of(referral));
  }
  return std::nullopt;
}

std::optional<Refusal> Api::list(const Request& request, Time now, Answer& answer) {
  auto parsed = parse_list_query(request.query());
  if (auto* refusal = std::get_if<Refusal>(&parsed)) return std::move(*refusal);
  auto query = std::get<ListQuery>(std::move(parsed));
  for (const auto& term : query.filter) {
    if (term.field == FilterField::updated && settings_.refuse_updated_filter) {
      return Refusal{400, "invalidRequest", "updatedDateTime cannot be filtered by.", "$filter"};
    }
  }
  const std::size_t total = query.count.value_or(false) ? count_all(query, now) : 0;
  std::string items;
  std::optional<Time> next;
  const std::size_t shown = append_page(query, now, items, next);

  std::string& body = answer.body;
  body += fmt::format(R"({{"@odata.context":"{}/v1.0/$metadata#Referrals")", settings_.base_url);
  if (query.count.value_or(true)) {
    body += fmt::format(R"(,"@odata.count":{})", query.count ? total : shown);
  }
  body += R"(,"value":[)";
  body += items;
  body += ']';
  if (next) {
    query.after = next;
    body += R"(,"@odata.nextLink":)";
    append_json_string(body, next_link(query));
  }
  body += '}';
  answer.content_type = json_type;
  return std::nullopt;
}

// Appends up to a page; `next` is where to go on if there is more.
std::size_t Api::append_page(ListQuery& query, Time now, std::string& out,
                             std::optional<Time>& next) {
  const std::size_t room = std::min(page_size, query.top.value_or(page_size));
  std::size_t shown = 0;
  std::size_t skip = query.skip;
  std::optional<Time> last;
  std::string whole;
  const RenderOptions options = rendering(false);
  const auto visit = [&](const Referral& referral) {
    if (!shows(referral, now)) return true;
    if (!matcher_.matches(query.filter, referral)) return true;
    if (skip > 0) {
      --skip;
      return true;
    }
    if (shown == room) {
      const bool more = !query.top || *query.top > room;
      if (more) next = last;
      return false;
    }
    if (shown++ > 0) out += ',';
    last = query.order == Order::created ? referral.created : referral.updated;
    if (query.select.empty()) {
      append_referral(out, referral, options);
      return true;
    }
    whole.clear();
    append_referral(whole, referral, options);
    selector_.append(out, whole, query.select);
    return true;
  };
  Store::Walk walk{query.order, query.descending, query.after, std::nullopt};
  for (const auto& term : query.filter) {
    if (term.field == FilterField::engagement_id) walk.engagement = term.guid;
  }
  if (room > 0) store_.walk(walk, visit);
  if (query.top) *query.top -= shown;
  return shown;
}

// Times are made distinct by going ahead of the clock, so without a delay it is not asked.
bool Api::shows(const Referral& referral, Time now) const {
  const auto delay = settings_.list_delay;
  return delay.count() == 0 || referral.created + delay <= now;
}

std::size_t Api::count_all(const ListQuery& query, Time now) {
  std::size_t count = 0;
  store_.walk({}, [&](const Referral& referral) {
    if (shows(referral, now) && matcher_.matches(query.filter, referral)) {
      ++count;
    }
    return true;
  });
  return count;
}

std::string Api::next_link(const ListQuery& query) const {
  const auto token = make_skiptoken(query);
  if (settings_.broken_next_link) {
    return "http://api.partner.microsoft.com/v1.0/referrals?$skiptoken=" + token;
  }
  return fmt::format("{}{}?$skiptoken={}", settings_.base_url, collection, token);
}

RenderOptions Api::rendering(bool context) const {
  return {settings_.base_url, settings_.misspelled_links, context};
}

void Api::show(const Referral& referral, unsigned status, Answer& answer) const {
  answer.status = status;
  answer.content_type = json_type;
  answer.headers += "ETag: ";
  answer.headers += etag_of(referral);
  answer.headers += "\r\n";
  append_referral(answer.body, referral, rendering(true));
}

void Api::count_ignored(const Draft& draft) {
  for (const auto& path : draft.ignored) {
    if (counters_.ignored_members.size() < 1000) ++counters_.ignored_members[path];
  }
}

void Api::append_trace_headers(const Request& request, Answer& answer) {
  std::string& headers = answer.headers;
  headers += "request-id: ";
  append_guid(headers, random_.guid());
  if (!request.client_request_id.empty()) {
    headers += "\r\nclient-request-id: ";
    headers += request.client_request_id;
  }
  headers += "\r\nx-ms-ags-diagnostic: {\"ServerInfo\":{\"DataCenter\":\"Simulator\"}}\r\n";
}

void Api::refuse(const Request& request, const Refusal& refusal, Answer& answer) {
  answer.status = refusal.status;
  answer.content_type = json_type;
  answer.body = R"({"error":{"code":)";
  append_json_string(answer.body, refusal.code);
  answer.body += R"(,"message":)";
  append_json_string(answer.body, presentable(refusal.message));
  answer.body += R"(,"target":)";
  append_json_string(answer.body, presentable(refusal.target));
  answer.body += "}}";
  append_trace_headers(request, answer);
}

}  // namespace referrald::simulator
