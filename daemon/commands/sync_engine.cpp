#include "daemon/commands/sync_engine.hpp"

#include <thread>

#include <boost/asio/thread_pool.hpp>

#include "daemon/commands/background.hpp"
#include "daemon/commands/online_check.hpp"
#include "daemon/commands/service.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/ledger_queue.hpp"

namespace referrald::commands {
namespace {

namespace asio = boost::asio;
using persistence::State;

class SyncEngine final : public inbox::Engine {
 public:
  SyncEngine(const config::Config& config, asio::any_io_executor executor, submission::Clock& clock,
             submission::Random& random, Log& log, std::optional<submission::RateHistory>& rate,
             std::function<void(const submission::CallReport&)> on_call)
      : config_(config),
        executor_(std::move(executor)),
        clock_(clock),
        random_(random),
        log_(log),
        rate_(rate),
        on_call_(std::move(on_call)) {}

  asio::awaitable<inbox::Backlog> prepare() override {
    inbox::Backlog backlog;
    std::function<void()> work = [&] {
      const auto ledger = persistence::open_for_writing(config_.ledger, clock_.wall());
      for (const auto& [state, rows] : ledger->counts(names_of_sources()))
        if (state == State::pending || state == State::sending || state == State::in_doubt)
          backlog.waiting += rows;
        else if (state == State::rejected || state == State::refused)
          backlog.need_person += rows;
      const auto runs = ledger->runs(1);
      backlog.cut_off = !runs.empty() && !runs.front().finished;
    };
    co_await background(std::move(work));
    co_return backlog;
  }

  asio::awaitable<sync::SyncOutcome> sync(sync::WorkList work) override {
    draining_ = false;
    std::unique_ptr<persistence::Ledger> ledger;
    std::function<void()> open = [&] {
      ledger = persistence::open_for_writing(config_.ledger, clock_.wall());
    };
    co_await background(std::move(open));
    Service service(config_, executor_, clock_, random_);
    const auto queue = sync::make_ledger_thread(*ledger, executor_);
    sync::SyncParts parts{
        config_,
        *queue,
        [this] { return persistence::open_for_reading(config_.ledger); },
        service.api(),
        service.tokens(),
        clock_,
        random_,
        log_,
        [this](std::function<void()> what) { return background(std::move(what)); },
        &rate_,
        [] { std::this_thread::sleep_for(std::chrono::milliseconds{1}); },
        on_call_};
    sync::SyncRun run(std::move(parts), std::move(work), std::nullopt, false, false);
    run_ = &run;
    if (draining_) run.drain();
    sync::SyncOutcome outcome;
    std::exception_ptr error;
    try {
      outcome = co_await run.run();
    } catch (...) {
      error = std::current_exception();
    }
    run_ = nullptr;
    co_await service.close();
    if (error) std::rethrow_exception(error);
    co_return outcome;
  }

  asio::awaitable<inbox::Probed> probe() override {
    auto settings = config_.submission;
    settings.retry.attempts = 1;
    std::uint64_t used = 0;
    std::function<void()> ask = [&] {
      try {
        const auto ledger = persistence::open_for_reading(config_.ledger);
        if (ledger) used = ledger->calls(submission::format_time(clock_.wall()).substr(0, 10));
      } catch (const persistence::LedgerError&) {  // the next sync tells of it
      }
    };
    co_await background(std::move(ask));
    submission::RateLimiter limiter(settings.rate, settings.burst, settings.daily_budget, used,
                                    clock_);
    if (rate_) limiter.go_on_from(*rate_);
    Service service(config_, executor_, clock_, random_);
    submission::Client client(service.api(), service.tokens(), limiter, clock_, random_, settings);
    if (on_call_) client.on_call(on_call_);
    probed_ = &client;
    Online online;
    std::exception_ptr error;
    try {
      asio::awaitable<Online> read = commands::probe(client, config_.partner_center.url);
      online = co_await std::move(read);
    } catch (...) {
      error = std::current_exception();
    }
    probed_ = nullptr;
    std::function<void()> count = [&] { count_calls(limiter); };
    if (settings.daily_budget) co_await background(std::move(count));
    rate_ = limiter.history();
    co_await service.close();
    if (error) std::rethrow_exception(error);
    // One that asks to slow down takes requests again: the sync waits as it asks.
    co_return inbox::Probed{online.throttled ? Exit::ok : online.exit, online.sentence};
  }

  asio::awaitable<std::vector<persistence::HandledExport>> handled(
      const std::string& source) override {
    // Beside a writer a look is short, and this one is answered from memory mostly.
    const auto ledger = persistence::open_for_reading(config_.ledger);
    co_return ledger ? ledger->handled_exports(source) : std::vector<persistence::HandledExport>{};
  }

  void drain() override {
    draining_ = true;
    if (run_ != nullptr) run_->drain();
    if (probed_ != nullptr) probed_->stop();
  }

  sync::SyncProgress progress() const override {
    return run_ != nullptr ? run_->progress() : sync::SyncProgress{};
  }

 private:
  // For the day's budget. Where the ledger cannot be written to, it hears of them with the next
  // sync.
  void count_calls(submission::RateLimiter& limiter) {
    try {
      const auto ledger = persistence::open_for_writing(config_.ledger, clock_.wall());
      ledger->begin();
      for (const auto& [day, calls] : limiter.take_unrecorded()) ledger->add_calls(day, calls);
      ledger->commit();
    } catch (const persistence::LedgerError&) {  // the next sync tells of it
    }
  }

  asio::awaitable<void> background(std::function<void()> work) {
    return in_background(pool_, std::move(work));
  }

  std::vector<std::string> names_of_sources() const {
    std::vector<std::string> names;
    names.reserve(config_.sources.size());
    for (const auto& source : config_.sources) names.push_back(source.name);
    return names;
  }

  const config::Config& config_;
  asio::any_io_executor executor_;
  submission::Clock& clock_;
  submission::Random& random_;
  Log& log_;
  std::optional<submission::RateHistory>& rate_;
  std::function<void(const submission::CallReport&)> on_call_;
  sync::SyncRun* run_ = nullptr;          // under way
  submission::Client* probed_ = nullptr;  // the same of a probe
  bool draining_ = false;
  asio::thread_pool pool_{1};
};

}  // namespace

std::unique_ptr<inbox::Engine> make_sync_engine(
    const config::Config& config, asio::any_io_executor executor, submission::Clock& clock,
    submission::Random& random, Log& log, std::optional<submission::RateHistory>& rate,
    std::function<void(const submission::CallReport&)> on_call) {
  return std::make_unique<SyncEngine>(config, std::move(executor), clock, random, log, rate,
                                      std::move(on_call));
}

}  // namespace referrald::commands
