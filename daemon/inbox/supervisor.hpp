// The daemon's head: decides what is to be done next, has it done, one thing at a time, and goes on
// until it is told to stop. What goes wrong degrades the work and is tried again; it is said once.
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/inbox/activity.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "daemon/inbox/breaker.hpp"
#include "daemon/inbox/engine.hpp"
#include "daemon/inbox/folder_watch.hpp"
#include "daemon/inbox/notice.hpp"
#include "daemon/inbox/troubles.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/sync/work_list.hpp"

namespace referrald::inbox {

// All of it outlives the supervisor.
struct SupervisorParts {
  const config::Config& config;
  const std::map<std::string, sync::LoadedMapping>& mappings;
  Engine& engine;
  FolderWatch& watch;
  submission::Clock& clock;
  submission::Random& random;
  Log& log;
  // Runs blocking work beside the io_context's thread and beside a sync, and rethrows its
  // exception.
  std::function<boost::asio::awaitable<void>(std::function<void()>)> background;
  // Something may have changed in activity(). May be empty.
  std::function<void()> changed{};
  // A run has ended.
  std::function<void(const sync::SyncOutcome&)> ended{};
  // Somebody should be told. May be empty.
  std::function<void(const Notice&)> notice{};
  // For trouble, which is said when it begins and when it has passed, however soon it comes again:
  // nothing of that is folded. nullptr: `log`.
  Log* plain_log = nullptr;
  // The daemon was at work already, with another configuration: a ledger that cannot be written is
  // then waited for, as later on.
  bool resumes = false;
};

// One thread, that of the io_context that runs run().
class Supervisor {
 public:
  explicit Supervisor(SupervisorParts parts);
  ~Supervisor();

  // Until stop(). `ready` is called once the ledger is usable, or waited for while another command
  // holds it, and the folders are watched. Throws
  // LedgerError when the ledger is of no use (damaged, newer, of another tenant), at the start also
  // when it cannot be written.
  boost::asio::awaitable<void> run(std::function<void()> ready);

  // Drains what is under way, after which run() returns.
  void stop();

  Activity activity() const;

 private:
  // A source as the supervisor keeps it.
  struct Watched {
    const config::Source& source;
    config::Schedule schedule;
    Arrivals arrivals;  // used by looks alone, which are made beside the loop
    // What the next look is to be told first.
    std::vector<std::string> moved_in{};
    std::map<std::filesystem::path, submission::SteadyTime> postponed{};
    std::vector<std::filesystem::path> ready{};
    std::optional<submission::SteadyTime> due{};        // every: the next look
    std::optional<submission::WallTime> due_at{};       // daily: the same
    std::optional<submission::SteadyTime> next_look{};  // a file may be complete then
    bool waits_for_files = false;                       // it was due, and they are not complete
    std::string trouble{};
    std::map<std::filesystem::path, int> failures{};  // runs in a row that did not settle the file
  };
  struct Running {
    std::string source;
    std::vector<std::filesystem::path> files;
    submission::WallTime began{};
    std::optional<submission::SteadyTime> sending_since{};
    bool interrupted = false;
    bool settled = false;  // what became of its exports is known
  };

  boost::asio::awaitable<void> look_around();
  boost::asio::awaitable<void> look_into(Watched& watched);
  void watch_folders();
  bool is_due(const Watched& watched) const;
  void looked_at(Watched& watched);
  void next_step();
  bool may_send() const;
  std::optional<sync::WorkList> next_work();
  sync::WorkList work_of(Watched& watched) const;
  void start(sync::WorkList work);
  void probe();
  void consider_interrupting();
  boost::asio::awaitable<void> run_once(sync::WorkList work);
  boost::asio::awaitable<void> probe_once();
  void finished(const sync::SyncOutcome& outcome);
  void settle(const sync::ExportOutcome& outcome, persistence::RunId run, bool halted);
  void begin_watching();
  boost::asio::awaitable<void> set_aside_unreadable(const sync::SyncOutcome& outcome);
  void tell_unreadable(const sync::ExportOutcome& outcome, persistence::RunId run,
                       const std::optional<std::filesystem::path>& to) const;
  void service_answered();
  void go_on_after(const sync::SyncOutcome& outcome);
  void trouble(Exit kind, Event event, const std::string& reason,
               std::optional<persistence::RunId> run = {});
  void tell_reasons(const sync::ExportOutcome& outcome, persistence::RunId run) const;
  void look_again(Watched& watched);
  bool was_missed(const Watched& watched) const;
  void notice_mappings();
  void notice_silence();
  void succeeded();
  void notice_rows(const sync::SyncOutcome& outcome);
  void tell(Notice::Kind kind, const std::string& subject, const std::string& message,
            std::uint64_t rows = 0) const;
  void ledger_failed(const persistence::LedgerError& error);
  void notice_clock();
  void told(const FolderEvent& event);
  submission::SteadyTime next_wake() const;
  submission::SteadyTime steady_of(submission::WallTime time) const;
  submission::WallTime wall_of(submission::SteadyTime time) const;
  Activity::Phase phase(bool reading) const;
  void notice_phase();
  void wake();

  void held_by_guard(const sync::SyncOutcome& outcome, const sync::SyncFailure& failure);
  void ledger_answered();
  void begin(boost::asio::awaitable<void> job);
  Watched* find(const std::string& source);

  SupervisorParts parts_;
  std::list<Watched> sources_;
  std::unique_ptr<submission::Timer> timer_;
  boost::asio::any_io_executor executor_;
  Breaker breaker_;
  Troubles troubles_;
  std::optional<Running> running_;
  bool probing_ = false;
  bool started_ = false;
  bool stopping_ = false;
  bool look_wanted_ = true;
  bool woken_ = false;
  std::exception_ptr error_;
  submission::SteadyTime next_scan_{};
  submission::SteadyTime not_before_{};             // no job: the ledger cannot be used
  std::optional<submission::SteadyTime> go_on_at_;  // rows wait
  bool budget_used_up_ = false;
  Activity::Phase phase_ = Activity::Phase::starting;  // when last looked at
  std::optional<submission::WallTime> phase_since_;
  int idle_runs_ = 0;  // in a row that left rows waiting and sent none
  std::uint64_t waiting_ = 0;
  persistence::RunId last_run_ = 0;
  submission::WallTime began_{};
  std::string last_source_;
  submission::SteadyTime last_success_{};
  bool silent_ = false;                     // and it was told
  std::uint64_t needed_persons_ = 0;        // rows, when last told
  std::chrono::nanoseconds wall_offset_{};  // wall less steady clock, when last compared
};

}  // namespace referrald::inbox
