#include "daemon/inbox/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "daemon/exports.hpp"
#include "daemon/inbox/calendar.hpp"
#include "daemon/spawn.hpp"

namespace referrald::inbox {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::LedgerError;
using submission::SteadyTime;
using submission::WallTime;

// The net under the watched folders.
constexpr std::chrono::seconds slow_scan{60};
// While a run is under way, its progress is looked at.
constexpr std::chrono::seconds tick{1};
// A run sends so long at least before new exports may interrupt it.
constexpr std::chrono::seconds least_sending{30};
// Waits are short enough that a wall clock that is set is noticed.
constexpr std::chrono::minutes longest_wait{5};

std::string in_one_line(const CommandError& error) {
  return error.problems().empty() ? error.what()
                                  : config::to_string(error.problems().list().front());
}

// Of what keeps the service from being asked.
Event event_of(Exit exit) {
  if (exit == Exit::not_authorised) return "sign-in-refused";
  if (exit == Exit::cannot_write) return "sign-in-not-stored";
  return "service-unavailable";
}

}  // namespace

Supervisor::Supervisor(SupervisorParts parts)
    : parts_(std::move(parts)),
      timer_(parts_.clock.timer()),
      troubles_(parts_.plain_log != nullptr ? *parts_.plain_log : parts_.log, parts_.clock,
                [this](bool began, const std::string& key, const std::string& message) {
                  tell(began ? Notice::Kind::trouble : Notice::Kind::recovered, key, message);
                }),
      began_(parts_.clock.wall()) {
  for (const auto& source : parts_.config.sources) {
    const auto schedule = config::parse_schedule(source.schedule).value_or(config::Schedule{});
    sources_.push_back(
        {source, schedule, Arrivals(source, parts_.mappings.at(source.name).version, began_)});
  }
  wall_offset_ = parts_.clock.wall().time_since_epoch() - parts_.clock.steady().time_since_epoch();
}

Supervisor::~Supervisor() = default;

asio::awaitable<void> Supervisor::run(std::function<void()> ready) {
  executor_ = co_await asio::this_coro::executor;
  try {
    const auto backlog = co_await parts_.engine.prepare();
    needed_persons_ = backlog.cut_off ? 0 : backlog.need_person;
    waiting_ = backlog.waiting;
    if (waiting_ > 0) go_on_at_ = parts_.clock.steady();
  } catch (const persistence::LedgerError& error) {
    if (!parts_.resumes && error.kind() != persistence::LedgerError::Kind::held) throw;
    ledger_failed(error);
  }
  begin_watching();
  last_success_ = parts_.clock.steady();
  ready();
  started_ = true;
  while (!stopping_ && !error_) {
    woken_ = false;
    notice_clock();
    notice_silence();
    co_await look_around();
    next_step();
    notice_phase();
    if (parts_.changed) parts_.changed();
    if (!woken_ && !stopping_) (void)co_await timer_->wait_until(next_wake());
  }
  if (error_ && (running_ || probing_)) parts_.engine.drain();
  while (running_ || probing_) {
    notice_phase();
    if (parts_.changed) parts_.changed();
    (void)co_await timer_->wait_until(SteadyTime::max());
  }
  parts_.watch.stop();
  if (error_) std::rethrow_exception(error_);
}

void Supervisor::begin_watching() {
  parts_.watch.on_event([this](const FolderEvent& event) { told(event); });
  const auto now = parts_.clock.wall();
  for (auto& watched : sources_) {
    if (watched.schedule.kind == config::Schedule::Kind::every) watched.due = parts_.clock.steady();
    if (watched.schedule.kind == config::Schedule::Kind::daily)
      watched.due_at = was_missed(watched) ? now : next_daily(watched.schedule, now);
  }
  watch_folders();
}

// Files lie there that were to be read at the last time of a daily schedule, when nobody was
// running. (Those that were read and stay are passed over by the look.)
bool Supervisor::was_missed(const Watched& watched) const {
  const auto last = last_daily(watched.schedule, parts_.clock.wall());
  try {
    return std::ranges::any_of(matching_exports(watched.source.exports), [&](const fs::path& file) {
      const auto stamp = sync::stamp_of(file);
      return stamp && WallTime{std::chrono::floor<WallTime::duration>(
                          std::chrono::nanoseconds{stamp->written_ns})} < last;
    });
  } catch (const fs::filesystem_error&) {
    return false;  // the look tells of it
  }
}

void Supervisor::stop() {
  stopping_ = true;
  if (running_ || probing_) parts_.engine.drain();
  wake();
}

void Supervisor::wake() {
  woken_ = true;
  timer_->wake();
}

SteadyTime Supervisor::steady_of(WallTime time) const {
  return parts_.clock.steady() + (time - parts_.clock.wall());
}

Supervisor::Watched* Supervisor::find(const std::string& source) {
  const auto found = std::ranges::find_if(
      sources_, [&](const Watched& watched) { return watched.source.name == source; });
  return found == sources_.end() ? nullptr : &*found;
}

// -- what there is to do --------------------------------------------------------------------------

void Supervisor::told(const FolderEvent& event) {
  for (auto& watched : sources_)
    if (watched.source.exports.parent_path() == event.folder && event.moved_in)
      watched.moved_in.push_back(event.name);
  look_wanted_ = true;
  wake();
}

void Supervisor::watch_folders() {
  for (const auto& watched : sources_)
    (void)parts_.watch.watch(watched.source.exports.parent_path());
}

bool Supervisor::is_due(const Watched& watched) const {
  switch (watched.schedule.kind) {
    case config::Schedule::Kind::on_arrival:
      return true;
    case config::Schedule::Kind::every:
      return watched.waits_for_files || watched.due <= parts_.clock.steady();
    case config::Schedule::Kind::daily:
      break;
  }
  return watched.waits_for_files || watched.due_at <= parts_.clock.wall();
}

asio::awaitable<void> Supervisor::look_around() {
  const auto now = parts_.clock.steady();
  const bool scan = look_wanted_ || now >= next_scan_;
  if (scan) {
    look_wanted_ = false;
    next_scan_ = now + slow_scan;
    watch_folders();
    notice_mappings();
  }
  // What was read already only the ledger knows.
  if (now < not_before_) {
    look_wanted_ = true;
    co_return;
  }
  for (auto& watched : sources_) {
    const bool timed = watched.schedule.kind != config::Schedule::Kind::on_arrival;
    const bool young = watched.next_look && *watched.next_look <= now;
    if (is_due(watched) && (scan || young || (timed && !watched.waits_for_files)))
      co_await look_into(watched);
  }
}

asio::awaitable<void> Supervisor::look_into(Watched& watched) {
  const auto& name = watched.source.name;
  std::vector<persistence::HandledExport> handled;
  try {
    handled = co_await parts_.engine.handled(name);
  } catch (const LedgerError& error) {
    ledger_failed(error);
    co_return;
  }
  for (const auto& moved : std::exchange(watched.moved_in, {})) watched.arrivals.moved_in(moved);
  for (const auto& [file, until] : std::exchange(watched.postponed, {}))
    watched.arrivals.postpone(file, until);
  Look found;
  bool held = false;
  std::function<void()> look = [&] {
    found = watched.arrivals.look(handled, parts_.clock.wall(), parts_.clock.steady());
    held = std::ranges::any_of(handled, [&](const auto& what) {
      std::error_code error;
      return what.handled == persistence::Handled::guarded &&
             fs::exists(fs::path(watched.source.exports).parent_path() / what.name, error);
    });
  };
  co_await parts_.background(std::move(look));
  if (!held) troubles_.pass("guard " + name, "guard-passed", "");
  watched.ready = std::move(found.ready);
  watched.next_look = found.next_look;
  watched.trouble = found.trouble;
  std::erase_if(watched.ready, [&](const fs::path& file) {
    const bool being_read = running_ && running_->source == name &&
                            std::ranges::find(running_->files, file) != running_->files.end();
    return being_read || watched.postponed.contains(file);
  });
  if (watched.trouble.empty())
    troubles_.pass("source " + name, "folder-back",
                   fmt::format("source {}: its folder is there again", name));
  else
    troubles_.begin(
        "source " + name, "folder-missing",
        fmt::format("source {}: {}; it is looked for again and again", name, watched.trouble));
  looked_at(watched);
}

// A scheduled source has had its look when nothing in it is still being written.
void Supervisor::looked_at(Watched& watched) {
  watched.waits_for_files = watched.next_look.has_value();
  if (watched.waits_for_files) return;
  if (watched.schedule.kind == config::Schedule::Kind::every)
    watched.due = parts_.clock.steady() + watched.schedule.every;
  if (watched.schedule.kind == config::Schedule::Kind::daily)
    watched.due_at = next_daily(watched.schedule, parts_.clock.wall());
}

bool Supervisor::may_send() const {
  return !running_ && !probing_ && !stopping_ && parts_.clock.steady() >= not_before_;
}

void Supervisor::next_step() {
  if (running_) {
    // That it is well again is told at once, not when a backlog of hours is sent.
    const auto so_far = parts_.engine.progress().so_far;
    if (so_far.created + so_far.updated > 0) {
      service_answered();
      ledger_answered();
    }
    consider_interrupting();
  } else if (!may_send()) {
    return;
  } else if (breaker_.open()) {
    if (breaker_.next_try() <= parts_.clock.steady()) probe();
  } else if (auto work = next_work()) {
    start(*std::move(work));
  }
}

// Sources take turns, beginning behind the one that was read last.
std::optional<sync::WorkList> Supervisor::next_work() {
  auto first = std::ranges::find_if(
      sources_, [&](const Watched& watched) { return watched.source.name == last_source_; });
  if (first != sources_.end()) ++first;
  for (std::size_t n = 0; n < sources_.size(); ++n, ++first) {
    if (first == sources_.end()) first = sources_.begin();
    if (!first->ready.empty()) return work_of(*first);
  }
  if (!go_on_at_ || *go_on_at_ > parts_.clock.steady()) return std::nullopt;
  sync::WorkList work;
  for (const auto& source : parts_.config.sources) work.sources.push_back(source.name);
  return work;
}

sync::WorkList Supervisor::work_of(Watched& watched) const {
  sync::WorkList work;
  for (const auto& source : parts_.config.sources) work.sources.push_back(source.name);
  const auto& mapping = parts_.mappings.at(watched.source.name);
  // They are complete: nothing is waited for.
  for (auto& file : watched.ready)
    work.exports.push_back({std::move(file), watched.source.name, mapping.mapping,
                            std::chrono::milliseconds{0}, watched.source.archive, mapping.version});
  watched.ready.clear();
  return work;
}

// A run that only sends what waits makes room for exports that have come; it goes on after them.
void Supervisor::consider_interrupting() {
  const auto now = parts_.clock.steady();
  const bool reading = parts_.engine.progress().reading;
  if (reading || !running_->sending_since) {
    running_->sending_since = now;
    return;
  }
  const bool wanted =
      std::ranges::any_of(sources_, [](const Watched& watched) { return !watched.ready.empty(); });
  if (!wanted || running_->interrupted || now - *running_->sending_since < least_sending) return;
  running_->interrupted = true;
  parts_.log.write("sending-interrupted");
  parts_.engine.drain();
}

SteadyTime Supervisor::next_wake() const {
  const auto now = parts_.clock.steady();
  auto wake = std::min(next_scan_, now + longest_wait);
  const auto earlier = [&](std::optional<SteadyTime> time) {
    if (time && *time < wake) wake = *time;
  };
  if (running_) earlier(now + tick);
  for (const auto& watched : sources_) {
    if (now < not_before_) break;  // see look_around()
    earlier(watched.next_look);
    if (watched.waits_for_files) continue;  // its time has come already
    earlier(watched.due);
    if (watched.due_at) earlier(steady_of(*watched.due_at));
  }
  if (running_ || probing_) return wake;
  if (not_before_ > now)
    earlier(not_before_);
  else
    earlier(breaker_.open() ? breaker_.next_try() : go_on_at_);
  return std::max(wake, now);
}

// -- doing it -------------------------------------------------------------------------------------

void Supervisor::begin(asio::awaitable<void> job) {
  spawn(executor_, std::move(job), [this](std::exception_ptr error) {
    if (running_ && !running_->settled)
      if (auto* watched = find(running_->source)) look_again(*watched);
    running_.reset();
    probing_ = false;
    if (error && !error_) error_ = std::move(error);
    // What came meanwhile was passed over.
    look_wanted_ = true;
    wake();
  });
}

void Supervisor::start(sync::WorkList work) {
  Running running;
  running.began = parts_.clock.wall();
  if (!work.exports.empty()) running.source = work.exports.front().source;
  for (const auto& what : work.exports) running.files.push_back(what.file);
  if (!running.source.empty()) last_source_ = running.source;
  running_ = std::move(running);
  go_on_at_.reset();
  begin(run_once(std::move(work)));
}

void Supervisor::probe() {
  probing_ = true;
  begin(probe_once());
}

asio::awaitable<void> Supervisor::probe_once() {
  Probed probed;
  try {
    probed = co_await parts_.engine.probe();
  } catch (const CommandError& error) {
    probed = {error.exit(), in_one_line(error)};
  }
  if (stopping_) co_return;
  if (probed.exit != Exit::ok) {
    trouble(probed.exit, event_of(probed.exit), probed.reason);
    co_return;
  }
  breaker_.answered();
  if (!go_on_at_) go_on_at_ = parts_.clock.steady();
}

asio::awaitable<void> Supervisor::run_once(sync::WorkList work) {
  try {
    sync::SyncOutcome outcome = co_await parts_.engine.sync(std::move(work));
    ledger_answered();
    co_await set_aside_unreadable(outcome);
    finished(outcome);
  } catch (const LedgerError& error) {
    ledger_failed(error);
  } catch (const CommandError& error) {
    trouble(error.exit(), event_of(error.exit()), in_one_line(error));
  }
}

// -- for whoever looks ----------------------------------------------------------------------------

Activity Supervisor::activity() const {
  Activity activity;
  activity.last_run = last_run_;
  activity.waiting = waiting_;
  activity.troubles = troubles_.list();
  if (running_) {
    activity.progress = parts_.engine.progress();
    activity.source = running_->source;
    if (!running_->files.empty())
      activity.export_name = running_->files.front().filename().string();
    activity.run_began = running_->began;
  }
  activity.phase = phase(activity.progress.reading);
  if (activity.phase == phase_) activity.since = phase_since_;
  if (activity.phase == Activity::Phase::trouble) {
    const auto* ledger = troubles_.find("ledger");
    activity.reason = ledger != nullptr ? ledger->message : breaker_.reason();
    activity.next_try = wall_of(ledger != nullptr ? not_before_ : breaker_.next_try());
  } else if (activity.phase == Activity::Phase::budget && go_on_at_) {
    activity.next_try = wall_of(*go_on_at_);
  }
  for (const auto& watched : sources_) {
    auto& source = activity.sources.emplace_back();
    source.name = watched.source.name;
    source.schedule = watched.source.schedule;
    source.trouble = watched.trouble;
    source.next_look = watched.due_at;
    if (watched.due) source.next_look = wall_of(*watched.due);
  }
  return activity;
}

void Supervisor::notice_phase() {
  const auto now = phase(running_ && parts_.engine.progress().reading);
  if (phase_since_ && now == phase_) return;
  phase_ = now;
  phase_since_ = parts_.clock.wall();
}

Activity::Phase Supervisor::phase(bool reading) const {
  using Phase = Activity::Phase;
  if (stopping_) return Phase::stopping;
  if (!started_) return Phase::starting;
  if (running_) return reading ? Phase::reading : Phase::sending;
  if (breaker_.open() || troubles_.find("ledger") != nullptr) return Phase::trouble;
  return budget_used_up_ && waiting_ > 0 ? Phase::budget : Phase::idle;
}

WallTime Supervisor::wall_of(SteadyTime time) const {
  return parts_.clock.wall() + std::chrono::floor<WallTime::duration>(time - parts_.clock.steady());
}

}  // namespace referrald::inbox
