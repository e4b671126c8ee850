#include <boost/json.hpp>

#include "daemon/status_page/health.hpp"
#include "daemon/status_page/page.hpp"
#include "daemon/status_page/words.hpp"
#include "daemon/text.hpp"

namespace referrald::status_page {
namespace {

namespace json = boost::json;
using persistence::State;

json::value text(const std::string& value) {
  json::value text;
  text.emplace_string() = valid_utf8(as_typed(value)).text;
  return text;
}

template <typename T>
json::value number_or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value instant(const std::optional<Timestamp>& time) {
  return time ? json::value(iso_seconds(*time)) : json::value(nullptr);
}

json::object counts_document(const persistence::Counts& counts) {
  json::object object;
  for (const State state : {State::pending, State::sending, State::in_doubt, State::synced,
                            State::rejected, State::refused, State::closed})
    object[persistence::to_string(state)] = count_of(counts, state);
  return object;
}

json::object now_document(const Now& now) {
  json::object object{{"doing", to_string(now.doing)},
                      {"reason", text(now.reason)},
                      {"since", instant(now.since)},
                      {"run_id", number_or_null(now.run)},
                      {"source", text(now.source)},
                      {"export", text(now.export_name)},
                      {"done", now.done},
                      {"total", number_or_null(now.total)},
                      {"rows_per_second", now.rate},
                      {"seconds_left", nullptr}};
  if (now.left) object["seconds_left"] = now.left->count();
  return object;
}

json::array health_document(const Health& health) {
  json::array reasons;
  for (const Trouble& trouble : health.reasons)
    reasons.push_back(json::object{{"code", trouble.code},
                                   {"what", text(trouble.what)},
                                   {"remedy", text(trouble.remedy)},
                                   {"since", instant(trouble.since)},
                                   {"blocks", trouble.blocks}});
  return reasons;
}

json::array sources_document(const Snapshot& snapshot) {
  json::array sources;
  for (const SourceView& source : snapshot.ledger.sources) {
    const auto due = snapshot.live.next_due.find(source.name);
    std::optional<Timestamp> next;
    if (due != snapshot.live.next_due.end()) next = due->second;
    sources.push_back(json::object{{"name", text(source.name)},
                                   {"schedule", text(source.schedule)},
                                   {"last_success", instant(source.last_success)},
                                   {"last_run", instant(source.last_run)},
                                   {"result", to_string(source.result)},
                                   {"outcome", text(source.outcome)},
                                   {"next_due", instant(next)},
                                   {"set_aside", source.set_aside},
                                   {"counts", counts_document(source.counts)}});
  }
  return sources;
}

json::array needs_document(const std::vector<NeedsPerson>& rows) {
  json::array array;
  for (const NeedsPerson& row : rows) {
    json::array reasons;
    for (const Reason& reason : row.reasons)
      reasons.push_back(json::object{{"code", text(reason.code)},
                                     {"column", text(reason.column)},
                                     {"meaning", text(reason.meaning)},
                                     {"remedy", text(reason.remedy)}});
    array.push_back(json::object{{"external_id", text(row.external_id)},
                                 {"source", text(row.source)},
                                 {"export", text(row.export_name)},
                                 {"line", row.line},
                                 {"state", row.refused ? "refused" : "rejected"},
                                 {"at", instant(row.at)},
                                 {"reasons", std::move(reasons)}});
  }
  return array;
}

json::array hours_document(const Snapshot& snapshot) {
  json::array hours;
  for (const Hour& hour : hours_of_day(snapshot.ledger.day, snapshot.live.run, snapshot.at))
    hours.push_back(json::object{{"begin", iso_seconds(hour.begin)},
                                 {"created", hour.created},
                                 {"updated", hour.updated},
                                 {"rejected", hour.rejected},
                                 {"refused", hour.refused},
                                 {"failures", hour.failures}});
  return hours;
}

json::array runs_document(const std::vector<RunView>& runs) {
  json::array array;
  for (const auto& [run, result, outcome] : runs)
    array.push_back(json::object{{"run_id", run.id},
                                 {"command", text(run.command)},
                                 {"started", iso_seconds(run.started)},
                                 {"finished", instant(run.finished)},
                                 {"exit_code", number_or_null(run.exit_code)},
                                 {"result", to_string(result)},
                                 {"outcome", text(outcome)},
                                 {"rows_read", run.summary.rows_read},
                                 {"created", run.summary.created},
                                 {"updated", run.summary.updated},
                                 {"rejected", run.summary.rejected},
                                 {"refused", run.summary.refused}});
  return array;
}

json::value oldest_document(const std::optional<WaitingRow>& row) {
  if (!row) return nullptr;
  return json::object{{"external_id", text(row->external_id)},
                      {"state", persistence::to_string(row->state)},
                      {"since", iso_seconds(row->since)}};
}

json::object sign_in_document(const SignIn& sign_in) {
  json::array warnings;
  for (const std::string& warning : sign_in.warnings) warnings.push_back(text(warning));
  return {{"present", sign_in.present},
          {"tenant", text(sign_in.tenant)},
          {"client", sign_in.client},
          {"renewed", instant(sign_in.renewed)},
          {"good_until", instant(sign_in.good_until)},
          {"client_until", instant(sign_in.client_until)},
          {"warnings", std::move(warnings)}};
}

}  // namespace

std::string json_of(const Snapshot& snapshot) {
  const Health health = health_of(snapshot);
  const LedgerView& ledger = snapshot.ledger;
  const Budget& budget = snapshot.budget;
  const json::object document{
      {"version", snapshot.version},
      {"started", iso_seconds(snapshot.started)},
      {"at", iso_seconds(snapshot.at)},
      {"alive", health.alive},
      {"ready", health.ready},
      {"headline", text(health.headline)},
      {"reasons", health_document(health)},
      {"now", now_document(snapshot.live.now)},
      {"counts", counts_document(ledger.counts)},
      {"oldest_waiting", oldest_document(ledger.oldest)},
      {"backlog_done", instant(ledger.done)},
      {"needs_person",
       json::object{{"rows", ledger.needing}, {"first", needs_document(ledger.needs_person)}}},
      {"hours", hours_document(snapshot)},
      {"sources", sources_document(snapshot)},
      {"budget", json::object{{"limit", number_or_null(budget.limit)},
                              {"used", budget.used},
                              {"calls_per_second", number_or_null(budget.rate)},
                              {"slowed_to", number_or_null(budget.slowed_to)}}},
      {"sign_in", sign_in_document(snapshot.sign_in)},
      {"runs", runs_document(ledger.runs)}};
  return json::serialize(document) + "\n";
}

}  // namespace referrald::status_page
