// What the supervisor makes of what has happened: runs that ended, and trouble.
#include <algorithm>

#include <fmt/format.h>

#include "daemon/inbox/calendar.hpp"
#include "daemon/inbox/quarantine.hpp"
#include "daemon/inbox/supervisor.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "daemon/sync/outcome_log.hpp"

namespace referrald::inbox {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::Handled;
using persistence::LedgerError;
using submission::Halt;
using submission::WallTime;

constexpr std::chrono::seconds ledger_held_pause{10};
constexpr std::chrono::minutes ledger_trouble_pause{1};
// Rows that wait after a run without trouble: their attempts were used up, or looks failed.
constexpr std::chrono::minutes first_go_on{1};
constexpr std::chrono::minutes longest_go_on{30};
constexpr std::chrono::minutes clock_jump{2};

std::chrono::minutes growing(int times) {
  return std::min<std::chrono::minutes>(first_go_on * (1 << std::min(times, 10)), longest_go_on);
}

bool is_trouble(Halt halt) {
  return halt != Halt::none && halt != Halt::draining && halt != Halt::budget;
}

WallTime next_day(WallTime now) {
  return WallTime{std::chrono::floor<std::chrono::days>(now) + std::chrono::days{1}};
}

}  // namespace

void Supervisor::finished(const sync::SyncOutcome& outcome) {
  running_->settled = true;
  last_run_ = outcome.run;
  waiting_ = outcome.summary.waiting + outcome.summary.in_doubt;
  const bool halted = is_trouble(outcome.halt);
  for (const auto& what : outcome.exports) settle(what, outcome.run, halted);
  // Those of exports are told with them, trouble of the service by the breaker.
  for (const auto& failure : outcome.failures) {
    const bool told = std::ranges::any_of(outcome.exports, [&](const auto& what) {
      return std::ranges::find(what.reasons, failure.message) != what.reasons.end();
    });
    if (told || failure.message.empty() || failure.message == outcome.halt_reason) continue;
    if (failure.event->name == "guard-stopped") {
      held_by_guard(outcome, failure);
      continue;
    }
    parts_.log.write_words(failure.event, failure.message,
                           {{"run_id", outcome.run},
                            {"source", failure.source},
                            {"export", failure.export_name},
                            {"exit_code", code(failure.exit)}});
    tell(Notice::Kind::trouble, "run", failure.message);
  }
  sync::log_outcome(parts_.log, outcome, {.failures = false});
  go_on_after(outcome);
  notice_rows(outcome);
  if (parts_.ended) parts_.ended(outcome);
}

// Until a look finds that it was dealt with: see look_into().
void Supervisor::held_by_guard(const sync::SyncOutcome& outcome, const sync::SyncFailure& failure) {
  for (const auto& what : outcome.exports)
    troubles_.begin("guard " + what.source, failure.event,
                    fmt::format("source {}: {}", what.source, failure.message),
                    {{"run_id", outcome.run},
                     {"source", what.source},
                     {"export", what.file.filename().string()},
                     {"exit_code", code(failure.exit)}});
}

void Supervisor::ledger_answered() {
  troubles_.pass("ledger", "ledger-well", "the ledger can be used again");
}

void Supervisor::service_answered() {
  if (breaker_.well())
    troubles_.pass("service", "service-well", "Partner Center answers again; going on");
}

void Supervisor::go_on_after(const sync::SyncOutcome& outcome) {
  const auto now = parts_.clock.steady();
  budget_used_up_ = outcome.halt == Halt::budget;
  if (is_trouble(outcome.halt)) {
    trouble(sync::exit_of(outcome.halt), sync::event_of(outcome.halt), outcome.halt_reason,
            outcome.run);
    return;
  }
  if (budget_used_up_)
    troubles_.begin("budget", "budget-used-up", outcome.halt_reason, {{"run_id", outcome.run}});
  else if (outcome.halt == Halt::none)
    troubles_.pass("budget", "budget-back", "there is budget again");
  if (outcome.halt != Halt::draining) service_answered();
  // A day's budget that is used up has done what it was for.
  if (outcome.exit == Exit::ok || outcome.exit == Exit::needs_person || budget_used_up_)
    succeeded();
  if (waiting_ == 0) {
    idle_runs_ = 0;
    return;
  }
  if (budget_used_up_) {
    go_on_at_ = steady_of(next_day(parts_.clock.wall()));
  } else if (outcome.halt == Halt::draining) {
    go_on_at_ = now;
  } else {
    const bool sent = outcome.summary.created + outcome.summary.updated > 0;
    idle_runs_ = sent ? 0 : idle_runs_ + 1;
    go_on_at_ = now + growing(idle_runs_);
  }
}

void Supervisor::settle(const sync::ExportOutcome& outcome, persistence::RunId run, bool halted) {
  auto* watched = find(outcome.source);
  if (watched == nullptr) return;
  if (outcome.handled) {
    watched->failures.erase(outcome.file);
    return;
  }
  tell_reasons(outcome, run);
  look_again(*watched);
  if (halted || stopping_ || running_->interrupted) return;
  // Something was wrong with it that may pass: not at once again.
  const auto pause = growing(watched->failures[outcome.file]++);
  watched->postponed[outcome.file] = parts_.clock.steady() + pause;
}

// Also where the schedule would have it otherwise: its turn has come and was not made use of.
void Supervisor::look_again(Watched& watched) {
  watched.waits_for_files = true;
  watched.next_look = parts_.clock.steady();
}

void Supervisor::tell_reasons(const sync::ExportOutcome& outcome, persistence::RunId run) const {
  for (const auto& reason : outcome.reasons)
    parts_.log.write_words("export-refused", reason,
                           {{"run_id", run},
                            {"source", outcome.source},
                            {"export", outcome.file.filename().string()},
                            {"exit_code", code(outcome.exit)}});
}

// Beside the loop: the folder may be on another file system, and the export be copied.
asio::awaitable<void> Supervisor::set_aside_unreadable(const sync::SyncOutcome& outcome) {
  for (const auto& what : outcome.exports) {
    auto* watched = find(what.source);
    if (watched == nullptr || what.handled != Handled::unreadable) continue;
    const auto& folder = watched->source.quarantine;
    std::optional<fs::path> to;
    std::error_code error;
    if (folder && what.stamp) {
      std::function<void()> move = [&] {
        try {
          to = quarantine(what.file, *what.stamp, *folder, what.reasons, parts_.clock.wall());
        } catch (const fs::filesystem_error& failed) {
          error = failed.code();
        }
      };
      co_await parts_.background(std::move(move));
    }
    if (error)
      parts_.log.write("quarantine-failed", {{"run_id", outcome.run},
                                             {"source", what.source},
                                             {"export", what.file.filename().string()},
                                             {"to", folder->string()},
                                             {"reason", error.message()}});
    tell_unreadable(what, outcome.run, to);
  }
}

// One line for an export, however much is wrong with it, where the rest is to be read in a file.
void Supervisor::tell_unreadable(const sync::ExportOutcome& outcome, persistence::RunId run,
                                 const std::optional<fs::path>& to) const {
  const auto name = outcome.file.filename().string();
  const auto& reasons = outcome.reasons;
  if (to) {
    parts_.log.write_words("export-set-aside",
                           reasons.empty() ? "an export cannot be read" : reasons.front(),
                           {{"run_id", run},
                            {"source", outcome.source},
                            {"export", name},
                            {"why", to->string() + ".why"}});
    tell(Notice::Kind::trouble, "export " + name,
         fmt::format("an export cannot be read and was set aside: {}; {}.why says all",
                     reasons.empty() ? "no reason is known" : reasons.front(), to->string()));
    return;
  }
  tell(Notice::Kind::trouble, "export " + name,
       reasons.empty() ? "an export cannot be read" : reasons.back());
  tell_reasons(outcome, run);
}

// -- trouble --------------------------------------------------------------------------------------

void Supervisor::trouble(Exit kind, Event event, const std::string& reason,
                         std::optional<persistence::RunId> run) {
  if (breaker_.trouble(kind, reason, parts_.clock.steady(), parts_.random.uniform()))
    troubles_.begin("service", event, reason, {{"run_id", run}, {"exit_code", code(kind)}});
}

void Supervisor::tell(Notice::Kind kind, const std::string& subject, const std::string& message,
                      std::uint64_t rows) const {
  if (parts_.notice) parts_.notice({kind, subject, message, rows, parts_.clock.wall()});
}

void Supervisor::succeeded() {
  last_success_ = parts_.clock.steady();
  if (std::exchange(silent_, false))
    tell(Notice::Kind::recovered, "silence", "a sync has succeeded again");
}

// Also where nothing is wrong: the CRM may have stopped to export.
void Supervisor::notice_silence() {
  if (!parts_.config.notify || silent_) return;
  const auto silence = parts_.config.notify->silence;
  if (parts_.clock.steady() - last_success_ < silence) return;
  silent_ = true;
  tell(
      Notice::Kind::silent, "silence",
      fmt::format("no sync has succeeded for {} hours; see `referrald status`, and whether the CRM "
                  "still exports",
                  std::chrono::floor<std::chrono::hours>(silence).count()));
}

// A row that was told of is told again only with a new one.
void Supervisor::notice_rows(const sync::SyncOutcome& outcome) {
  const auto rows = outcome.need_person;
  if (rows > needed_persons_)
    tell(Notice::Kind::needs_person, "rows",
         fmt::format("{} rows need a person; `referrald rejects` lists them with reasons and "
                     "remedies",
                     rows),
         rows);
  needed_persons_ = rows;
}

// Changes take effect together and checked, when somebody says so.
void Supervisor::notice_mappings() {
  for (const auto& watched : sources_)
    if (parts_.mappings.at(watched.source.name).mapping->files_changed())
      troubles_.begin(
          "mapping " + watched.source.name, "mapping-changed",
          fmt::format(
              "the mapping of source {} has changed since it was loaded; reload the service "
              "to use it (systemctl reload with the name of its unit, or SIGHUP)",
              watched.source.name));
}

// What a person or another process may change is waited for.
void Supervisor::ledger_failed(const LedgerError& error) {
  const bool held = error.kind() == LedgerError::Kind::held;
  if (!held && error.kind() != LedgerError::Kind::cannot_write) {
    if (!error_) error_ = std::make_exception_ptr(error);
    return;
  }
  not_before_ = parts_.clock.steady() + (held ? std::chrono::seconds{ledger_held_pause}
                                              : std::chrono::seconds{ledger_trouble_pause});
  // What was on its way is to be looked for.
  if (!go_on_at_) go_on_at_ = not_before_;
  troubles_.begin("ledger", "ledger-trouble",
                  std::string(error.what()) + "; it is tried again and again");
}

void Supervisor::notice_clock() {
  const std::chrono::nanoseconds offset =
      parts_.clock.wall().time_since_epoch() - parts_.clock.steady().time_since_epoch();
  const auto jump = std::chrono::round<std::chrono::seconds>(offset - wall_offset_);
  wall_offset_ = offset;
  if (std::chrono::abs(jump) < clock_jump) return;
  parts_.log.write("clock-set", {{"moved_by_s", jump.count()}});
  for (auto& watched : sources_)
    if (watched.schedule.kind == config::Schedule::Kind::daily)
      watched.due_at = next_daily(watched.schedule, parts_.clock.wall());
  if (budget_used_up_ && go_on_at_) go_on_at_ = steady_of(next_day(parts_.clock.wall()));
  // A run knows one day's budget, and waits for rows that are due by the clock as it was: the next
  // one goes on by the clock as it is.
  if (!running_ || running_->interrupted) return;
  running_->interrupted = true;
  parts_.engine.drain();
}

}  // namespace referrald::inbox
