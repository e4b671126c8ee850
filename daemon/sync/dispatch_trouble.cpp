// What dispatch does when the service as a whole is in trouble, and how it looks for what is
// doubtful.
#include <algorithm>

#include "daemon/submission/wire.hpp"
#include "daemon/sync/dispatch.hpp"
#include "daemon/sync/halt_reason.hpp"

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using submission::Answer;
using submission::Halt;
using submission::SteadyTime;

// Single 5xx answers happen; so many in a row mean trouble.
constexpr int troubles_before_pause = 5;
// A host that was never reached is most likely a wrong name: waiting minutes to say so helps
// nobody.
constexpr int rounds_when_never_reached = 3;
// Looks that may fail in a row; each has tried every page `retry.attempts` times.
constexpr int most_failed_looks = 3;
// One throttling is the service's ordinary way of asking for time, whatever `retry.attempts` says.
constexpr int least_throttlings_to_halt = 2;

}  // namespace

// Breaks the circuit when the service as a whole is in trouble, so that not every waiting row is
// sent into it and becomes doubtful. Only requests that started after the last pause count, so that
// many connections failing at once are one failure.
void Dispatcher::notice(const Answer& answer, bool trouble, SteadyTime started) {
  if (answer.kind == Answer::Kind::answered && !trouble) {
    reached_ = true;
    // It says nothing of how the service does; see throttled().
    if (submission::is_throttled(answer.response.status)) return;
    if (rounds_ > 0) parts_.log.write("service-answers-again");
    troubles_ = rounds_ = 0;
    answered_ = true;
    return;
  }
  if (!trouble || started < last_pause_) return;
  trouble_ = reason_for_trouble(answer);
  const bool connected = answer.kind != Answer::Kind::not_sent;
  reached_ = reached_ || connected;
  if (++troubles_ < troubles_before_pause && connected) return;
  ++rounds_;
  const int most = reached_ ? settings_.retry.attempts
                            : std::min(settings_.retry.attempts, rounds_when_never_reached);
  if (rounds_ >= most) {
    halt(Halt::unavailable, reason_for_trouble(answer));
    return;
  }
  const auto pause = submission::backoff(settings_.retry, rounds_, parts_.random);
  if (rounds_ == 1) {
    parts_.log.write(
        "service-in-trouble",
        {{"http_status", status_of(answer)},
         {"request_id", answer.response.request_id},
         {"reason", answer.error.empty() ? status_text(answer.response) : answer.error},
         {"pause_ms", pause.count()}});
  }
  last_pause_ = parts_.clock.steady() + pause;
  parts_.limiter.pause_until(last_pause_);
}

// The row that was throttled does not pay, and the breaker above does not count it: what ends a run
// that would only wait is the number of throttlings in a row, of creates and reads alike.
void Dispatcher::throttled(const submission::Throttling& throttling) {
  if (throttling.in_a_row == 0) {
    parts_.log.write("service-throttles-no-more");
    return;
  }
  if (throttling.in_a_row == 1) {
    parts_.log.write("service-throttles",
                     {{"http_status", throttling.status}, {"pause_ms", throttling.pause.count()}});
  }
  if (throttling.in_a_row >= std::max(settings_.retry.attempts, least_throttlings_to_halt)) {
    halt(Halt::unavailable, reason_for_throttling(throttling));
  }
}

asio::awaitable<void> Dispatcher::sweep() {
  int failed_looks = 0;
  while (!ending() && !sweep_gave_up_) {
    const auto due = agenda_.next_look
                         ? std::max(steady_of(*agenda_.next_look), next_look_not_before_)
                         : SteadyTime::max();
    if (due > parts_.clock.steady()) {
      co_await sleep(*sweeper_, due);
      continue;
    }
    sweeping_ = true;
    agenda_.next_look.reset();
    Looked looked = co_await sweep_.look();
    sweeping_ = false;
    agenda_.next_look.reset();  // what the feeder saw meanwhile is out of date
    dirty_ = true;
    result_.created += looked.completed;
    result_.updated += looked.updated;
    result_.refused += looked.refused;
    if (looked.halt == Halt::budget) {
      halt(looked.halt, reason_for_budget(settings_));
    } else if (looked.halt != Halt::none) {
      halt(looked.halt, reason_for_look(looked));
    }
    feeder_->wake();
    if (looked.finished) {
      failed_looks = 0;
      answered_ = true;
    } else if (!ending()) {
      look_again_later(++failed_looks, looked);
    }
  }
}

// A look that could not be finished says nothing: it is tried again, and after a few failures the
// rows stay in doubt until the next run.
void Dispatcher::look_again_later(int failed_looks, const Looked& looked) {
  parts_.log.write("look-failed", {{"reason", looked.reason}});
  if (failed_looks >= most_failed_looks) {
    sweep_gave_up_ = true;
    look_trouble_ = reason_for_look(looked);
    return;
  }
  const auto pause = submission::backoff(settings_.retry, failed_looks, parts_.random);
  next_look_not_before_ = parts_.clock.steady() + pause;
}

}  // namespace referrald::sync
