#include "tests/simulator/referral.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace referrald::simulator {
namespace {

constexpr std::array<std::string_view, 3> statuses{"New", "Active", "Closed"};
constexpr std::array<std::string_view, 7> substatuses{"Pending", "Received", "Accepted", "Won",
                                                      "Lost",    "Declined", "Expired"};
constexpr std::array<std::string_view, 2> type_names{"Shared", "Independent"};
constexpr std::array<std::string_view, 4> qualification_names{
    "None", "Direct", "MarketingQualified", "SalesQualified"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

void append_hex(std::string& out, std::uint32_t value) {
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
}

void append_etag_value(std::string& out, const Referral& referral) {
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(referral.updated).time_since_epoch().count();
  append_hex(out, referral.change);
  out += "-0000-0100-0000-";
  append_hex(out, static_cast<std::uint32_t>(seconds));
  out += "0000";
}

void append_optional_time(std::string& out, std::string_view name, Time time) {
  out += ",\"";
  out += name;
  if (time == Time{}) {
    out += "\":null";
    return;
  }
  out += "\":\"";
  append_time(out, time);
  out += '"';
}

void append_links(std::string& out, const Referral& referral, const RenderOptions& options) {
  const std::string_view path =
      options.misspelled_links ? "/v1.0/engagments/referrals" : "/v1.0/engagements/referrals";
  out += R"(,"links":{"relatedReferrals":{"uri":")";
  out += options.base_url;
  out += path;
  out += "?$filter=engagementId eq '";
  append_guid(out, referral.engagement);
  out += R"('","method":"GET"},"self":{"uri":")";
  out += options.base_url;
  out += path;
  out += '/';
  append_guid(out, referral.id);
  out += R"(","method":"GET"}})";
}

}  // namespace

std::string_view to_string(Status status) {
  return statuses[static_cast<std::size_t>(status)];
}
std::string_view to_string(Substatus substatus) {
  return substatuses[static_cast<std::size_t>(substatus)];
}
std::string_view to_string(Type type) {
  return type_names[static_cast<std::size_t>(type)];
}
std::string_view to_string(Qualification qualification) {
  return qualification_names[static_cast<std::size_t>(qualification)];
}
std::optional<Status> parse_status(std::string_view text) {
  return find<Status>(statuses, text);
}
std::optional<Substatus> parse_substatus(std::string_view text) {
  return find<Substatus>(substatuses, text);
}
std::optional<Type> parse_type(std::string_view text) {
  return find<Type>(type_names, text);
}
std::optional<Qualification> parse_qualification(std::string_view text) {
  return find<Qualification>(qualification_names, text);
}

bool is_legal(Standing standing) {
  const auto sub = standing.substatus;
  switch (standing.status) {
    case Status::open:
      return sub == Substatus::pending || sub == Substatus::received;
    case Status::active:
      return sub == Substatus::accepted;
    case Status::closed:
      return sub >= Substatus::won;
  }
  return false;
}

bool may_become(Standing from, Standing to) {
  return is_legal(to) && from.status != Status::closed && to.status >= from.status;
}

void Draft::clear() {
  members.clear();
  external_id.clear();
  engagement.clear();
  type = Type::independent;
  qualification = Qualification::none;
  microsoft = false;
  standing.reset();
  ignored.clear();
}

std::string etag_of(const Referral& referral) {
  std::string tag = "\"";
  append_etag_value(tag, referral);
  tag += '"';
  return tag;
}

void append_referral(std::string& out, const Referral& referral, const RenderOptions& options) {
  out.reserve(out.size() + referral.members.size() + 1400);
  out += '{';
  if (options.context) {
    out += R"("@odata.context":")";
    out += options.base_url;
    out += R"(/v1.0/$metadata#Referrals/$entity",)";
  }
  out += R"("id":")";
  append_guid(out, referral.id);
  out += R"(","engagementId":")";
  append_guid(out, referral.engagement);
  out += R"(","organizationId":"5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4")"
         R"(,"organizationName":"Simulated Partner","createdDateTime":")";
  append_time(out, referral.created);
  out += R"(","updatedDateTime":")";
  append_time(out, referral.updated);
  out += '"';
  append_optional_time(out, "expirationDateTime", referral.expiration);
  append_optional_time(out, "acceptedDateTime", referral.accepted);
  append_optional_time(out, "closedDateTime", referral.closed);
  out += R"(,"status":")";
  out += to_string(referral.standing.status);
  out += R"(","substatus":")";
  out += to_string(referral.standing.substatus);
  out +=
      R"(","direction":"Outgoing","registrationStatus":"None","trackingInfo":{"microsoftMsxId":)";
  if (referral.microsoft_id == 0) {
    out += "null}";
  } else {
    out += "\"7-";
    append_hex(out, referral.microsoft_id);
    out += "\"}";
  }
  out += ',';
  out += referral.members;
  append_links(out, referral, options);
  out += R"(,"eTag":"\")";
  append_etag_value(out, referral);
  out += R"(\""})";
}

}  // namespace referrald::simulator
