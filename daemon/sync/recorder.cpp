#include "daemon/sync/recorder.hpp"

#include <utility>

namespace referrald::sync {
namespace {

namespace asio = boost::asio;

// Long beside a commit, short beside everything a person sees.
constexpr std::chrono::milliseconds linger{10};

}  // namespace

Recorder::Recorder(LedgerQueue& ledger, submission::Clock& clock, persistence::RunId run,
                   std::size_t together, Recorded recorded)
    : ledger_(ledger),
      clock_(clock),
      run_(run),
      together_(together),
      recorded_(std::move(recorded)),
      timer_(clock.timer()) {}

void Recorder::add(persistence::Settlement settlement) {
  ++unrecorded_;
  if (waiting_.empty()) oldest_ = clock_.steady();
  waiting_.push_back(std::move(settlement));
  if (closed_ || waiting_.size() >= together_) {
    flush();
  } else if (waiting_.size() == 1) {
    timer_->wake();
  }
}

asio::awaitable<void> Recorder::run() {
  while (!closed_) {
    const auto due = waiting_.empty() ? submission::SteadyTime::max() : oldest_ + linger;
    if (due > clock_.steady()) {
      (void)co_await timer_->wait_until(due);
    } else {
      flush();
    }
  }
}

void Recorder::close() {
  closed_ = true;
  flush();
  timer_->wake();
}

void Recorder::flush() {
  if (waiting_.empty()) return;
  auto group = std::make_shared<const Settlements>(std::exchange(waiting_, {}));
  auto results = std::make_shared<Results>();
  LedgerWork work = [group, results, run = run_](persistence::Ledger& ledger) {
    results->clear();
    for (const auto& settlement : *group) results->push_back(ledger.record(settlement, run));
  };
  ledger_.post(std::move(work), [this, group, results](std::exception_ptr error) {
    unrecorded_ -= group->size();
    recorded_(*results, std::move(error));
  });
}

}  // namespace referrald::sync
