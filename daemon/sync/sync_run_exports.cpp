// What a run reads: exports, counted by the guard, given to the intake, and moved to the archive.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "daemon/sync/archive.hpp"
#include "daemon/sync/outcome_log.hpp"
#include "daemon/sync/survey.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::sync {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::Ledger;
using submission::Halt;

// A header that does not fit refuses its export before anything is sent. One that is still being
// written may have no header yet.
void SyncRun::check_headers(std::vector<Export>& exports) {
  std::vector<Export> fitting;
  for (const auto& what : exports) {
    if (still_missing(what) > std::chrono::milliseconds{0}) {
      fitting.push_back(what);
      continue;
    }
    attempt(what, [&] {
      const ExportRows rows(what);
      fitting.push_back(what);
    });
  }
  exports = std::move(fitting);
}

template <typename Work>
void SyncRun::attempt(const Export& what, Work work) {
  try {
    work();
  } catch (const CommandError& error) {
    refuse(what, error.exit(), error.problems(), error.what());
  } catch (const mapping::ExportError& error) {
    refuse(what, exit_of(error.kind()), {}, error.what());
  }
}

void SyncRun::refuse(const Export& what, Exit exit, const config::Problems& problems,
                     const std::string& message) {
  auto& outcome = outcome_of(what);
  for (const auto& problem : problems.list()) {
    problems_.add(problem.place, problem.message, problem.remedy);
    outcome.reasons.push_back(config::to_string(problem));
  }
  if (!message.empty()) outcome.reasons.push_back(message);
  failures_.push_back(
      {"export-refused", exit, message, what.source, what.file.filename().string()});
  unfinished_ = true;
  outcome.exit = exit;
  if (exit != Exit::cannot_read && exit != Exit::invalid) return;
  outcome.handled = persistence::Handled::unreadable;
  outcome.stamp = stamp_of(what.file);
}

ExportOutcome& SyncRun::outcome_of(const Export& what) {
  return *std::ranges::find_if(outcomes_, [&](const ExportOutcome& outcome) {
    return outcome.file == what.file && outcome.source == what.source;
  });
}

// What has been still long enough first, the rest as it becomes so.
asio::awaitable<void> SyncRun::read_exports() {
  progress_.reading = true;
  std::stable_partition(work_.exports.begin(), work_.exports.end(), [this](const Export& what) {
    return still_missing(what) <= std::chrono::milliseconds{0};
  });
  for (const auto& what : work_.exports) {
    const bool enough = intake_->limit_reached() && waited_ == 0 && intake_->tally().held == 0;
    if (over() || guarded_ || enough) {
      unfinished_ = unfinished_ || over() || guarded_;
      break;
    }
    co_await wait_until_still(what);
    if (!over()) co_await read(what);
  }
  for (const auto& source : work_.sources)
    if (!may_say_more(source)) co_await release(source);
  progress_.reading = false;
  progress_.export_name.clear();
}

// Whether an export of that source may be left that was not read to its end.
bool SyncRun::may_say_more(const std::string& source) const {
  return over() || guarded_ || std::ranges::any_of(failures_, [&](const SyncFailure& failure) {
           return failure.source.empty() || failure.source == source;
         });
}

// What others will see may leave now; also what an earlier run held back, should its export be
// gone. Piece by piece: another's work finds its turn between them, and no transaction is large.
asio::awaitable<void> SyncRun::release(std::string source) {
  for (bool more = true; more;) {
    LedgerWork work = [&](Ledger& ledger) {
      more = ledger.release_changes(source, parts_.clock.wall());
    };
    co_await parts_.ledger.run(std::move(work));
  }
}

asio::awaitable<void> SyncRun::read(const Export& what) {
  if (counts_no_longer(what)) {
    std::vector<Export> again{what};
    const bool within = co_await within_guard(again);
    if (!within || again.empty() || over()) {
      unfinished_ = true;
      co_return;
    }
  }
  const auto stamp = stamp_of(what.file);
  progress_.export_name = what.file.filename().string();
  bool whole = false;
  const auto started = parts_.clock.steady();
  const Tally before = intake_->tally();
  reads_last_ = is_last(what);
  std::function<void()> work = [&] { attempt(what, [&] { whole = intake_->read(what); }); };
  co_await parts_.background(std::move(work));
  if (whole) tell_read(what, before, started);
  // Not only when all is sent, which may be days later.
  if (parts_.logs_rejections) log_rejections(log(), intake_->of_export());
  if (whole && stamp) {
    read_whole_.emplace_back(what, *stamp);
    if (tenant_known_) co_await put_away();
  } else if (over()) {
    unfinished_ = true;
  }
}

// On the thread that reads. The writer goes on meanwhile: what it brings to an end was seen before.
UnchangedRows SyncRun::find_unchanged(const Export& what) const {
  const auto ledger = parts_.open_reader();
  if (!ledger) return {};
  SearchOptions options;
  options.stopped = [this] { return intake_->stopped(); };
  return sync::find_unchanged(what, *ledger, options);
}

// Of its source; one that could not be read may say more, too.
bool SyncRun::is_last(const Export& what) const {
  const auto of_source = [&](const Export& other) { return other.source == what.source; };
  const auto last = std::find_if(work_.exports.rbegin(), work_.exports.rend(), of_source);
  return last->file == what.file && !may_say_more(what.source);
}

void SyncRun::tell_read(const Export& what, const Tally& before, submission::SteadyTime started) {
  const Tally& now = intake_->tally();
  const auto took = std::chrono::floor<std::chrono::milliseconds>(parts_.clock.steady() - started);
  log().write("export-read", {{"source", what.source},
                              {"export", what.file.filename().string()},
                              {"duration_ms", took.count()},
                              {"rows_read", now.rows_read - before.rows_read},
                              {"admitted", now.admitted - before.admitted},
                              {"unchanged", now.unchanged - before.unchanged},
                              {"excluded", now.excluded - before.excluded},
                              {"rejected", now.rejected - before.rejected},
                              {"refused", now.refused - before.refused}});
}

// The guard has counted it, and it was replaced or written to since.
bool SyncRun::counts_no_longer(const Export& what) const {
  const auto counted = counted_.find(what.file);
  return counted != counted_.end() && counted->second != stamp_of(what.file);
}

std::chrono::milliseconds SyncRun::still_missing(const Export& what) const {
  if (work_.named || what.settle.count() == 0) return std::chrono::milliseconds{0};
  const auto stamp = stamp_of(what.file);
  if (!stamp) return std::chrono::milliseconds{0};  // gone: reading it says so
  const submission::WallTime changed{std::chrono::floor<submission::WallTime::duration>(
      std::chrono::nanoseconds{stamp->written_ns})};
  return std::min(what.settle, what.settle - (parts_.clock.wall() - changed));
}

asio::awaitable<void> SyncRun::wait_until_still(const Export& what) {
  while (!over()) {
    const auto missing = still_missing(what);
    if (missing <= std::chrono::milliseconds{0}) co_return;
    log().write("export-waiting",
                {{"source", what.source}, {"export", what.file.filename().string()}});
    (void)co_await settling_->wait_until(parts_.clock.steady() + missing);
  }
}

// Counts what is whole: what is still being written is waited for.
asio::awaitable<bool> SyncRun::within_guard(std::vector<Export>& exports) {
  for (const auto& what : exports) co_await wait_until_still(what);
  std::vector<OverGuard> over;
  std::function<void()> work = [&] {
    if (!draining_) check_headers(exports);
    if (!draining_) over = count_for_guard(exports);
  };
  co_await parts_.background(std::move(work));
  if (over.empty() || draining_) co_return true;
  guarded_ = true;
  co_await stop_at_guard(exports, std::move(over));
  co_return false;
}

// What is over the guard.
std::vector<OverGuard> SyncRun::count_for_guard(const std::vector<Export>& exports) {
  const auto& guard = *parts_.config.guard;
  const auto ledger = parts_.open_reader();
  SurveyEnd end;
  end.stopped = [this] { return draining_.load(); };
  // A limit that keeps within the guard makes further creates harmless: all is counted then.
  const bool limited = limit_ && guard.max_creates && *limit_ <= *guard.max_creates;
  if (!limited) end.creates = guard.max_creates;
  Survey survey(ledger.get(), {}, std::move(end));
  for (const auto& what : exports) {
    counted_[what.file] = stamp_of(what.file);
    // A damage is met and told again by the reading proper.
    try {
      (void)survey.read(what, limit_);
    } catch (const mapping::ExportError&) {
    } catch (const CommandError&) {
    }
  }
  return over_guard(guard, survey, ledger.get(), limit_);
}

// A new ledger in a tenant that holds referrals is over the guard, too, and passing the guard is
// not what helps there: so the gate is asked first. If it cannot tell, the next run asks it.
asio::awaitable<void> SyncRun::stop_at_guard(const std::vector<Export>& exports,
                                             std::vector<OverGuard> over) {
  if (!sending_) {
    Gate gate = co_await tenant_is_known();
    if (gate.halt == Halt::strangers) {
      closed_ = std::move(gate);
      co_return;
    }
  }
  for (const auto& one : over) {
    auto message = fmt::format(
        "stopped by the guard, {} was sent: {}; look at `referrald plan`, then pass the guard with "
        "`referrald sync --confirm`",
        sending_ ? "nothing more" : "nothing", one.what);
    if (!one.way_out.empty()) message += ". " + one.way_out;
    failures_.push_back({"guard-stopped", Exit::stopped, std::move(message), {}, {}});
  }
  for (const auto& what : exports) {
    auto& outcome = outcome_of(what);
    outcome.handled = persistence::Handled::guarded;
    outcome.stamp = counted_[what.file];
  }
}

// Those that had exports: a source that brings none any more has no success by what others do.
std::set<std::string> SyncRun::sources_read() const {
  std::set<std::string> sources;
  for (const auto& what : work_.exports) sources.insert(what.source);
  for (const auto& failure : failures_)
    if (!failure.source.empty()) sources.insert(failure.source);
  return sources;
}

// What stays where it is need not be read again by `run`.
void SyncRun::remember_exports(Ledger& ledger) const {
  for (const auto& outcome : outcomes_) {
    const auto name = outcome.file.filename().string();
    if (outcome.archived || !outcome.handled || !outcome.stamp) {
      ledger.forget_export(outcome.source, name);
    } else {
      ledger.remember_export(
          outcome.source, {name, text_of(*outcome.stamp, outcome.mapping_version), *outcome.handled,
                           parts_.clock.wall()});
    }
  }
}

// What is done with what was read: it goes to the archive, and `run` reads it no more. Not while
// the tenant's gate is closed to it: `adopt` then takes the rows for what Partner Center holds, and
// the export alone can say what the CRM wants.
asio::awaitable<void> SyncRun::put_away() {
  const bool stays = !tenant_known_ && (intake_->tally().admitted > 0 || waited_ > 0);
  for (; !stays && !read_whole_.empty(); read_whole_.pop_front()) {
    const auto& [what, stamp] = read_whole_.front();
    auto& outcome = outcome_of(what);
    outcome.handled = persistence::Handled::read;
    outcome.stamp = stamp;
    if (what.archive && !work_.named) co_await archive(what, stamp);
  }
}

asio::awaitable<void> SyncRun::archive(Export what, FileStamp stamp) {
  std::optional<fs::path> to;
  std::error_code error;
  // Another file system takes its time, which the loop must not wait for.
  std::function<void()> move = [&] {
    try {
      to = move_to_archive(what.file, stamp, *what.archive, parts_.clock.wall());
    } catch (const fs::filesystem_error& failed) {
      error = failed.code();
    }
  };
  co_await parts_.background(std::move(move));
  auto& outcome = outcome_of(what);
  if (to) {
    outcome.archived = true;
    log().write(
        "export-archived",
        {{"source", what.source}, {"export", what.file.filename().string()}, {"to", to->string()}});
    co_return;
  }
  outcome.handled.reset();  // `run` reads it again
  const auto failed = [&](Event event, Exit exit, std::string message) {
    failures_.push_back(
        {event, exit, std::move(message), what.source, what.file.filename().string()});
  };
  if (error)
    failed("archive-failed", Exit::cannot_write,
           fmt::format("cannot move {} to the archive {}: {}; it was synced and stays",
                       what.file.string(), what.archive->string(), error.message()));
  else
    failed("export-replaced", Exit::stopped,
           fmt::format("{} was replaced or written to while it was read: it stays, and the next "
                       "sync reads it again",
                       what.file.string()));
}

}  // namespace referrald::sync
