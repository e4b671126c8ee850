#include "tests/support/partner_center_world.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/submission/wire.hpp"
#include "tests/support/scripted_transport.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using submission::Exchange;
using submission::Request;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return std::string(found->as_string());
}

// "a%20b" -> "a b"
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

json::object json_of(const HeldReferral& referral) {
  json::object object = json::parse(referral.body).as_object();
  object["id"] = referral.id;
  object["engagementId"] = referral.engagement_id;
  object["organizationId"] = "org";
  object["createdDateTime"] = submission::format_time(referral.created);
  object["updatedDateTime"] = submission::format_time(referral.updated);
  object["trackingInfo"] = {{"microsoftMsxId", nullptr}};
  if (!referral.tracking.empty()) object["trackingInfo"] = {{"microsoftMsxId", referral.tracking}};
  object["campaignId"].emplace_string();
  object["favorite"] = false;
  object["status"] = referral.status;
  object["substatus"] = referral.substatus;
  object["eTag"] = fmt::format("\"{}\"", referral.version);
  return object;
}

bool targets_microsoft(const json::object& body) {
  const auto* target = body.if_contains("target");
  if (target == nullptr || !target->is_array() || target->as_array().empty()) return false;
  return text_of(target->as_array().front().as_object(), "id") == "msft";
}

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

Exchange error(int status, std::string code) {
  return answered(status, json::serialize(json::object{
                              {"error", {{"code", code}, {"message", "no"}, {"target", "x"}}}}));
}

}  // namespace

std::size_t PartnerCenterWorld::own(const std::string& external_id) const {
  return static_cast<std::size_t>(
      std::count_if(held_.begin(), held_.end(), [&](const auto& referral) {
        return referral.external_id == external_id && !referral.for_microsoft;
      }));
}

std::size_t PartnerCenterWorld::microsofts(const std::string& external_id) const {
  std::size_t count = 0;
  for (const auto& mine : held_) {
    if (mine.external_id != external_id || mine.for_microsoft) continue;
    for (const auto& other : held_) {
      if (other.for_microsoft && other.engagement_id == mine.engagement_id) ++count;
    }
  }
  return count;
}

asio::awaitable<Exchange> PartnerCenterWorld::exchange(Request request, std::chrono::milliseconds) {
  if (request.may_leave && !request.may_leave()) co_return Exchange{};
  ++(request.method == "POST" ? posts : request.method == "PATCH" ? patches : gets);
  if (request.method == "GET") targets.push_back(request.target);
  const Fault what = fault(request);
  const auto timer = clock_.timer();
  (void)co_await timer->wait_until(clock_.steady() + latency);
  using Trouble = Exchange::Trouble;
  switch (what) {
    case Fault::none:
      break;
    case Fault::not_sent:
      co_return not_sent(Trouble::connect, "connection refused");
    case Fault::drop_before:
      co_return unknown(Trouble::closed, "closed");
    case Fault::html_before:
      co_return answered(200, "<html>hello</html>");
    case Fault::status_503:
      co_return error(503, "serviceNotAvailable");
    case Fault::status_400:
      co_return error(400, "invalidRequest");
    case Fault::status_401:
      co_return error(401, "unauthenticated");
    case Fault::status_403:
      co_return error(403, "accessDenied");
    case Fault::status_404:
      co_return error(404, "itemNotFound");
    case Fault::status_409:
      co_return error(409, "conflict");
    case Fault::status_429: {
      submission::Response response;
      response.status = 429;
      response.retry_after = "3";
      co_return answered(response);
    }
    default:
      break;
  }
  Exchange exchange = act(request);
  switch (what) {
    case Fault::drop_after:
      co_return unknown(Trouble::closed, "closed");
    case Fault::status_504:
      co_return answered(504, "<html>gateway</html>");
    case Fault::truncated:
      exchange.response.body.resize(exchange.response.body.size() / 2);
      break;
    case Fault::html:
      exchange.response.body = "<html>hello</html>";
      break;
    default:
      break;
  }
  co_return exchange;
}

asio::awaitable<void> PartnerCenterWorld::close() {
  co_return;
}

Exchange PartnerCenterWorld::act(const Request& request) {
  if (request.method == "POST") return create(request);
  if (request.method == "PATCH") return patch(request);
  return named_by(request) != nullptr ? get(request) : list(request);
}

HeldReferral* PartnerCenterWorld::named_by(const Request& request) {
  const auto name = decoded(request.target.substr(request.target.rfind('/') + 1));
  const auto found = std::ranges::find(held_, name, &HeldReferral::id);
  return found == held_.end() ? nullptr : &*found;
}

Exchange PartnerCenterWorld::get(const Request& request) {
  return answered(200, told(*named_by(request)));
}

std::string PartnerCenterWorld::told(const HeldReferral& referral) const {
  auto object = json_of(referral);
  if (!has_etags) object.erase("eTag");
  return json::serialize(object);
}

const HeldReferral& PartnerCenterWorld::own_referral(const std::string& external_id) const {
  for (const auto& referral : held_)
    if (referral.external_id == external_id && !referral.for_microsoft) return referral;
  throw std::out_of_range("no referral of " + external_id);
}

std::string PartnerCenterWorld::member(const std::string& external_id,
                                       std::string_view pointer) const {
  const json::value document = json_of(own_referral(external_id));
  json::error_code missing;
  const auto* found = document.find_pointer(pointer, missing);
  return found == nullptr ? std::string() : json::serialize(*found);
}

namespace {

// Sets a member; false when its parent is not there, or it is to be replaced and is not there.
bool set_member(json::value& document, std::string_view pointer, const json::value& value,
                bool add) {
  const auto slash = pointer.rfind('/');
  json::error_code missing;
  auto* parent = slash == 0 ? &document : document.find_pointer(pointer.substr(0, slash), missing);
  if (parent == nullptr || !parent->is_object()) return false;
  auto& members = parent->get_object();
  const auto name = pointer.substr(slash + 1);
  if (!add && !members.contains(name)) return false;
  members[name] = value;
  return true;
}

void change(HeldReferral& referral, const json::value& document, submission::WallTime now) {
  referral.updated = now;
  auto members = document.as_object();
  referral.status = text_of(members, "status");
  referral.substatus = text_of(members, "substatus");
  referral.name = text_of(members, "name");
  referral.body = json::serialize(members);
  ++referral.version;
}

}  // namespace

void PartnerCenterWorld::edit(const std::string& external_id, std::string_view pointer,
                              std::string_view json) {
  auto& referral = const_cast<HeldReferral&>(own_referral(external_id));
  json::value document = json_of(referral);
  if (!set_member(document, pointer, json::parse(json), true))
    throw std::out_of_range("no parent of " + std::string(pointer));
  change(referral, document, clock_.wall() - clock_behind);
}

void PartnerCenterWorld::answer(const std::string& external_id, std::string status,
                                std::string substatus) {
  const auto engagement = own_referral(external_id).engagement_id;
  for (auto& referral : held_) {
    if (!referral.for_microsoft || referral.engagement_id != engagement) continue;
    referral.status = std::move(status);
    referral.substatus = std::move(substatus);
    referral.tracking = "7-" + external_id;
    referral.updated = clock_.wall() - clock_behind;
    ++referral.version;
    return;
  }
}

void PartnerCenterWorld::add(std::string_view json) {
  Request request;
  request.body = json;
  (void)create(request);
}

// As strict as RFC 6902; a closed referral is frozen, and so are customer, type, target and (see
// lets_consent_change) consent.
Exchange PartnerCenterWorld::patch(const Request& request) {
  patch_bodies.push_back(request.body);
  before_patch();
  auto* referral = named_by(request);
  if (referral == nullptr) return error(404, "itemNotFound");
  if (looks_at_status_first && referral->status == "Closed") return error(400, "invalidRequest");
  for (const auto& [name, value] : request.headers)
    if (name == "If-Match" && value != fmt::format("\"{}\"", referral->version))
      return error(412, "preconditionFailed");
  if (referral->status == "Closed") return error(400, "invalidRequest");
  json::value document = json_of(*referral);
  const json::value operations = json::parse(request.body);
  for (const auto& one : operations.as_array()) {
    const auto& operation = one.as_object();
    const auto path = text_of(operation, "path");
    const bool frozen = path.starts_with("/customerProfile") || path == "/type" ||
                        path == "/target" || (path.starts_with("/consent") && !lets_consent_change);
    if (frozen ||
        !set_member(document, path, operation.at("value"), text_of(operation, "op") == "add"))
      return error(400, "invalidRequest");
  }
  change(*referral, document, clock_.wall() - clock_behind);
  if (answers_plainly) return answered(204, "");
  return answered(200, told(*referral));
}

Exchange PartnerCenterWorld::create(const Request& request) {
  const auto body = json::parse(request.body).as_object();
  HeldReferral referral;
  referral.id = fmt::format("{}{}", id_prefix, held_.size() + 1);
  referral.engagement_id = text_of(body, "engagementId");
  if (referral.engagement_id.empty()) referral.engagement_id = fmt::format("e{}", held_.size() + 1);
  referral.external_id = text_of(body, "externalReferenceId");
  referral.name = text_of(body, "name");
  referral.body = request.body;
  referral.created = referral.updated = clock_.wall() - clock_behind;
  referral.for_microsoft = targets_microsoft(body);
  if (referral.for_microsoft) {
    referral.status = "New";
    referral.substatus = "Pending";
  }
  held_.push_back(referral);
  return answered(201, told(referral));
}

// Newest first, page by page; $skiptoken is where to go on; $filter knows engagementId alone.
Exchange PartnerCenterWorld::list(const Request& request) const {
  std::string engagement;
  const std::string filter = "$filter=engagementId%20eq%20%27";
  if (const auto at = request.target.find(filter); at != std::string::npos) {
    const auto start = at + filter.size();
    engagement = request.target.substr(start, request.target.find("%27", start) - start);
  }
  std::vector<const HeldReferral*> order;
  for (const auto& referral : held_) order.push_back(&referral);
  if (request.target.find("updatedDateTime%20desc") != std::string::npos)
    std::ranges::stable_sort(order, {}, &HeldReferral::updated);
  std::size_t at = held_.size();
  bool behind_empty_page = false;
  const std::string token = "$skiptoken=";
  if (const auto place = request.target.find(token); place != std::string::npos) {
    const auto where = request.target.substr(place + token.size());
    behind_empty_page = where.starts_with('e');
    at = std::stoul(where.substr(behind_empty_page ? 1 : 0));
  }
  if (empty_pages && !behind_empty_page) return page_of({}, fmt::format("e{}", at));
  json::array values;
  while (at > 0 && values.size() < page_size) {
    const auto& referral = *order[--at];
    const bool visible = referral.created + clock_behind + list_delay <= clock_.wall();
    if (visible && (engagement.empty() || referral.engagement_id == engagement)) {
      values.push_back(listed(referral));
    }
  }
  return page_of(values, at > 0 ? std::to_string(at) : "");
}

json::object PartnerCenterWorld::listed(const HeldReferral& referral) const {
  auto object = json_of(referral);
  if (escapes_html) object["externalReferenceId"] = html_escaped(referral.external_id);
  return object;
}

Exchange PartnerCenterWorld::page_of(const json::array& values, const std::string& next) const {
  json::object page{{"value", values}};
  if (!next.empty()) page["@odata.nextLink"] = "http://elsewhere/x?$skiptoken=" + next;
  auto answer = answered(200, json::serialize(page));
  const auto now = std::chrono::system_clock::to_time_t(clock_.wall() - clock_behind);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  answer.response.date.assign(text.data(), size);
  return answer;
}

double SeededRandom::uniform() {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return static_cast<double>(state_ >> 11) / static_cast<double>(1ULL << 53);
}

std::string SeededRandom::uuid() {
  return fmt::format("00000000-0000-4000-8000-{:012x}",
                     static_cast<std::uint64_t>(uniform() * 1e14));
}

}  // namespace referrald::test
