#include "daemon/commands/show.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/row_format.hpp"
#include "daemon/remedies.hpp"
#include "daemon/text.hpp"
#include "mapping/rules.hpp"

namespace referrald::commands {
namespace {

namespace json = boost::json;
using persistence::AttemptView;
using persistence::Failure;
using persistence::ReferralIds;
using persistence::RowView;
using persistence::State;
using persistence::Step;

struct ShowOptions {
  std::string external_id;
  bool json = false;
};

// "name          value"; nothing for an empty value.
std::string field(std::string_view name, std::string_view value, int indent = 0) {
  if (value.empty()) return {};
  return fmt::format("{:{}}{:<{}}  {}\n", "", indent, name, 19 - indent,
                     wrapped(printable(value), 21));
}

std::string time_field(std::string_view name, persistence::Timestamp time,
                       persistence::Timestamp now) {
  return field(name, fmt::format("{} ({})", iso_time(time), relative(time, now)));
}

std::string ids_text(std::string_view title, const ReferralIds& ids, const config::Config& config) {
  if (ids.referral_id.empty() && ids.engagement_id.empty()) return {};
  const std::string status =
      ids.substatus.empty() ? ids.status : ids.status + " / " + ids.substatus;
  return fmt::format("\n{}\n", title) + field("referral id", ids.referral_id, 2) +
         field("engagement id", ids.engagement_id, 2) +
         field("organization id", ids.organization_id, 2) + field("status", status, 2) +
         field("eTag", ids.etag, 2) + field("link", link_to(config, ids.referral_id), 2);
}

std::string failure_text(const RowView& row, persistence::Timestamp now) {
  if (!row.last_error) return {};
  const Failure& failure = *row.last_error;
  std::string text = "\nlast error\n";
  if (row.last_error_at)
    text += field(
        "at",
        fmt::format("{} ({})", iso_time(*row.last_error_at), relative(*row.last_error_at, now)), 2);
  text += field("code", failure.code, 2) + field("message", failure.message, 2);
  const bool ours =
      mapping::find_rule(failure.code) != nullptr;  // nothing was asked of the service
  if (!ours)
    text += field("HTTP status",
                  failure.http_status == 0 ? "no answer" : std::to_string(failure.http_status), 2);
  text += field("request id", failure.request_id, 2) +
          field("client request id", failure.client_request_id, 2);
  if (row.state != State::synced && row.state != State::closed && (!ours || row.reasons.empty()))
    text += field("meaning", meaning_of(failure), 2) + field("remedy", remedy_for(failure), 2);
  return text;
}

std::string shown(const std::string& json) {
  return json == "null" ? "(nothing)" : json;
}

std::string reasons_text(const std::vector<ReasonView>& reasons, bool newer) {
  if (reasons.empty()) return {};
  std::string text = newer ? "\nnewer content rejected, because\n" : "\nreasons\n";
  for (const ReasonView& reason : reasons) {
    text += fmt::format("  {}: {}\n", printable(reason.code), printable(reason.message));
    text += field("member", reason.member, 4) + field("column", reason.column, 4);
    if (reason.partner_center.empty()) {
      text += field("value", reason.value, 4);
    } else {
      text += field("in the CRM", reason.value, 4) +
              field("Partner Center", shown(reason.partner_center), 4) +
              field("last synced",
                    reason.last_synced.empty() ? "another text, which is not kept"
                                               : shown(reason.last_synced),
                    4);
    }
    text += field("remedy", reason.remedy, 4);
  }
  return text;
}

std::string attempts_text(const std::vector<AttemptView>& attempts) {
  if (attempts.empty()) return {};
  std::string text = "\nattempts that did not succeed\n";
  for (const AttemptView& attempt : attempts) {
    text += fmt::format("  {}  {:<9}  {:<8}  {}", iso_time(attempt.at), to_string(attempt.step),
                        to_string(attempt.state), printable(attempt.failure.code));
    if (attempt.failure.http_status != 0)
      text += fmt::format("  HTTP {}", attempt.failure.http_status);
    if (!attempt.failure.request_id.empty())
      text += "  request id " + printable(attempt.failure.request_id);
    text += '\n';
  }
  return text;
}

std::string step_in_words(const RowView& row) {
  if (row.deal != "co-sell") return {};
  if (row.step == Step::update) return "update (of its own referral)";
  return row.step == Step::own ? "own (the first of two referrals)"
                               : "microsoft (the second of two referrals)";
}

// A row that is at Partner Center may have an open rejection beside it: of its newer content.
bool newer_rejected(const RowView& row) {
  return !row.reasons.empty() && row.state != State::rejected && row.state != State::refused;
}

bool has_conflict(const RowView& row) {
  return row.last_error && row.last_error->code == mapping::rule(mapping::Code::conflict).name;
}

std::string next_of(const RowView& row) {
  if (row.state == State::refused && has_conflict(row))
    return fmt::format(
        "a person settles it: referrald resolve {} --take crm, or --take "
        "partner_center",
        printable(row.external_id));
  std::string next(what_next(row.state));
  if (row.taken_back && row.reasons.empty())
    return "what it asked for last was taken back, since it was excluded; it is done when the row "
           "returns";
  if (row.invitation_differs && row.reasons.empty())
    return "its invitation has changed since; Microsoft keeps the one that was sent";
  if (!newer_rejected(row)) return next;
  constexpr std::string_view rejected =
      "the row's newer content is rejected and is not taken up until it is mended";
  if (row.state == State::synced || row.state == State::closed) return std::string(rejected);
  return next + "; " + std::string(rejected);
}

std::string text_of_row(const RowView& row, const std::vector<AttemptView>& attempts,
                        const config::Config& config, persistence::Timestamp now) {
  std::string text = field("external id", row.external_id);
  text += field("state", to_string(row.state)) + field("step", step_in_words(row)) +
          field("next", next_of(row));
  if (row.due && (row.state == State::pending || row.state == State::in_doubt))
    text += time_field("not before", *row.due, now);
  text += field("deal", row.deal);
  text += field("source", row.export_name.empty() ? row.source
                                                  : fmt::format("{} ({}, line {})", row.source,
                                                                row.export_name, row.line));
  text += field("attempts", std::to_string(row.attempts));
  text += time_field("first seen", row.first_seen, now) + time_field("changed", row.changed, now);
  text += ids_text("own referral", row.own, config) +
          ids_text("Microsoft's referral", row.microsoft, config);
  text += failure_text(row, now) + reasons_text(parse_reasons(row.reasons), newer_rejected(row));
  return text + attempts_text(attempts);
}

json::value error_document(const RowView& row) {
  if (!row.last_error) return nullptr;
  json::object error = json_of(*row.last_error);
  error["at"] = json_of(row.last_error_at);
  error["meaning"] = meaning_of(*row.last_error);
  error["remedy"] = remedy_for(*row.last_error);
  return error;
}

json::object document(const RowView& row, const std::vector<AttemptView>& attempts,
                      const config::Config& config) {
  json::object object = json_of(row);
  object["next"] = next_of(row);
  object["own"] = json_of(row.own, config);
  object["microsoft"] = json_of(row.microsoft, config);
  object["last_error"] = error_document(row);
  object["reasons"] = json_of(parse_reasons(row.reasons));
  json::array history;
  for (const AttemptView& attempt : attempts) {
    json::object entry = json_of(attempt.failure);
    entry["at"] = iso_time_ms(attempt.at);
    entry["step"] = to_string(attempt.step);
    entry["state"] = to_string(attempt.state);
    history.push_back(std::move(entry));
  }
  object["history"] = std::move(history);
  return object;
}

Exit show(Globals& globals, const ShowOptions& options) {
  const config::Config config = load_config(globals);
  const auto ledger = open_ledger(globals, config);
  const auto row = ledger ? ledger->find(options.external_id) : std::nullopt;
  if (!row) throw unknown_id(options.external_id);
  const auto attempts = ledger->attempts(row->row);
  globals.out.write(options.json ? json::serialize(document(*row, attempts, config)) + '\n'
                                 : text_of_row(*row, attempts, config, globals.now()));
  return Exit::ok;
}

}  // namespace

void add_show(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<ShowOptions>();
  line.add(
          "show",
          "all that is known of one row: states, ids, attempts, last error, its meaning and remedy")
      .argument({"EXTERNAL_REFERENCE_ID", "", "the row's externalReferenceId, as the CRM has it"},
                options->external_id)
      .flag("--json", options->json, "one JSON document")
      .runs([&globals, options] { return show(globals, *options); });
}

}  // namespace referrald::commands
