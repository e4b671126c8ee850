#include "daemon/commands/plan_report.hpp"

#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/json_text.hpp"
#include "daemon/commands/standing_report.hpp"
#include "daemon/progress.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using sync::ChangedRow;
using sync::RejectedRow;
using sync::SourcePlan;

constexpr std::size_t rows_kept = 1'000;  // for --json
constexpr std::size_t rows_shown = 20;    // as text

void codes(std::string& out, const std::map<std::string, std::uint64_t>& counts) {
  for (const auto& [code, rows] : counts) out += fmt::format("    {:>9} {}\n", rows, code);
}

// Rows whose new content takes the place of what waits to be created.
std::uint64_t waiting_again(const SourcePlan& plan) {
  const auto& tally = plan.tally;
  const auto known = plan.creates + tally.changed;
  return tally.admitted > known ? tally.admitted - known : 0;
}

std::string source_text(const std::string& name, const SourcePlan& plan) {
  const auto& tally = plan.tally;
  auto out = fmt::format("source {}: {}\n", name, counted(tally.rows_read, "row"));
  append_count(out, "to create", plan.creates, counted(plan.requests, "request"));
  append_count(out, "new content", waiting_again(plan), "of rows that wait already");
  append_count(out, "unchanged", tally.unchanged);
  append_count(out, "closed", tally.closed,
               "of the unchanged, at Partner Center: what the CRM has changed since is not sent");
  append_count(out, "to update", tally.changed);
  append_count(out, "replaced", plan.replaced, "by a later row of the same id");
  append_count(out, "excluded", tally.excluded, excluded_by(tally.excluded, tally.deleted));
  append_count(out, "refused", tally.refused,
               "by Partner Center before, or it does not let such a change be made");
  append_count(out, "rejected", tally.rejected, "cannot be sent");
  codes(out, tally.by_reason);
  append_count(out, "invitations", tally.invitations,
               "have changed; Microsoft keeps the one that was sent");
  append_count(out, "status stays", tally.backward,
               "Partner Center is beyond that of the CRM, and a status moves forward only");
  for (const auto& remark : tally.remarks) out += fmt::format("  note: {}\n", printable(remark));
  if (!plan.warnings.empty())
    out += "  warnings: sent as they are, though Partner Center's portal asks for more\n";
  codes(out, plan.warnings);
  return out;
}

std::string changed_text(const ChangedRow& row) {
  auto out = fmt::format("  {} ({} {} {})\n", printable(row.external_id),
                         printable(row.export_name), line_unit(row.export_name), row.line);
  if (!row.deal_now.empty())
    out += fmt::format("    deal: {} -> {}\n", row.deal_before, row.deal_now);
  for (const auto& change : row.update.changes)
    out += fmt::format("    {}: now {}{}\n", change.path, printable(change.json),
                       mapping::is_visibility(change.path)
                           ? ", if Partner Center lets it change; else a person does it there"
                           : "");
  if (row.update.invites) out += "    Microsoft is invited: a second referral is created\n";
  if (row.update.invitation_changed)
    out += "    invitation: differs from what Microsoft has; it is not sent again\n";
  for (const auto& reason : row.update.refused)
    out += fmt::format("    not sent, {}: {}\n      remedy: {}\n", reason.code,
                       printable(reason.message), printable(reason.remedy));
  return out;
}

std::string rejected_text(const RejectedRow& row) {
  auto out = fmt::format("  {} {} {}{}{}\n", printable(row.export_name), line_unit(row.export_name),
                         row.line, row.external_id.empty() ? "" : ", ", printable(row.external_id));
  for (const auto& reason : row.reasons) {
    out += fmt::format("    {}: {}", reason.code, printable(reason.message));
    if (!reason.column.empty()) out += fmt::format(" [{}]", printable(reason.column));
    if (!reason.member.empty()) out += fmt::format(" ({})", printable(reason.member));
    const bool said = reason.message.find(reason.value) != std::string::npos;
    if (!said) out += fmt::format(": {}", printable(reason.value));
    out += '\n';
    if (!reason.remedy.empty()) out += fmt::format("      remedy: {}\n", printable(reason.remedy));
  }
  return out;
}

template <typename Rows, typename Print>
std::string section(std::string_view title, const Rows& rows, std::uint64_t of, Print print) {
  if (rows.empty()) return {};
  auto out = fmt::format("\n{}:\n", title);
  for (std::size_t i = 0; i < rows.size() && i < rows_shown; ++i) out += print(rows[i]);
  if (of > rows_shown) out += fmt::format("  … and {} more\n", of - rows_shown);
  return out;
}

SourcePlan totals(const PlanReport& report) {
  SourcePlan sum;
  for (const auto& [name, plan] : report.sources) {
    sum.tally += plan.tally;
    sum.creates += plan.creates;
    sum.upgrades += plan.upgrades;
    sum.replaced += plan.replaced;
    sum.requests += plan.requests;
    sum.adopted += plan.adopted;
    for (const auto& [code, rows] : plan.warnings) sum.warnings[code] += rows;
  }
  return sum;
}

std::optional<double> seconds_at_rate(const PlanReport& report, std::uint64_t requests) {
  if (!report.rate) return std::nullopt;
  return static_cast<double>(requests) / *report.rate;
}

// What would keep a sync from its end though the rows are sound. What stops all of it comes first,
// and what to do about the rest would be no way out.
std::string stops_text(const PlanReport& report, std::uint64_t requests) {
  std::string out;
  if (const auto held = sentence_of(report.standing); !held.empty())
    return "\nAs things stand " + held + "\n";
  for (const auto& over : report.over_guard) {
    out += fmt::format(
        "\nThe guard would stop `referrald sync`: {}. `referrald sync --confirm` passes it.\n",
        over.what);
    if (!over.way_out.empty()) out += over.way_out + ".\n";
  }
  if (report.budget_left && requests > *report.budget_left)
    out += fmt::format(
        "\nThe daily budget leaves {} until midnight UTC: a sync would stop there, and the next "
        "day's would go on.\n",
        counted(*report.budget_left, "request"));
  return out;
}

boost::json::value guard_json(const std::vector<sync::OverGuard>& over) {
  if (over.empty()) return nullptr;
  boost::json::array messages;
  for (const auto& one : over)
    messages.emplace_back(one.way_out.empty() ? one.what : one.what + ". " + one.way_out);
  return messages;
}

boost::json::object counts_json(const std::map<std::string, std::uint64_t>& counts) {
  boost::json::object object;
  for (const auto& [code, rows] : counts) object[code] = rows;
  return object;
}

boost::json::array texts_json(const std::vector<std::string>& texts) {
  boost::json::array array;
  for (const auto& text : texts) array.emplace_back(valid_utf8(text).text);
  return array;
}

// The counts by the names of `sync --json`, here of what would be.
boost::json::object source_json(const SourcePlan& plan) {
  const auto& tally = plan.tally;
  return {{"rows_read", tally.rows_read},
          {"created", plan.creates},
          {"updated", tally.changed},
          {"requeued", waiting_again(plan)},
          {"unchanged", tally.unchanged},
          {"closed", tally.closed},
          {"status_stays", tally.backward},
          {"invitations_changed", tally.invitations},
          {"replaced", plan.replaced},
          {"excluded", tally.excluded},
          {"deleted", tally.deleted},
          {"refused", tally.refused},
          {"rejected", tally.rejected},
          {"rejected_by_reason", counts_json(tally.by_reason)},
          {"warnings", counts_json(plan.warnings)},
          {"remarks", texts_json(tally.remarks)},
          {"requests", plan.requests}};
}

boost::json::object changed_json(const ChangedRow& row) {
  boost::json::object fields;
  for (const auto& change : row.update.changes)
    fields[change.path] = boost::json::parse(change.json);
  boost::json::array refused;
  for (const auto& reason : row.update.refused)
    refused.push_back({{"code", reason.code}, {"member", reason.member}});
  boost::json::object object{{"external_id", valid_utf8(row.external_id).text},
                             {"export", valid_utf8(row.export_name).text},
                             {"line", row.line},
                             {"fields", std::move(fields)},
                             {"refused", std::move(refused)},
                             {"invites_microsoft", row.update.invites},
                             {"invitation", row.update.invitation_changed}};
  if (!row.deal_now.empty()) object["deal"] = {{"before", row.deal_before}, {"now", row.deal_now}};
  return object;
}

boost::json::object rejected_json(const RejectedRow& row) {
  boost::json::array reasons;
  for (const auto& reason : row.reasons) {
    reasons.push_back({{"code", reason.code},
                       {"member", reason.member},
                       {"column", valid_utf8(reason.column).text},
                       {"value", valid_utf8(reason.value).text},
                       {"message", valid_utf8(reason.message).text},
                       {"remedy", valid_utf8(reason.remedy).text}});
  }
  return {{"external_id", valid_utf8(row.external_id).text},
          {"export", valid_utf8(row.export_name).text},
          {"line", row.line},
          {"reasons", std::move(reasons)}};
}

template <typename Row>
void keep(std::vector<Row>& rows, const Row& row) {
  if (rows.size() < rows_kept) rows.push_back(row);
}

}  // namespace

void PlanReport::add(const ChangedRow& row) {
  ++changed_rows;
  keep(changed, row);
}
void PlanReport::remove_changed(std::string_view external_id) {
  --changed_rows;
  std::erase_if(changed, [&](const ChangedRow& row) { return row.external_id == external_id; });
}
void PlanReport::add(const RejectedRow& row) {
  keep(rejected, row);
}

std::string plan_text(const PlanReport& report) {
  std::string out;
  for (const auto& [name, plan] : report.sources) out += source_text(name, plan);
  for (const auto& name : report.without_files)
    out += fmt::format("source {} has no exports at the moment\n", name);
  const auto sum = totals(report);
  if (report.waiting > 0)
    out += fmt::format("{} of earlier runs wait{} in the ledger\n", counted(report.waiting, "row"),
                       report.waiting == 1 ? "s" : "");
  out += section("Changed", report.changed, report.changed_rows, changed_text);
  out += section("Cannot be sent", report.rejected, sum.tally.rejected, rejected_text);
  const auto requests = sum.requests + report.waiting;
  const bool within_budget = !report.budget_left || requests <= *report.budget_left;
  for (const auto& columns : report.columns) out += "\n" + columns_text(columns);
  if (report.shows) {
    out += report.shown.empty() ? "\nNo referral would be created: there is none to show.\n"
                                : "\nWould be created:\n";
    for (const auto& shown : report.shown) out += shown_text(shown);
  }
  out += stops_text(report, requests);
  if (requests == 0) return out + "\nNo request is needed. Nothing was sent.\n";
  out += "\n" + counted(requests, "request");
  if (const auto seconds = seconds_at_rate(report, requests); seconds && within_budget) {
    out += fmt::format(", about {} at the set rate",
                       rough_duration(std::chrono::seconds{std::llround(std::ceil(*seconds))}));
  }
  return out + ". Nothing was sent.\n";
}

std::string plan_json(const PlanReport& report) {
  boost::json::object sources;
  for (const auto& [name, plan] : report.sources) sources[name] = source_json(plan);
  boost::json::array changed, rejected;
  for (const auto& row : report.changed) changed.push_back(changed_json(row));
  for (const auto& row : report.rejected) rejected.push_back(rejected_json(row));
  const auto sum = totals(report);
  const auto requests = sum.requests + report.waiting;
  auto document = source_json(sum);
  document["waiting"] = report.waiting;
  document["requests"] = requests;
  document["sources"] = std::move(sources);
  document["changed_rows"] = std::move(changed);
  document["changed_rows_omitted"] = report.changed_rows - report.changed.size();
  document["rejected_rows"] = std::move(rejected);
  document["rejected_rows_omitted"] = sum.tally.rejected - report.rejected.size();
  const auto seconds = seconds_at_rate(report, requests);
  document["seconds_at_rate"] =
      seconds ? boost::json::value(*seconds) : boost::json::value(nullptr);
  if (report.shows) {
    boost::json::array shown;
    for (const auto& one : report.shown) shown.push_back(shown_json(one));
    document["referrals"] = std::move(shown);
  }
  if (!report.columns.empty()) {
    boost::json::array columns;
    for (const auto& one : report.columns) columns.push_back(columns_json(one));
    document["columns"] = std::move(columns);
  }
  document["guard"] = guard_json(report.over_guard);
  document["tenant"] = json_of(report.standing);
  document["budget_left"] =
      report.budget_left ? boost::json::value(*report.budget_left) : boost::json::value(nullptr);
  return json_text(document) + "\n";
}

}  // namespace referrald::commands
