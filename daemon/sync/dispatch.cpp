#include "daemon/sync/dispatch.hpp"

#include <algorithm>

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "daemon/remedies.hpp"
#include "daemon/spawn.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "mapping/mapping.hpp"

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using persistence::Intent;
using persistence::Ledger;
using persistence::Settlement;
using persistence::State;
using persistence::Step;
using submission::Answer;
using submission::Decision;
using submission::Halt;
using submission::SteadyTime;

// How many rows may be claimed ahead of a connection when no rate limits them: enough that a worker
// never waits for the ledger's commit.
constexpr std::size_t ahead_per_connection = 32;
// How many groups of answers, each recorded by one commit, the claimed rows make.
constexpr std::size_t groups_in_window = 8;
// Doubts that arise together are looked for together.
constexpr std::chrono::seconds first_look_after{2};

bool needs_person(Halt halt) {
  return halt != Halt::none && halt != Halt::draining && halt != Halt::budget;
}

}  // namespace

Dispatcher::Dispatcher(DispatchParts parts, const config::Submission& settings,
                       persistence::Claim claim)
    : parts_(parts),
      settings_(settings),
      claim_(std::move(claim)),
      window_(static_cast<std::size_t>(settings.connections) *
                  (settings.rate ? 1 : ahead_per_connection) +
              2 * submission::permits_ahead(settings.rate)),
      claims_fresh_(!settings.rate && !settings.daily_budget &&
                    claim_.up_to == persistence::Claim{}.up_to),
      sweep_(parts.ledger, parts.client, parts.clock, settings.reconcile, claim_.run, parts.log,
             [this] { return parts_.limiter.take_unrecorded(); }),
      updater_(parts.client, parts.limiter, settings.conflicts, parts.key),
      recorder_(parts.ledger, parts.clock, claim_.run,
                std::max<std::size_t>(window_ / groups_in_window, 1),
                [this](const Recorder::Results& results, std::exception_ptr error) {
                  recorded(results, std::move(error));
                }),
      feeder_(parts.clock.timer()),
      sweeper_(parts.clock.timer()) {
  parts_.client.on_throttling(
      [this](const submission::Throttling& throttling) { throttled(throttling); });
  parts_.client.on_pace([this](config::Rate rate) {
    if (rate) {
      parts_.log.write("service-slowed", {{"calls_per_minute", *rate * 60}});
    } else {
      parts_.log.write("service-at-full-rate");
    }
  });
}

void Dispatcher::begin(const asio::any_io_executor& executor, asio::awaitable<void> coroutine) {
  ++running_;
  spawn(executor, std::move(coroutine), [this](std::exception_ptr error) {
    --running_;
    if (error) fail(std::move(error));
    wake();
  });
}

asio::awaitable<void> Dispatcher::run() {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (int i = 0; i < settings_.connections; ++i) begin(executor, work());
  begin(executor, sweep());
  begin(executor, recorder_.run());
  // Whatever ends the feeder, the workers and the sweep are waited for: they use this object.
  try {
    co_await feed();
  } catch (...) {
    fail(std::current_exception());
  }
  over_ = true;
  close_places();
  // Workers see `over_` and end; what has left is answered first.
  while (running_ > 0 || recorder_.unrecorded() > 0 || (fresh_.outstanding() > 0 && !error_)) {
    wake();
    co_await sleep(*feeder_, SteadyTime::max());
  }
  co_await release_unsent();
  if (error_) std::rethrow_exception(error_);
}

asio::awaitable<void> Dispatcher::sleep(submission::Timer& timer, SteadyTime until) {
  (void)co_await timer.wait_until(until);
}

void Dispatcher::wake() {
  feeder_->wake();
  if (ending()) {
    recorder_.close();
    sweeper_->wake();
    for (auto* timer : idle_) timer->wake();
  }
}

bool Dispatcher::finished() const {
  const bool looking = sweeping_ || (agenda_.next_look && !sweep_gave_up_);
  return intake_finished_ && fresh_.outstanding() == 0 && ready_.empty() && in_flight_ == 0 &&
         recorder_.unrecorded() == 0 && !dirty_ && !agenda_.next_claim && !looking;
}

std::size_t Dispatcher::claimed_rows() const {
  return ready_.size() + in_flight_ + recorder_.unrecorded() + fresh_.outstanding();
}

std::size_t Dispatcher::room() const {
  return window_ - std::min(window_, claimed_rows());
}

asio::awaitable<void> Dispatcher::feed() {
  while (!ending()) {
    open_places();
    const std::size_t room = this->room();
    const auto due = agenda_.next_claim ? steady_of(*agenda_.next_claim) : SteadyTime::max();
    const bool is_due = due <= parts_.clock.steady();
    if (gate_ && !exhausted_ && (is_due || fresh_.wanted())) {
      const auto ask = std::exchange(gate_, {});
      Gate gate = co_await ask();
      if (gate.halt != Halt::none)
        halt(gate.halt, std::move(gate.reason));
      else
        co_await parts_.client.learn_time();
    } else if (!exhausted_ && room > 0 && is_due) {
      std::size_t permits = 0;
      const bool acquired = co_await acquire(room, permits);
      if (acquired) co_await claim(permits);
    } else if (dirty_) {
      co_await refresh_agenda();
    } else if (finished()) {
      if (!answered_ && !trouble_.empty()) halt(Halt::unavailable, trouble_);
      if (sweep_gave_up_) halt(Halt::unavailable, look_trouble_);
      co_return;
    } else if (exhausted_ && claimed_rows() == 0) {
      // Not before: what was permitted before the budget was used up is still sent.
      halt(Halt::budget, reason_for_budget(settings_));
    } else {
      const bool held_up = exhausted_ || (room == 0 && is_due);
      co_await sleep(*feeder_, held_up ? SteadyTime::max() : due);
    }
  }
}

asio::awaitable<bool> Dispatcher::acquire(std::size_t room, std::size_t& permits) {
  permits = parts_.limiter.try_acquire(room);
  if (permits > 0) co_return true;
  const submission::Permit permit = co_await parts_.limiter.acquire();
  if (permit == submission::Permit::exhausted) exhausted_ = true;
  if (permit != submission::Permit::granted) co_return false;
  permits = 1 + parts_.limiter.try_acquire(room - 1);
  co_return true;
}

asio::awaitable<void> Dispatcher::refresh_agenda() {
  persistence::Agenda agenda;
  dirty_ = false;
  LedgerWork work = [&](Ledger& ledger) { agenda = ledger.agenda(claim_); };
  co_await parts_.ledger.run(std::move(work));
  agenda_ = agenda;
  sweeper_->wake();
}

asio::awaitable<void> Dispatcher::claim(std::size_t permits) {
  std::vector<Intent> intents;
  persistence::Agenda agenda;
  dirty_ = false;
  const auto now = parts_.clock.wall();
  claim_.service_time = parts_.client.service_time();
  const auto calls = parts_.limiter.take_unrecorded();
  std::uint64_t told = 0;  // of the permits that find no row, by a look meanwhile
  LedgerWork work = [&](Ledger& ledger) {
    intents = ledger.claim(claim_, permits, now);
    // Permits that find no row are given back and were no calls.
    told = record_calls(ledger, calls, permits - intents.size());
    agenda = ledger.agenda(claim_);
  };
  co_await parts_.ledger.run(std::move(work));
  agenda_ = agenda;
  sweeper_->wake();
  parts_.limiter.give_back(told);
  parts_.limiter.give_back_untold(permits - intents.size() - told);
  make_ready(std::move(intents));
}

void Dispatcher::make_ready(std::vector<Intent> intents) {
  auto wanted = intents.size();
  for (auto& intent : intents) ready_.push_back(std::move(intent));
  for (auto* timer : idle_) {
    if (wanted-- == 0) break;
    timer->wake();
  }
}

void Dispatcher::hand_over(std::vector<Intent> intents, std::exception_ptr error) {
  if (error) {
    fail(std::move(error));
    return;
  }
  fresh_.handed_over(intents.size());
  parts_.limiter.count(intents.size());
  make_ready(std::move(intents));
  if (ending()) wake();
}

// As much room as there is, unless something else waits, or may, with which new rows share it.
void Dispatcher::open_places() {
  if (!claims_fresh_ || gate_ || intake_finished_ || ending()) return;
  if (parts_.limiter.paused() || parts_.limiter.slowed_to()) {
    close_places();
    return;
  }
  const auto now = parts_.clock.steady();
  const bool waits = dirty_ || (agenda_.next_claim && steady_of(*agenda_.next_claim) <= now);
  const std::size_t share = waits ? 2 : 1;
  const std::size_t most = window_ / share;
  const std::size_t open = fresh_.open_places();
  if (open > most) fresh_.close(open - most);
  const std::size_t wanted = std::min(room() / share, most - std::min(most, open));
  // None more: those that are open are taken at the service's present time.
  fresh_.open(wanted, {claim_.run, parts_.client.service_time()});
}

void Dispatcher::close_places() {
  fresh_.close(window_);
}

// The newest permits, which come first, are those that were not used. How many of the unused ones
// are not among them.
std::uint64_t Dispatcher::record_calls(Ledger& ledger,
                                       const std::vector<submission::DayCalls>& days,
                                       std::uint64_t unused) {
  for (const auto& [day, calls] : days) {
    const auto less = std::min(calls, unused);
    unused -= less;
    if (calls > less) ledger.add_calls(day, calls - less);
  }
  return unused;
}

asio::awaitable<void> Dispatcher::work() {
  const auto timer = parts_.clock.timer();
  while (!ending()) {
    if (ready_.empty()) {
      const auto place = idle_.insert(idle_.end(), timer.get());
      co_await sleep(*timer, SteadyTime::max());
      idle_.erase(place);
      continue;
    }
    // A pause that began after the permit was taken holds for this request too.
    if (parts_.limiter.paused()) {
      (void)co_await parts_.limiter.pass();
      continue;
    }
    Intent intent = std::move(ready_.front());
    ready_.pop_front();
    ++in_flight_;
    co_await attempt(intent);
  }
}

asio::awaitable<void> Dispatcher::attempt(Intent& intent) {
  const auto started = parts_.clock.steady();
  UpdateOutcome outcome = co_await send(intent);
  const Answer& answer = outcome.answer;
  const Decision& decision = outcome.decision;
  const bool left = answer.kind == Answer::Kind::answered || answer.kind == Answer::Kind::unknown;
  if (left && intent.attempt > 1) ++parts_.client.counts.retries;
  notice(answer, decision.service_trouble, started);
  if (decision.halt == Halt::budget)
    halt(decision.halt, reason_for_budget(settings_));
  else if (decision.halt != Halt::none)
    halt(decision.halt, reason_for(decision, answer));
  --in_flight_;
  tell(intent, outcome, started);
  settle(intent, std::move(outcome));
}

asio::awaitable<UpdateOutcome> Dispatcher::send(Intent& intent) {
  if (intent.step == Step::update) {
    UpdateOutcome updated = co_await updater_.update(intent);
    co_return updated;
  }
  std::string body = std::move(intent.body);
  if (intent.step == Step::microsoft) {
    body = mapping::complete_microsoft_body(body, intent.invitation, intent.engagement_id,
                                            intent.organization_id);
  }
  UpdateOutcome outcome;
  outcome.answer = co_await parts_.client.create(std::move(body));
  const bool last = intent.attempt >= settings_.retry.attempts;
  outcome.decision = submission::decide(intent.step, intent.co_sell, outcome.answer, last);
  co_return outcome;
}

// Each request; and of what a person may want to know, the first of its kind, see FoldingLog.
void Dispatcher::tell(const Intent& intent, const UpdateOutcome& outcome,
                      SteadyTime started) const {
  Log& log = parts_.log;
  const Decision& decision = outcome.decision;
  const bool refused = decision.state == State::refused;
  const bool doubtful = decision.state == State::in_doubt;
  if (!log.enabled("row-attempted") && !refused && !doubtful) return;
  const auto took = std::chrono::floor<std::chrono::milliseconds>(parts_.clock.steady() - started);
  const persistence::Failure failure = decision.failure.value_or(persistence::Failure{});
  const bool answered = decision.ids && !decision.ids->referral_id.empty();
  const auto& referral_id = answered ? decision.ids->referral_id : intent.referral_id;
  const auto& engagement_id = answered ? decision.ids->engagement_id : intent.engagement_id;
  const auto write = [&](Event event, std::string_view state, std::string_view reason,
                         std::string_view remedy) {
    log.write(event, {{"source", intent.origin.source},
                      {"export", intent.origin.export_name},
                      {"line", intent.origin.line},
                      {"external_reference_id", intent.external_id},
                      {"step", persistence::to_string(intent.step)},
                      {"attempt", intent.attempt},
                      {"state", state},
                      {"code", failure.code},
                      {"referral_id", referral_id},
                      {"engagement_id", engagement_id},
                      {"http_status", status_of(outcome.answer)},
                      {"request_id", outcome.answer.response.request_id},
                      {"client_request_id", outcome.answer.client_request_id},
                      {"duration_ms", took.count()},
                      {"reason", reason},
                      {"remedy", remedy}});
  };
  write("row-attempted", persistence::to_string(decision.state), {}, {});
  if (refused) write("row-refused", {}, meaning_of(failure), remedy_for(failure));
  if (doubtful) write("row-in-doubt", {}, meaning_of(failure), remedy_for(failure));
}

void Dispatcher::settle(const Intent& intent, UpdateOutcome outcome) {
  Decision& decision = outcome.decision;
  Settlement settlement;
  settlement.row = intent.row;
  settlement.step = intent.step;
  settlement.state = decision.state;
  settlement.ids = std::move(decision.ids);
  settlement.updated = std::move(outcome.updated);
  settlement.failure = std::move(decision.failure);
  settlement.counts = decision.counts;
  settlement.at = parts_.clock.wall();
  settlement.due = settlement.at;
  if (decision.delay == submission::Delay::backoff) {
    settlement.due += submission::backoff(settings_.retry, intent.attempt, parts_.random);
  } else if (decision.delay == submission::Delay::look) {
    settlement.due +=
        std::min<std::chrono::milliseconds>(settings_.reconcile.apart, first_look_after);
  }
  recorder_.add(std::move(settlement));
}

void Dispatcher::recorded(const Recorder::Results& results, std::exception_ptr error) {
  if (error) {
    fail(std::move(error));
    return;
  }
  for (const auto& row : results) {
    result_.created += row.created ? 1 : 0;
    result_.updated += row.updated ? 1 : 0;
    result_.refused += row.state == State::refused ? 1 : 0;
    result_.closed += row.closed ? 1 : 0;
    result_.as_wanted += row.as_wanted ? 1 : 0;
    // It is to be sent or looked for again, or goes on to its next step.
    if (row.state == State::pending || row.state == State::in_doubt) dirty_ = true;
  }
  settled_ =
      result_.created + result_.updated + result_.refused + result_.closed + result_.as_wanted;
  if (!dirty_ && !agenda_.next_claim) open_places();  // else the feeder does
  if (dirty_ || claimed_rows() - fresh_.open_places() <= window_ / 2 || ending()) feeder_->wake();
}

// Claimed and never sent: they wait again, as if nothing had been.
asio::awaitable<void> Dispatcher::release_unsent() {
  parts_.limiter.give_back(ready_.size());
  const auto calls = parts_.limiter.take_unrecorded();
  LedgerWork work = [&](Ledger& ledger) {
    (void)record_calls(ledger, calls, 0);
    for (const auto& intent : ready_) {
      Settlement settlement;
      settlement.row = intent.row;
      settlement.step = intent.step;
      settlement.state = State::pending;
      settlement.counts = false;
      settlement.at = settlement.due = parts_.clock.wall();
      ledger.record(settlement, claim_.run);
    }
  };
  if (!error_) co_await parts_.ledger.run(std::move(work));
  ready_.clear();
}

void Dispatcher::intake_progress() {
  dirty_ = true;
  feeder_->wake();
}

void Dispatcher::intake_finished() {
  intake_finished_ = true;
  close_places();
  intake_progress();
}

void Dispatcher::drain() {
  halt(Halt::draining, "told to stop");
}

void Dispatcher::halt(Halt why, std::string reason) {
  if (result_.halt == Halt::none) {
    result_.halt = why;
    result_.reason = std::move(reason);
    // The outcome tells it to the operator; this tells when, since what has left is answered first.
    if (needs_person(why)) {
      parts_.log.write("run-stops", {{"reason", first_clause(result_.reason)}});
    }
    parts_.limiter.stop();
    parts_.client.stop();
    parts_.tokens.stop();
  }
  wake();
}

void Dispatcher::fail(std::exception_ptr error) {
  if (!error_) error_ = std::move(error);
  parts_.limiter.stop();
  parts_.client.stop();
  parts_.tokens.stop();
  wake();
}

SteadyTime Dispatcher::steady_of(persistence::Timestamp time) const {
  return parts_.clock.steady() + (time - parts_.clock.wall());
}

}  // namespace referrald::sync
