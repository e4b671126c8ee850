#include "tests/support/scripted_snapshot.hpp"

#include <array>

namespace referrald::test {

using namespace std::chrono_literals;
using namespace status_page;
using persistence::Run;
using persistence::State;

namespace {

Run run_of(persistence::RunId id, Timestamp finished, std::chrono::seconds took,
           std::uint64_t created, std::uint64_t updated, std::uint64_t rejected, int exit_code) {
  Run run;
  run.id = id;
  run.command = "sync";
  run.started = finished - took;
  run.finished = finished;
  run.exit_code = exit_code;
  run.summary.rows_read = created + updated + rejected + 40;
  run.summary.created = created;
  run.summary.updated = updated;
  run.summary.unchanged = 40;
  run.summary.rejected = rejected;
  return run;
}

// A night's export, then a day of small ones.
std::vector<Run> runs_of_a_day(Timestamp now) {
  constexpr std::array<std::uint64_t, 14> created{9,  14, 31, 44, 38, 52, 61,
                                                  40, 22, 35, 47, 29, 18, 6};
  std::vector<Run> runs{run_of(40, now - 14h - 20min, 4h, 610, 45, 0, 0)};
  for (std::size_t i = 0; i < created.size(); ++i) {
    const auto ago = std::chrono::hours{13 - static_cast<int>(i)};
    runs.push_back(run_of(41 + static_cast<persistence::RunId>(i), now - ago - 12min, 9min,
                          created.at(i), created.at(i) / 3, i % 5 == 2 ? 3 : 0, 0));
  }
  return {runs.rbegin(), runs.rend()};
}

}  // namespace

Snapshot calm_snapshot(Timestamp now) {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.started = now - 9 * 24h - 4h;
  snapshot.at = now;
  LedgerView& ledger = snapshot.ledger;
  ledger.exists = true;
  ledger.counts = {{State::synced, 61'204}, {State::closed, 1'870}};
  ledger.sources = {
      {"leads",
       "every 15m",
       now - 12min,
       now - 12min,
       Result::good,
       "everything as wanted",
       {{State::synced, 48'820}}},
      {"opportunities",
       "daily 02:30",
       now - 7h - 30min,
       now - 7h - 30min,
       Result::good,
       "everything as wanted",
       {{State::synced, 12'384}}},
  };
  ledger.day = runs_of_a_day(now);
  for (std::size_t i = 0; i < 6; ++i)
    ledger.runs.push_back({ledger.day[i], Result::good, "everything as wanted"});
  ledger.calls_today = 1'212;
  snapshot.live.now.doing = Doing::idle;
  snapshot.live.now.since = now - 12min;
  snapshot.live.next_due = {{"leads", now + 3min}, {"opportunities", now + 16h + 30min}};
  snapshot.live.beat = now - 1s;
  snapshot.budget = {5'000, 1'212, 1.0, std::nullopt};
  snapshot.sign_in = {true,           "contoso.onmicrosoft.com", "secret", now - 12min,
                      now + 89 * 24h, now + 200 * 24h,           {}};
  return snapshot;
}

Snapshot busy_snapshot(Timestamp now) {
  Snapshot snapshot = calm_snapshot(now);
  snapshot.ledger.counts[State::pending] = 3'180;
  snapshot.ledger.counts[State::sending] = 4;
  snapshot.ledger.counts[State::in_doubt] = 1;
  snapshot.ledger.sources[0].counts[State::pending] = 3'180;
  snapshot.ledger.oldest = {"7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11", State::pending, now - 41min};
  snapshot.ledger.done = now + 53min;
  Now& doing = snapshot.live.now;
  doing.doing = Doing::reading;
  doing.since = now - 8min;
  doing.run = 56;
  doing.source = "leads";
  doing.export_name = "leads-2026-11-22.csv";
  doing.done = 472;
  doing.total = 3'656;
  doing.rate = 58.0 / 60;
  doing.left = 53min;
  Run run;
  run.id = 56;
  run.command = "sync";
  run.started = now - 8min;
  run.summary.created = 431;
  run.summary.updated = 41;
  snapshot.live.run = run;
  snapshot.ledger.runs.insert(snapshot.ledger.runs.begin(),
                              {run, Result::none, "running, process 4711"});
  return snapshot;
}

Snapshot troubled_snapshot(Timestamp now) {
  Snapshot snapshot = busy_snapshot(now);
  snapshot.live.now.doing = Doing::waiting;
  snapshot.live.now.reason = "it answers 503 to everything; the next try is in 4m";
  snapshot.live.now.since = now - 26min;
  snapshot.live.now.rate = 0;
  snapshot.live.now.left.reset();
  LedgerView& ledger = snapshot.ledger;
  ledger.counts[State::rejected] = 61;
  ledger.counts[State::refused] = 2;
  ledger.needing = 63;
  ledger.needs_person = {
      {"L-20418",
       "leads",
       "leads-2026-11-22.csv",
       812,
       true,
       {{"InvalidCountry", "", "The service does not accept the row's content.",
         "Correct the row in the CRM or the mapping; the next sync sends it again once its content "
         "differs."}},
       now - 31min},
      {"7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a12",
       "leads",
       "leads-2026-11-22.csv",
       91,
       false,
       {{"required", "Company Name", "A member that must be there is blank.",
         "Fill the column in the CRM."},
        {"bad-country", "Country/Region", "The country is not known.",
         "Write its name or its two-letter code; `country` knows both."}},
       now - 3h},
      {"",
       "opportunities",
       "opportunities.xlsx",
       1'204,
       false,
       {{"cell-error", "Est. Value",
         "A cell holds an error of a spreadsheet program (#N/A, #REF!, ####).",
         "Open the workbook in Excel, mend the cell, and save."}},
       now - 7h},
  };
  ledger.sources[1].result = Result::failed;
  ledger.sources[1].outcome = "a mapping or an export did not fit";
  ledger.sources[1].last_run = now - 55min;
  ledger.day.insert(ledger.day.begin(), run_of(55, now - 55min, 3s, 0, 0, 0, 78));
  snapshot.budget.slowed_to = 0.25;
  snapshot.sign_in.client_until = now + 6 * 24h;
  snapshot.sign_in.warnings = {
      "the client secret ends soon: 2026-11-28T10:00:00Z (in 6d 0h); make a new client secret in "
      "the app registration"};
  return snapshot;
}

}  // namespace referrald::test
