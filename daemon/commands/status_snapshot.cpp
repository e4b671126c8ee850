#include "daemon/commands/status_snapshot.hpp"

#include <algorithm>
#include <exception>

#include "daemon/commands/backlog.hpp"
#include "daemon/commands/row_format.hpp"
#include "daemon/commands/run_format.hpp"
#include "daemon/inbox/quarantine.hpp"
#include "daemon/remedies.hpp"
#include "daemon/sync/source_history.hpp"

namespace referrald::commands {
namespace {

using persistence::Ledger;
using persistence::Run;
using persistence::State;
using persistence::Timestamp;
using status_page::LedgerView;
using status_page::NeedsPerson;
using status_page::Reason;

constexpr std::size_t last_runs_shown = 8;
// A run every half minute.
constexpr std::size_t runs_of_a_day = 3'000;

// Ends a walk through the ledger early.
struct Enough : std::exception {};

// What is shown of a reason must be none of the row's own text: neither its value nor a message,
// which may quote it.
Reason reason_of(const std::string& code, const std::string& column, int http_status) {
  persistence::Failure failure;
  failure.code = code;
  failure.http_status = http_status;
  return {code, column, std::string(meaning_of(failure)), std::string(remedy_for(failure))};
}

std::vector<Reason> reasons_of(const std::string& json) {
  std::vector<Reason> reasons;
  for (const ReasonView& reason : parse_reasons(json))
    reasons.push_back(reason_of(reason.code, reason.column, 0));
  return reasons;
}

NeedsPerson refused_row(const persistence::RowView& row) {
  NeedsPerson view{row.external_id, row.source, row.export_name, row.line, true, {}, row.changed};
  view.reasons = reasons_of(row.reasons);
  if (view.reasons.empty() && row.last_error)
    view.reasons.push_back(reason_of(row.last_error->code, "", row.last_error->http_status));
  return view;
}

NeedsPerson rejected_row(const persistence::RejectView& row) {
  return {row.external_id, row.origin.source, row.origin.export_name,
          row.origin.line, row.refused,       reasons_of(row.reasons),
          row.at};
}

template <typename Walk>
void until_enough(Walk walk) {
  try {
    walk();
  } catch (const Enough&) {
  }
}

// Refused ones first: they are fewer, and the service has seen them.
std::vector<NeedsPerson> rows_in_need(Ledger& ledger) {
  std::vector<NeedsPerson> rows;
  const auto take = [&](NeedsPerson row) {
    if (rows.size() == needs_person_shown) throw Enough{};
    rows.push_back(std::move(row));
  };
  persistence::ListFilter refused;
  refused.states = {State::refused};
  until_enough([&] { ledger.list(refused, [&](const auto& row) { take(refused_row(row)); }); });
  until_enough([&] {
    ledger.rejects(std::nullopt, std::nullopt, [&](const auto& row) {
      if (row.refused) throw Enough{};  // they come last, and are there already
      take(rejected_row(row));
    });
  });
  return rows;
}

status_page::SourceView source_view(const config::Source& source, Ledger* ledger) {
  status_page::SourceView view;
  view.name = source.name;
  view.schedule = source.schedule;
  if (source.quarantine) {
    view.quarantine = source.quarantine->string();
    view.set_aside = inbox::count_set_aside(*source.quarantine);
  }
  if (ledger == nullptr) return view;
  view.counts = ledger->counts({source.name});
  const auto [last, last_success] = sync::history_of(*ledger, source.name);
  view.last_success = last_success;
  if (last) {
    view.last_run = last->finished;
    view.result = result_of(last->exit);
    view.outcome = result_in_words(last->exit);
  }
  return view;
}

void add_runs(Ledger& ledger, Timestamp now, LedgerView& view) {
  const Timestamp since = now - std::chrono::hours{status_page::day_hours};
  for (Run& run : ledger.runs(runs_of_a_day)) {
    if (view.runs.size() < last_runs_shown)
      view.runs.push_back({run, result_of(run), result_in_words(run)});
    // A run that died shows nothing of what it did.
    if (run.finished.value_or(since) >= since && (run.finished || is_under_way(run)))
      view.day.push_back(std::move(run));
  }
}

}  // namespace

LedgerView ledger_view(const config::Config& config, Ledger* ledger, Timestamp now) {
  LedgerView view;
  for (const config::Source& source : config.sources)
    view.sources.push_back(source_view(source, ledger));
  if (ledger == nullptr) return view;
  view.exists = true;
  view.counts = ledger->counts({});
  if (const auto oldest = ledger->oldest_waiting())
    view.oldest = {oldest->external_id, oldest->state, waiting_since(*oldest)};
  view.needing = status_page::count_of(view.counts, State::rejected) +
                 status_page::count_of(view.counts, State::refused);
  if (view.needing > 0) view.needs_person = rows_in_need(*ledger);
  add_runs(*ledger, now, view);
  const Backlog backlog = backlog_of(config, ledger, view.counts, now);
  view.calls_today = ledger->calls(iso_time(now).substr(0, 10));
  view.done = backlog.done(now);
  return view;
}

status_page::SignIn sign_in_view(const SignInHealth& health, Timestamp now) {
  using submission::ClientProof;
  status_page::SignIn view;
  view.present = health.since.has_value();
  view.tenant = health.tenant;
  view.client = health.client == ClientProof::secret        ? "secret"
                : health.client == ClientProof::certificate ? "certificate"
                                                            : "public";
  view.renewed = health.renewed;
  view.good_until = health.good_until;
  view.client_until = health.client_until;
  for (const SignInWarning& warning : health.warnings)
    view.warnings.push_back(sentence_of(warning, now));
  return view;
}

status_page::Budget budget_view(const config::Submission& settings, std::uint64_t used,
                                config::Rate slowed_to) {
  return {settings.daily_budget, used, settings.rate, slowed_to};
}

status_page::Snapshot snapshot_at_rest(const config::Config& config, Ledger* ledger,
                                       Timestamp started, Timestamp now) {
  status_page::Snapshot snapshot;
  snapshot.version = REFERRALD_VERSION;
  snapshot.started = started;
  snapshot.at = now;
  snapshot.ledger = ledger_view(config, ledger, now);
  snapshot.live.now.doing = status_page::Doing::idle;
  snapshot.budget = budget_view(config.submission, snapshot.ledger.calls_today, std::nullopt);
  snapshot.sign_in = sign_in_view(sign_in_health(config.partner_center.auth, now), now);
  return snapshot;
}

}  // namespace referrald::commands
