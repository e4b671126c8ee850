// What exists at Partner Center, learnt without a write: all of it (adopt), and what has changed
// since the last time (pull).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/exit.hpp"
#include "daemon/log.hpp"
#include "daemon/log_context.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/sync/list_walk.hpp"
#include "daemon/sync/tenant_gate.hpp"
#include "mapping/fingerprint.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

// All of it outlives the object. The ledger is written between requests, on the same thread.
struct TenantParts {
  const config::Config& config;
  persistence::Ledger& ledger;
  submission::Transport& api;
  submission::TokenSource& tokens;
  submission::Clock& clock;
  submission::Random& random;
  Log& log;
  bool log_summary = true;  // false: what is printed says it already
};

// One external id of which Partner Center holds several own referrals.
struct TwiceHeld {
  std::string external_id;
  std::string kept, other;  // referral ids; `kept` is the one that the row goes on with
};

struct AdoptOutcome {
  Exit exit = Exit::ok;
  std::string message;  // why it did not come to its end; empty: it did
  bool resumed = false;
  bool goes_on = false;       // it did not come to its end, and the next one goes on where it stood
  std::uint64_t read = 0;     // referrals, in this run
  std::uint64_t adopted = 0;  // new to the ledger
  std::uint64_t known = 0;    // known before
  std::uint64_t settled = 0;  // rows that waited, or were in doubt, and exist
  std::uint64_t without_id = 0;  // own referrals without a CRM id
  std::uint64_t microsofts = 0;  // Microsoft's, brought to their own ones
  std::uint64_t twice = 0;
  std::vector<TwiceHeld> held_twice;     // the first of them
  std::vector<std::string> without_ids;  // the first referral ids of those
  std::uint64_t requests = 0;
};

// One referral that has changed at Partner Center.
struct PulledChange {
  std::string external_id;
  bool microsofts = false;
  std::string before, now;  // "New / Pending"
  std::string tracking;     // Microsoft's number of the deal, if it is new
  bool content = false;     // members that the mapping sets were changed there
};

struct PullOutcome {
  Exit exit = Exit::ok;
  std::string message;
  std::uint64_t read = 0;
  std::uint64_t changed = 0;
  std::uint64_t closed = 0;
  std::vector<PulledChange> changes;  // the first of them
  std::uint64_t requests = 0;
};

struct Met;  // a referral of a page

// One thread, that of the io_context.
class Tenant {
 public:
  explicit Tenant(TenantParts parts);
  ~Tenant();

  // Pages through all referrals, the newest first, and puts those with a CRM id into the ledger;
  // then through those that were created since it began. Goes on where an adopt that was cut off
  // stood. Until it has come to its end no sync of the ledger sends. Throws LedgerError.
  boost::asio::awaitable<AdoptOutcome> adopt();

  // Pages through the referrals, those changed last first, as far as the last pull has come.
  boost::asio::awaitable<PullOutcome> pull();

  // Nothing new leaves; what was read is kept.
  void stop();

 private:
  void begin(std::string_view command);
  void finish(Exit exit, std::uint64_t read, std::uint64_t updated);
  template <typename Work>
  void write(Work work);
  template <typename Outcome>
  void conclude(Outcome& outcome, const ListWalk& walk) const;
  boost::asio::awaitable<bool> adopt_all(AdoptPlace& place, AdoptOutcome& outcome);
  boost::asio::awaitable<void> let_it_show();
  boost::asio::awaitable<bool> adopt_head(const AdoptPlace& place, AdoptOutcome& outcome);
  void take(const Met& met, bool met_before, AdoptOutcome& outcome);
  void take_own(const Met& met, bool met_before, AdoptOutcome& outcome);
  void look_at(const Met& met, PullOutcome& outcome);

  Log& log() { return *log_; }

  TenantParts parts_;
  std::unique_ptr<ContextLog> log_;  // with the run's id; from begin() on
  std::string command_;
  mapping::FingerprintKey key_;
  std::set<std::string> list_members_;  // that mappings give
  std::unique_ptr<submission::RateLimiter> limiter_;
  std::unique_ptr<submission::Client> client_;
  persistence::RunId run_ = 0;
  persistence::Timestamp started_{};
  bool stopped_ = false;
  submission::Timer* pause_ = nullptr;  // between two looks
};

}  // namespace referrald::sync
