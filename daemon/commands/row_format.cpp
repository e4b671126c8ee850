#include "daemon/commands/row_format.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <date/date.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "daemon/progress.hpp"
#include "daemon/remedies.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

namespace json = boost::json;
using persistence::State;

constexpr std::array state_names = std::to_array<std::string_view>(
    {"pending", "sending", "in_doubt", "synced", "rejected", "refused", "closed"});

bool got_over(State state) {
  return state == State::synced || state == State::closed;
}

std::string member(const simdjson::dom::element& object, const char* name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

}  // namespace

std::string iso_time(persistence::Timestamp time) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(time));
}

std::string iso_time_ms(persistence::Timestamp time) {
  return date::format("%FT%TZ", time);
}

std::string relative(persistence::Timestamp time, persistence::Timestamp now) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  return time <= now ? rough_duration(duration_cast<seconds>(now - time)) + " ago"
                     : "in " + rough_duration(duration_cast<seconds>(time - now));
}

std::string link_to(const config::Config& config, const std::string& referral_id) {
  if (referral_id.empty()) return {};
  return config.partner_center.url + "/v1.0/engagements/referrals/" + referral_id;
}

std::vector<ReasonView> parse_reasons(const std::string& text) {
  std::vector<ReasonView> reasons;
  if (text.empty()) return reasons;
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  if (parser.parse(text).get(array) != simdjson::SUCCESS)
    throw persistence::LedgerError(persistence::LedgerError::Kind::damaged,
                                   "the ledger holds reasons that are no JSON array");
  for (const simdjson::dom::element& reason : array)
    reasons.push_back({member(reason, "code"), member(reason, "member"), member(reason, "column"),
                       member(reason, "value"), member(reason, "message"), member(reason, "remedy"),
                       member(reason, "partner_center"), member(reason, "last_synced")});
  return reasons;
}

std::string error_code(const persistence::RowView& row) {
  if (!row.reasons.empty()) {
    std::string codes;
    for (const ReasonView& reason : parse_reasons(row.reasons)) {
      const bool told = ("," + codes + ",").find("," + reason.code + ",") != std::string::npos;
      if (told) continue;
      if (!codes.empty()) codes += ',';
      codes += reason.code;
    }
    return codes;
  }
  return row.last_error && !got_over(row.state) ? row.last_error->code : "";
}

json::string json_text(std::string_view text) {
  return {valid_utf8(text).text};
}

json::value json_of(const std::optional<persistence::Timestamp>& time) {
  if (!time) return nullptr;
  return json::string(iso_time_ms(*time));
}

json::object json_of(const persistence::Failure& failure) {
  return {{"code", json_text(failure.code)},
          {"message", json_text(failure.message)},
          {"http_status", failure.http_status},
          {"request_id", json_text(failure.request_id)},
          {"client_request_id", json_text(failure.client_request_id)}};
}

json::array json_of(const std::vector<ReasonView>& reasons) {
  json::array array;
  for (const ReasonView& reason : reasons) {
    json::object object{
        {"code", json_text(reason.code)},       {"member", json_text(reason.member)},
        {"column", json_text(reason.column)},   {"value", json_text(reason.value)},
        {"message", json_text(reason.message)}, {"remedy", json_text(reason.remedy)}};
    if (!reason.partner_center.empty()) {
      object["partner_center"] = json_text(reason.partner_center);
      object["last_synced"] = nullptr;
      if (!reason.last_synced.empty()) object["last_synced"] = json_text(reason.last_synced);
    }
    array.push_back(std::move(object));
  }
  return array;
}

json::value json_of(const persistence::ReferralIds& ids, const config::Config& config) {
  if (ids.referral_id.empty() && ids.engagement_id.empty()) return nullptr;
  return json::object{{"referral_id", json_text(ids.referral_id)},
                      {"engagement_id", json_text(ids.engagement_id)},
                      {"organization_id", json_text(ids.organization_id)},
                      {"status", json_text(ids.status)},
                      {"substatus", json_text(ids.substatus)},
                      {"etag", json_text(ids.etag)},
                      {"link", json_text(link_to(config, ids.referral_id))}};
}

json::object json_of(const persistence::RowView& row) {
  return {{"external_id", json_text(row.external_id)},
          {"state", json_text(to_string(row.state))},
          {"step", json_text(to_string(row.step))},
          {"deal", json_text(row.deal)},
          {"source", json_text(row.source)},
          {"export", json_text(row.export_name)},
          {"line", row.line},
          {"referral_id", json_text(row.own.referral_id)},
          {"engagement_id", json_text(row.own.engagement_id)},
          {"microsoft_referral_id", json_text(row.microsoft.referral_id)},
          {"status", json_text(row.own.status)},
          {"substatus", json_text(row.own.substatus)},
          {"attempts", row.attempts},
          {"first_seen", iso_time_ms(row.first_seen)},
          {"changed", iso_time_ms(row.changed)},
          {"due", json_of(row.due)},
          {"error_code", json_text(error_code(row))}};
}

CommandError unknown_id(const std::string& external_id) {
  return {Exit::no_input,
          fmt::format("no row has the external id '{}'; ids are compared letter by letter, "
                      "`referrald list` shows those known",
                      external_id)};
}

std::vector<State> parse_states(const std::vector<std::string>& names) {
  std::vector<State> states;
  for (const std::string& name : names) {
    const auto state = persistence::parse_state(name);
    if (!state) {
      const auto near = config::nearest(name, state_names);
      throw CommandError(
          Exit::usage,
          fmt::format("--state {}: no such state; {}", name,
                      near ? "did you mean '" + *near + "'?"
                           : fmt::format("known are {}", fmt::join(state_names, ", "))));
    }
    states.push_back(*state);
  }
  return states;
}

}  // namespace referrald::commands
