// Sends what the ledger holds, until nothing is left to do or the run has to stop.
//
// A row's way: the feeder takes a permit and claims it (the ledger durably says `sending`), or
// opens a place for it, with which the intake claims it; a worker sends it, decide() says what the
// answer means, and the ledger records that. Doubtful rows are settled by the sweep beside it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/sync/fresh_claims.hpp"
#include "daemon/sync/ledger_queue.hpp"
#include "daemon/sync/recorder.hpp"
#include "daemon/sync/sweep.hpp"
#include "daemon/sync/updater.hpp"

namespace referrald::sync {

// What dispatch counts; durable when counted.
struct Dispatched {
  std::uint64_t created = 0;  // rows whose creates are done
  std::uint64_t updated = 0;  // rows whose change is done
  std::uint64_t refused = 0;
  std::uint64_t closed = 0;     // rows whose change met a closed referral, and was not sent
  std::uint64_t as_wanted = 0;  // rows whose change needed no request that changes anything
  submission::Halt halt = submission::Halt::none;
  std::string reason;  // of the halt, for the operator: what happened and what to do
};

// Whether a run may begin to send; `reason` as Dispatched has it.
struct Gate {
  submission::Halt halt = submission::Halt::none;
  std::string reason;
};

struct DispatchParts {
  LedgerQueue& ledger;
  submission::Client& client;
  submission::RateLimiter& limiter;
  submission::TokenSource& tokens;
  submission::Clock& clock;
  submission::Random& random;
  Log& log;
  mapping::FingerprintKey key;  // the ledger's
};

// One thread, that of the io_context that runs run().
class Dispatcher {
 public:
  // `settings` outlives the object; the object outlives every call of the client.
  Dispatcher(DispatchParts parts, const config::Submission& settings, persistence::Claim claim);

  // Asked once, before the first row is claimed.
  void before_first(std::function<boost::asio::awaitable<Gate>()> gate) { gate_ = std::move(gate); }

  // Returns when the intake is finished and nothing is left to send, wait for or look for; or when
  // the run is halted and everything that had left was answered. Everything is durable then. Throws
  // what the ledger threw.
  boost::asio::awaitable<void> run();

  // With what the intake claims new rows, and changes; null: it leaves that to this object, because
  // permits have to be counted one by one, or rows behind the canary's last wait. Those it has
  // claimed are handed over on the dispatcher's thread, or why they could not be.
  FreshClaims* fresh_claims() { return claims_fresh_ ? &fresh_ : nullptr; }
  void hand_over(std::vector<persistence::Intent> intents, std::exception_ptr error);

  // The intake put rows into the ledger; it will put in no more.
  void intake_progress();
  void intake_finished();

  // The first signal: nothing new leaves; run() ends when what has left is answered.
  void drain();

  const Dispatched& result() const { return result_; }
  // Rows that this run has brought to an end. From any thread.
  std::uint64_t settled() const { return settled_; }

 private:
  boost::asio::awaitable<void> feed();
  boost::asio::awaitable<bool> acquire(std::size_t room, std::size_t& permits);
  boost::asio::awaitable<void> claim(std::size_t permits);
  void open_places();
  void close_places();
  void make_ready(std::vector<persistence::Intent> intents);
  static std::uint64_t record_calls(persistence::Ledger& ledger,
                                    const std::vector<submission::DayCalls>& days,
                                    std::uint64_t unused);
  boost::asio::awaitable<void> refresh_agenda();
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> attempt(persistence::Intent& intent);  // takes its body
  boost::asio::awaitable<void> sweep();
  void look_again_later(int failed_looks, const Looked& looked);
  boost::asio::awaitable<void> release_unsent();
  boost::asio::awaitable<void> sleep(submission::Timer& timer, submission::SteadyTime until);
  void begin(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> coroutine);

  boost::asio::awaitable<UpdateOutcome> send(persistence::Intent& intent);
  void tell(const persistence::Intent& intent, const UpdateOutcome& outcome,
            submission::SteadyTime started) const;
  void settle(const persistence::Intent& intent, UpdateOutcome outcome);
  void recorded(const Recorder::Results& results, std::exception_ptr error);
  void notice(const submission::Answer& answer, bool trouble, submission::SteadyTime started);
  void throttled(const submission::Throttling& throttling);
  void halt(submission::Halt why, std::string reason);
  void fail(std::exception_ptr error);
  void wake();
  bool ending() const { return result_.halt != submission::Halt::none || error_ || over_; }
  bool finished() const;
  std::size_t claimed_rows() const;  // claimed, or to be by a place, and not yet recorded
  std::size_t room() const;          // for more of them
  submission::SteadyTime steady_of(persistence::Timestamp time) const;

  DispatchParts parts_;
  const config::Submission& settings_;
  persistence::Claim claim_;
  std::size_t window_;  // rows claimed and not yet recorded, and open places, at most
  bool claims_fresh_;   // by the intake, as rows come
  FreshClaims fresh_;
  Sweep sweep_;
  Updater updater_;
  Recorder recorder_;
  Dispatched result_;
  std::exception_ptr error_;
  std::atomic<std::uint64_t> settled_ = 0;

  std::deque<persistence::Intent> ready_;  // claimed, permit taken, not sent
  std::size_t in_flight_ = 0;              // sent, not answered
  persistence::Agenda agenda_;
  bool dirty_ = true;  // the agenda may have changed
  bool intake_finished_ = false;
  bool exhausted_ = false;  // the daily budget
  bool sweep_gave_up_ = false;
  bool sweeping_ = false;
  submission::SteadyTime next_look_not_before_{};
  bool over_ = false;
  std::function<boost::asio::awaitable<Gate>()> gate_;
  std::size_t running_ = 0;  // coroutines spawned and not ended
  std::unique_ptr<submission::Timer> feeder_;
  std::unique_ptr<submission::Timer> sweeper_;
  std::list<submission::Timer*> idle_;  // workers without work

  // Trouble of the service as a whole: see notice().
  int troubles_ = 0;
  int rounds_ = 0;
  bool reached_ = false;
  bool answered_ = false;     // properly, once at least
  std::string trouble_;       // the last one, for the operator
  std::string look_trouble_;  // why doubtful rows cannot be looked for
  submission::SteadyTime last_pause_{};
};

}  // namespace referrald::sync
