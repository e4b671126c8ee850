// One sync, from the exports to the summary. The command, the daemon and the tests run the same
// thing; a crash at any point is mended by running it again.
#pragma once

#include <atomic>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/exit.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/sync/archive.hpp"
#include "daemon/sync/dispatch.hpp"
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
  // Lets the thread that reads rest for about a millisecond. Empty: it never does.
  std::function<void()> rest{};
  // Is told of each request to the API once it is over. Empty: nobody counts them.
  std::function<void(const submission::CallReport&)> on_call{};
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

struct SyncOutcome {
  persistence::RunId run = 0;
  Exit exit = Exit::ok;
  persistence::RunSummary summary;
  std::map<std::string, std::uint64_t> rejected_by_reason;
  std::uint64_t deleted = 0;          // of the excluded rows: their records are gone in the CRM
  config::Problems problems;          // of headers and mappings: why an export was refused
  std::vector<std::string> messages;  // for the operator: why else, and why the run stopped
  bool limit_reached = false;
};

class SyncRun {
 public:
  // Writes "sync" into the ledger's list of runs.
  SyncRun(SyncParts parts, WorkList work, std::optional<std::uint64_t> limit, bool confirmed);
  ~SyncRun();

  // Everything. Throws LedgerError when the ledger failed; what else goes wrong is in the outcome.
  boost::asio::awaitable<SyncOutcome> run();

  // The first signal: stops reading and sending; run() returns once what has left is answered.
  void drain();

  // On the io_context's thread.
  SyncProgress progress() const;

 private:
  struct Failure {
    Exit exit;
    std::string message;
  };

  boost::asio::awaitable<void> begin();
  boost::asio::awaitable<void> read_and_send();
  boost::asio::awaitable<Gate> tenant_is_known();
  boost::asio::awaitable<void> read_exports();
  boost::asio::awaitable<void> wait_until_still(const Export& what);
  boost::asio::awaitable<bool> within_guard(std::vector<Export>& exports);
  bool counts_no_longer(const Export& what) const;
  void dispatch_ended(std::exception_ptr failure);
  bool over() const { return draining_ || abandoned_; }
  boost::asio::awaitable<void> read(const Export& what);
  boost::asio::awaitable<SyncOutcome> finish();
  void check_headers(std::vector<Export>& exports);
  bool check_guard(const std::vector<Export>& exports);
  void archive(const Export& what, const FileStamp& stamp);
  void refuse(const Export& what, Exit exit, const std::string& message);
  template <typename Work>
  void attempt(const Export& what, Work work);
  Exit exit_code(const persistence::RunSummary& summary) const;
  std::chrono::milliseconds still_missing(const Export& what) const;
  IntakeOptions intake_options();
  void keep_pace() const;

  SyncParts parts_;
  WorkList work_;
  std::optional<std::uint64_t> limit_;
  bool confirmed_;
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
  std::vector<Failure> failures_;
  config::Problems problems_;  // of the failures
  // What the guard has counted, as it was then.
  std::map<std::filesystem::path, std::optional<FileStamp>> counted_;
  std::exception_ptr error_;            // of the dispatcher or the ledger
  bool dispatched_ = false;             // the dispatcher has ended
  std::atomic<bool> sending_ = false;   // the dispatcher is at work; read by the intake's thread
  std::atomic<bool> draining_ = false;  // read by the surveying thread
  bool abandoned_ = false;              // halted: reading further would help nobody
  bool guarded_ = false;                // stopped by the guard
  bool unfinished_ = false;             // an export was not read to its end
};

}  // namespace referrald::sync
