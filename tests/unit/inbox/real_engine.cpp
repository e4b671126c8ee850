#include "tests/unit/inbox/real_engine.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/submission/client.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/ledger_queue.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using persistence::State;
using submission::Answer;
using submission::TokenResult;

// Asks before each piece of work.
class GuardedLedger final : public sync::LedgerQueue {
 public:
  GuardedLedger(std::unique_ptr<sync::LedgerQueue> inner, std::function<void()> before)
      : inner_(std::move(inner)), before_(std::move(before)) {}

  asio::awaitable<void> run(sync::LedgerWork work) override {
    sync::LedgerWork asked = asking(std::move(work));
    co_await inner_->run(std::move(asked));
  }
  void post(sync::LedgerWork work, std::function<void(std::exception_ptr)> done) override {
    inner_->post(asking(std::move(work)), std::move(done));
  }
  std::future<void> submit(sync::LedgerWork work,
                           std::function<void(std::exception_ptr)> done) override {
    return inner_->submit(asking(std::move(work)), std::move(done));
  }

 private:
  sync::LedgerWork asking(sync::LedgerWork work) const {
    return [before = before_, work = std::move(work)](persistence::Ledger& ledger) {
      before();
      work(ledger);
    };
  }

  std::unique_ptr<sync::LedgerQueue> inner_;
  std::function<void()> before_;
};

// Behind what the work has posted, as when another thread does it.
asio::awaitable<void> in_background(std::function<void()> work) {
  std::exception_ptr error;
  try {
    work();
  } catch (...) {
    error = std::current_exception();
  }
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  if (error) std::rethrow_exception(error);
}

inbox::Probed judged(const Answer& answer) {
  if (answer.kind == Answer::Kind::no_token)
    return {answer.token == TokenResult::Kind::not_authorised ? Exit::not_authorised
                                                              : Exit::unavailable,
            answer.error};
  const int status = answer.response.status;
  if (answer.kind != Answer::Kind::answered) return {Exit::unavailable, answer.error};
  if (status == 200 && submission::parse_page(answer.response.body)) return {};
  return {status == 401 || status == 403 ? Exit::not_authorised : Exit::unavailable,
          "it answers with HTTP " + std::to_string(status)};
}

}  // namespace

std::unique_ptr<persistence::Ledger> RealEngine::open() const {
  parts_.before_writing();
  return persistence::open_for_writing(parts_.config.ledger, parts_.clock.wall());
}

asio::awaitable<inbox::Backlog> RealEngine::prepare() {
  inbox::Backlog backlog;
  std::vector<std::string> names;
  for (const auto& source : parts_.config.sources) names.push_back(source.name);
  for (const auto& [state, rows] : open()->counts(names))
    if (state == State::pending || state == State::sending || state == State::in_doubt)
      backlog.waiting += rows;
  co_return backlog;
}

asio::awaitable<sync::SyncOutcome> RealEngine::sync(sync::WorkList work) {
  const auto ledger = open();
  GuardedLedger queue(sync::make_inline_ledger(*ledger, parts_.executor), parts_.before_writing);
  sync::SyncParts parts{parts_.config,
                        queue,
                        [this] { return persistence::open_for_reading(parts_.config.ledger); },
                        parts_.api,
                        parts_.tokens,
                        parts_.clock,
                        parts_.random,
                        parts_.log,
                        [](std::function<void()> what) { return in_background(std::move(what)); },
                        &rate_};
  sync::SyncRun run(std::move(parts), std::move(work), std::nullopt, false, false);
  run_ = &run;
  sync::SyncOutcome outcome;
  std::exception_ptr error;
  try {
    outcome = co_await run.run();
  } catch (...) {
    error = std::current_exception();
  }
  run_ = nullptr;
  handled_.clear();
  if (error) std::rethrow_exception(error);
  co_return outcome;
}

asio::awaitable<inbox::Probed> RealEngine::probe() {
  auto settings = parts_.config.submission;
  settings.retry.attempts = 1;
  submission::RateLimiter limiter(settings.rate, settings.burst, {}, 0, parts_.clock);
  if (rate_) limiter.go_on_from(*rate_);
  submission::Client client(parts_.api, parts_.tokens, limiter, parts_.clock, parts_.random,
                            settings);
  probed_ = &client;
  const Answer answer = co_await client.get(std::string(submission::referrals_path) +
                                            "?$orderby=createdDateTime%20desc");
  probed_ = nullptr;
  rate_ = limiter.history();
  co_return judged(answer);
}

asio::awaitable<std::vector<persistence::HandledExport>> RealEngine::handled(
    const std::string& source) {
  const auto known = handled_.find(source);
  if (known != handled_.end()) co_return known->second;
  const auto ledger = persistence::open_for_reading(parts_.config.ledger);
  if (!ledger) co_return std::vector<persistence::HandledExport>{};
  auto handled = ledger->handled_exports(source);
  if (run_ == nullptr) handled_[source] = handled;
  co_return handled;
}

void RealEngine::drain() {
  if (run_ != nullptr) run_->drain();
  if (probed_ != nullptr) probed_->stop();
}

sync::SyncProgress RealEngine::progress() const {
  return run_ != nullptr ? run_->progress() : sync::SyncProgress{};
}

}  // namespace referrald::test
