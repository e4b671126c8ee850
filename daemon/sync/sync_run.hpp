// One sync, from the exports to the summary. The command, the daemon and the tests run the same
// thing; a crash at any point is mended by running it again.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/exit.hpp"
#include "daemon/log.hpp"
#include "daemon/log_context.hpp"
#include "daemon/log_folding.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/sync/archive.hpp"
#include "daemon/sync/dispatch.hpp"
#include "daemon/sync/guard.hpp"
#include "daemon/sync/intake.hpp"
#include "daemon/sync/ledger_queue.hpp"
#include "daemon/sync/work_list.hpp"

namespace referrald::sync {

// What a run is given. All of it outlives the run.
struct SyncParts {
  const config::Config& config;
  LedgerQueue& ledger;
  // The ledger for reading beside the writer, for the guard.
  std::function<std::unique_ptr<persistence::Ledger>()> open_reader;
  submission::Transport& api;
  submission::TokenSource& tokens;
  submission::Clock& clock;
  submission::Random& random;
  Log& log;
  // Runs blocking work without blocking the io_context's thread, and rethrows its exception.
  std::function<boost::asio::awaitable<void>(std::function<void()>)> background;
  // What earlier runs of this process leave of the rate; this one leaves its own. nullptr: nothing.
  std::optional<submission::RateHistory>* rate = nullptr;
  // Lets the thread that reads rest for about a millisecond. Empty: it never does.
  std::function<void()> rest{};
  // Is told of each request to the API once it is over. Empty: nobody counts them.
  std::function<void(const submission::CallReport&)> on_call{};
  // The log tells of rejected rows, as soon as their export is read.
  bool logs_rejections = true;
};

// How far a run is, for the progress line and whoever watches.
struct SyncProgress {
  bool reading = false;
  std::uint64_t bytes_read = 0, bytes_total = 0;  // of the export being read
  std::uint64_t admitted = 0;                     // rows of this run to be sent, so far
  std::uint64_t done = 0;      // of them, and of those that waited: created or refused
  std::uint64_t waited = 0;    // rows that waited when the run began
  persistence::RunId run = 0;  // 0: not begun
  std::string export_name;     // being read
  // What has come of it so far; what reading found (unchanged, excluded, rejected, rows_read) is
  // told group by group.
  persistence::RunSummary so_far;
  config::Rate slowed_to;         // calls per second, while the service throttles
  std::uint64_t calls_today = 0;  // of the daily budget, by this run and those before it
};

// What became of one of a run's exports.
struct ExportOutcome {
  std::filesystem::path file;
  std::string source;
  std::string mapping_version;
  std::optional<persistence::Handled> handled{};  // absent: it is to be read by the next run
  bool archived = false;
  std::optional<FileStamp> stamp{};  // as it was dealt with
  Exit exit = Exit::ok;              // unreadable: why, for the operator
  std::vector<std::string> reasons{};
};

// Why an export was not synced as it should be, or why the run stopped.
struct SyncFailure {
  Event event;
  Exit exit;
  std::string message;              // empty: `problems` of the outcome say it
  std::string source, export_name;  // if it is about one
};

struct SyncOutcome {
  persistence::RunId run = 0;
  Exit exit = Exit::ok;
  submission::Halt halt = submission::Halt::none;
  std::string halt_reason;             // for the operator
  std::vector<ExportOutcome> exports;  // all of the run's
  persistence::RunSummary summary;
  std::map<std::string, std::uint64_t> rejected_by_reason;
  std::uint64_t need_person = 0;      // rows of the run's sources, in the ledger at the end
  std::uint64_t deleted = 0;          // of the excluded rows: their records are gone in the CRM
  std::uint64_t closed = 0;           // rows that ask for what their closed referral does not let
  config::Problems problems;          // of headers and mappings: why an export was refused
  std::vector<std::string> messages;  // for the operator: why else, and why the run stopped
  bool limit_reached = false;
  // What log_outcome() tells of beside the counts.
  std::vector<SyncFailure> failures;
  std::vector<Rejections> rejections;
  std::vector<RefusedBefore> refused_before;
  std::vector<std::string> remarks;  // on exports that were read all the same
  std::uint64_t backward = 0;        // rows whose status Partner Center is beyond
  std::uint64_t invitations = 0;     // rows whose invitation differs from what Microsoft has
};

class SyncRun {
 public:
  // Writes "sync" into the ledger's list of runs. `confirmed` passes the guard; `without_adopt`
  // passes the tenant's gate (tenant_gate.hpp), for this run and all later ones of the ledger.
  SyncRun(SyncParts parts, WorkList work, std::optional<std::uint64_t> limit, bool confirmed,
          bool without_adopt = false);
  ~SyncRun();

  // Everything. Throws LedgerError when the ledger failed; what else goes wrong is in the outcome,
  // which log_outcome() tells of.
  boost::asio::awaitable<SyncOutcome> run();

  // The first signal: stops reading and sending; run() returns once what has left is answered.
  void drain();

  // On the io_context's thread.
  SyncProgress progress() const;

 private:
  boost::asio::awaitable<void> begin();
  boost::asio::awaitable<void> read_and_send();
  boost::asio::awaitable<Gate> tenant_is_known();
  boost::asio::awaitable<void> read_exports();
  boost::asio::awaitable<void> wait_until_still(const Export& what);
  boost::asio::awaitable<bool> within_guard(std::vector<Export>& exports);
  boost::asio::awaitable<void> stop_at_guard(const std::vector<Export>& exports,
                                             std::vector<OverGuard> over);
  bool counts_no_longer(const Export& what) const;
  void dispatch_ended(std::exception_ptr failure);
  bool over() const { return draining_ || abandoned_; }
  bool may_say_more(const std::string& source) const;
  boost::asio::awaitable<void> release(std::string source);
  boost::asio::awaitable<void> read(const Export& what);
  void tell_read(const Export& what, const Tally& before, submission::SteadyTime started);
  persistence::RunSummary summary_so_far() const;
  void tell(SyncOutcome& outcome) const;
  boost::asio::awaitable<SyncOutcome> finish();
  UnchangedRows find_unchanged(const Export& what) const;
  bool is_last(const Export& what) const;
  void check_headers(std::vector<Export>& exports);
  std::vector<OverGuard> count_for_guard(const std::vector<Export>& exports);
  boost::asio::awaitable<void> put_away();
  boost::asio::awaitable<void> archive(Export what, FileStamp stamp);
  void refuse(const Export& what, Exit exit, const config::Problems& problems,
              const std::string& message);
  ExportOutcome& outcome_of(const Export& what);
  void remember_exports(persistence::Ledger& ledger) const;
  std::set<std::string> sources_read() const;
  std::vector<std::string> sources_caught_up(persistence::Ledger& ledger) const;
  template <typename Work>
  void attempt(const Export& what, Work work);
  Exit exit_code(const persistence::RunSummary& summary) const;
  bool ended_with_rows_waiting(const persistence::RunSummary& summary) const;
  submission::Halt halt() const { return closed_ ? closed_->halt : dispatcher_->result().halt; }
  std::chrono::milliseconds still_missing(const Export& what) const;
  IntakeOptions intake_options();
  void keep_pace(std::size_t rows) const;

  Log& log() { return *log_; }

  SyncParts parts_;
  std::unique_ptr<FoldingLog> folding_;  // of failures that repeat in this run
  std::unique_ptr<ContextLog> log_;      // with the run's id; from begin() on
  WorkList work_;
  std::optional<std::uint64_t> limit_;
  bool confirmed_;
  bool without_adopt_;
  submission::WallTime started_;
  persistence::Claim claim_;
  mapping::FingerprintKey key_;  // the ledger's
  std::uint64_t waited_ = 0;
  std::uint64_t used_today_ = 0;

  std::unique_ptr<submission::RateLimiter> limiter_;
  std::unique_ptr<submission::Client> client_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<submission::Timer> settling_;
  boost::asio::any_io_executor executor_;
  SyncProgress progress_;
  std::vector<SyncFailure> failures_;
  std::vector<ExportOutcome> outcomes_;
  config::Problems problems_;  // of the failures
  // What the guard has counted, as it was then.
  std::map<std::filesystem::path, std::optional<FileStamp>> counted_;
  std::exception_ptr error_;            // of the dispatcher or the ledger
  bool dispatched_ = false;             // the dispatcher has ended
  std::atomic<bool> sending_ = false;   // the dispatcher is at work; read by the intake's thread
  bool finishing_ = false;              // what the run comes to is being told
  std::atomic<bool> draining_ = false;  // read by the surveying thread
  bool abandoned_ = false;              // halted: reading further would help nobody
  bool guarded_ = false;                // stopped by the guard
  bool tenant_known_ = false;           // the tenant's gate is open
  std::deque<std::pair<Export, FileStamp>> read_whole_;  // and not put away yet
  bool reads_last_ = false;     // what is being read is the last export of its source
  std::optional<Gate> closed_;  // … and before that by the tenant's gate
  bool unfinished_ = false;     // an export was not read to its end
};

}  // namespace referrald::sync
