#include "daemon/commands/run.hpp"

#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include "daemon/commands/background.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/commands/signal_watch.hpp"
#include "daemon/commands/status_feed.hpp"
#include "daemon/commands/sync_engine.hpp"
#include "daemon/commands/ticker.hpp"
#include "daemon/inbox/folder_watch.hpp"
#include "daemon/inbox/notifier.hpp"
#include "daemon/inbox/service_manager.hpp"
#include "daemon/inbox/supervisor.hpp"
#include "daemon/log_folding.hpp"
#include "daemon/spawn.hpp"
#include "daemon/submission/real_clock.hpp"
#include "persistence/writer_lock.hpp"

namespace referrald::commands {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// For a command that tells somebody.
constexpr std::chrono::seconds notify_patience{30};

// A configuration with what it names, checked.
struct Loaded {
  config::Config config;
  std::map<std::string, sync::LoadedMapping> mappings;
};

// Two daemons would take each other's files; between its syncs this one does not hold the ledger.
class DaemonLock {
 public:
  explicit DaemonLock(const fs::path& ledger) : lock_(ledger, ledger.string() + ".daemon") {}

 private:
  persistence::WriterLock lock_;
};

// A feed that runs beside a supervisor; nullptr: there is none.
class Feeding {
 public:
  Feeding(asio::io_context& io, submission::Clock& clock, StatusFeed* feed)
      : feed_(feed), ended_(clock.timer()) {
    if (feed_ == nullptr) return;
    under_way_ = true;
    spawn(io.get_executor(), feed_->run(), [this](const std::exception_ptr& error) {
      under_way_ = false;
      ended_->wake();
      if (error) std::rethrow_exception(error);  // a fault of the program
    });
  }

  // Has it end, and waits for that; to be called before it is destroyed.
  asio::awaitable<void> end() {
    if (feed_ != nullptr) feed_->stop();
    while (under_way_) (void)co_await ended_->wait_until(submission::SteadyTime::max());
  }

 private:
  StatusFeed* feed_;
  std::unique_ptr<submission::Timer> ended_;
  bool under_way_ = false;
};

class Daemon {
 public:
  // The log is the configuration's by now.
  Daemon(Globals& globals, config::Config config)
      : globals_(globals),
        config_(std::move(config)),
        log_(*globals.log, [] { return std::chrono::steady_clock::now(); }),
        clock_(submission::make_clock(io_.get_executor())),
        random_(submission::make_random()),
        started_(clock_->wall()),
        reload_signal_(io_, SIGHUP) {}

  Exit run() {
    auto loaded = std::make_unique<Loaded>(load(std::move(config_)));
    require_sign_in(loaded->config);
    lock_ = std::make_unique<DaemonLock>(loaded->config.ledger);
    SignalWatch signals(
        io_.get_executor(), [this] { stop(); }, log_);
    watch_for_reload();
    const auto ticker = watchdog();
    std::exception_ptr error;
    spawn(io_.get_executor(), serve(std::move(loaded)), [&](std::exception_ptr failure) {
      error = std::move(failure);
      signals.stop();
      reload_signal_.cancel();
      if (ticker) ticker->stop();
    });
    ask_for_short_turns();
    io_.run();
    if (error) std::rethrow_exception(error);
    return Exit::ok;
  }

 private:
  static Loaded load(config::Config config) {
    auto mappings = sync::load_mappings(config);
    return {std::move(config), std::move(mappings)};
  }

  // Waiting for it would be waiting for a person: the service manager is told at once.
  static void require_sign_in(const config::Config& config) {
    const auto& auth = config.partner_center.auth;
    if (const auto trouble = client_secret_trouble(auth); !trouble.empty())
      throw CommandError(Exit::not_authorised, trouble);
    const auto& file = auth.refresh_token;
    std::error_code error;
    if (fs::exists(file, error) || error) return;
    throw CommandError(Exit::not_authorised,
                       fmt::format("not signed in: {} is not there; sign in with `referrald login`",
                                   file.string()));
  }

  // One supervisor after another, each with a configuration of its own.
  asio::awaitable<void> serve(std::unique_ptr<Loaded> loaded) {
    std::string counted;
    while (loaded) {
      auto feed = make_feed(loaded->config, std::move(counted));
      co_await serve_once(*loaded, feed.get());
      counted = feed ? feed->counted() : std::string();
      // What was sent to a browser may ask for it a last time.
      retired_ = std::move(loaded);
      retired_feed_ = std::move(feed);
      loaded = stopping_ ? nullptr : std::move(next_);
    }
    log_.write("daemon-stopped");
  }

  asio::awaitable<void> serve_once(const Loaded& loaded, StatusFeed* feed) {
    const auto engine = make_sync_engine(loaded.config, io_.get_executor(), *clock_, *random_, log_,
                                         rate_, [feed](const submission::CallReport& call) {
                                           if (feed != nullptr) feed->called(call);
                                         });
    const auto watch = inbox::make_folder_watch(io_.get_executor());
    inbox::SupervisorParts parts{
        loaded.config,
        loaded.mappings,
        *engine,
        *watch,
        *clock_,
        *random_,
        log_,
        [this](std::function<void()> what) { return in_background(pool_, std::move(what)); },
        [this, feed] { changed(feed); },
        [this, feed, &config = loaded.config](const sync::SyncOutcome& outcome) {
          if (feed != nullptr) feed->ended(outcome);
          ended(config);
        },
        [this](const inbox::Notice& notice) {
          if (notifier_) notifier_->tell(notice);
        },
        globals_.log.get(),
        reloaded_};
    notify_by(loaded.config);
    inbox::Supervisor supervisor(std::move(parts));
    supervisor_ = &supervisor;
    current_ = &loaded;
    if (stopping_) supervisor.stop();
    Feeding feeding(io_, *clock_, feed);
    std::exception_ptr error;
    try {
      co_await supervisor.run([this] { ready(); });
    } catch (...) {
      error = std::current_exception();
    }
    co_await feeding.end();
    supervisor_ = nullptr;
    if (error) std::rethrow_exception(error);
  }

  std::unique_ptr<StatusFeed> make_feed(const config::Config& config, std::string counted) {
    return make_status_feed(
        {config, io_.get_executor(), *clock_, log_,
         [this](std::function<void()> what) { return in_background(views_, std::move(what)); },
         [this] { return supervisor_ != nullptr ? supervisor_->activity() : inbox::Activity{}; },
         started_, std::move(counted)});
  }

  void ready() {
    const auto& config = current_->config;
    const std::string& path = config.file.native();
    const Field file{"file", path};
    const Field sources{"sources", config.sources.size()};
    if (reloaded_)
      log_.write("daemon-reloaded", {file, sources});
    else
      log_.write("daemon-ready", {file, sources});
    manager_.ready();
  }

  void changed(StatusFeed* feed) {
    log_.tick();
    if (feed != nullptr) feed->beat();
    manager_.status(inbox::in_words(supervisor_->activity()));
  }

  // What ends soon is said once a day.
  void ended(const config::Config& config) {
    const auto now = globals_.now();
    const auto today = std::chrono::floor<std::chrono::days>(now);
    if (today == warned_) return;
    const auto health = sign_in_health(config.partner_center.auth, now);
    if (health.warnings.empty()) return;
    warned_ = today;
    log_warnings(health, log_);
    if (!notifier_) return;
    for (const auto& warning : health.warnings) {
      if (warning.told) continue;  // as trouble
      notifier_->tell(
          {inbox::Notice::Kind::ends_soon, "sign-in", sentence_of(warning, now), 0, now});
    }
  }

  void stop() {
    stopping_ = true;
    manager_.stopping();
    if (supervisor_ != nullptr) supervisor_->stop();
  }

  void watch_for_reload() {
    reload_signal_.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      manager_.reloading();
      reload();
      watch_for_reload();
    });
  }

  // What `log` says counts from the next start on.
  config::Config read_again() const {
    config::Problems problems;
    auto config = config::load_config(current_->config.file, problems);
    if (!config) throw CommandError(Exit::invalid, std::move(problems));
    return *std::move(config);
  }

  // One whose command has changed says what it was told before, beside the work, which goes on.
  void notify_by(const config::Config& config) {
    const auto command = config.notify ? config.notify->command : std::string();
    if (command == notify_command_) return;
    if (notifier_) told_before_.push_back(std::move(notifier_));
    if (!command.empty()) notifier_ = inbox::make_notifier(command, notify_patience, log_);
    notify_command_ = command;
  }

  // A configuration that is wrong changes nothing. The ledger's folder is looked at too.
  void reload() {
    try {
      auto loaded = std::make_unique<Loaded>(load(read_again()));
      if (loaded->config.ledger != current_->config.ledger) {
        (void)persistence::open_for_writing(loaded->config.ledger, globals_.now());
        lock_ = std::make_unique<DaemonLock>(loaded->config.ledger);
      }
      next_ = std::move(loaded);
      reloaded_ = true;
      if (supervisor_ != nullptr) supervisor_->stop();
      return;
    } catch (const CommandError& error) {
      for (const auto& problem : error.problems().list())
        log_.write_words("file-invalid", config::to_string(problem),
                         {{"file", problem.place.file},
                          {"line", problem.place.line},
                          {"column", problem.place.column}});
      if (*error.what() != '\0')
        log_.write_words("command-failed", error.what(), {{"exit_code", code(error.exit())}});
    } catch (const persistence::LedgerError& error) {
      log_.write_words("ledger-failed", error.what(), {{"exit_code", code(exit_of(error.kind()))}});
    }
    log_.write("reload-refused");
    manager_.ready();
  }

  // Fed by the loop that does the work.
  std::unique_ptr<Ticker> watchdog() {
    const auto limit = manager_.watchdog();
    if (!limit) return nullptr;
    auto ticker = std::make_unique<Ticker>(
        *clock_, std::chrono::duration_cast<std::chrono::milliseconds>(*limit / 3));
    spawn(io_.get_executor(), ticker->run([this] { manager_.alive(); }));
    return ticker;
  }

  Globals& globals_;
  config::Config config_;  // to begin with
  FoldingLog log_;
  asio::io_context io_{1};
  asio::thread_pool pool_{1};   // for looks into folders
  asio::thread_pool views_{1};  // for looks into the ledger, which nobody's work waits for
  std::unique_ptr<submission::Clock> clock_;
  std::unique_ptr<submission::Random> random_;
  std::optional<submission::RateHistory> rate_;  // kept over a reload
  const persistence::Timestamp started_;
  asio::signal_set reload_signal_;
  inbox::ServiceManager manager_;
  std::unique_ptr<DaemonLock> lock_;
  std::unique_ptr<Loaded> retired_;
  std::unique_ptr<StatusFeed> retired_feed_;
  inbox::Supervisor* supervisor_ = nullptr;
  const Loaded* current_ = nullptr;
  std::unique_ptr<Loaded> next_;  // after a reload
  std::string notify_command_;
  std::unique_ptr<inbox::Notifier> notifier_;
  std::vector<std::unique_ptr<inbox::Notifier>> told_before_;
  std::chrono::sys_days warned_{};  // of what ends soon
  bool reloaded_ = false;
  bool stopping_ = false;
};

}  // namespace

void add_run(CommandLine& line, Globals& globals) {
  line.add("run", "the daemon: watch, schedule, sync, until told to stop").runs([&globals] {
    auto config = load_config(globals);
    return Daemon(globals, std::move(config)).run();
  });
}

}  // namespace referrald::commands
