// Settles doubtful requests by looking at what the service holds (contract, section 4, rule 3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/ledger_queue.hpp"
#include "daemon/sync/list_walk.hpp"

namespace referrald::sync {

// What a look came to.
struct Looked {
  std::uint64_t found = 0;      // doubts settled: the referral is there
  std::uint64_t completed = 0;  // of them: rows whose creates are done now
  std::uint64_t updated = 0;    // of them: rows whose change is done now
  std::uint64_t refused = 0;    // not found, and not to be sent again
  bool finished = true;         // false: the list could not be read to where it had to be
  submission::Halt halt = submission::Halt::none;
  std::string reason;       // of not finishing, one clause
  std::string explanation;  // the same for the operator, with what to do
};

// One thread; one look at a time.
class Sweep {
 public:
  // The calls since it was asked last, for the daily budget's count.
  using Calls = std::function<std::vector<submission::DayCalls>()>;

  Sweep(LedgerQueue& ledger, submission::Client& client, submission::Clock& clock,
        const config::Reconcile& settings, persistence::RunId run, Log& log, Calls calls = {});

  // Looks once for every doubt that is due: one walk through the list, newest first, for all rows
  // in doubt about their own referral, and one question per engagement for the others. What is not
  // found by the set number of looks becomes pending again.
  boost::asio::awaitable<Looked> look();

 private:
  class Wanted;
  boost::asio::awaitable<void> look_for_own(persistence::Timestamp started, Looked& looked);
  void compare(persistence::Ledger& ledger, const submission::Page& page, Wanted& wanted,
               Looked& looked);
  boost::asio::awaitable<void> look_for_microsofts(persistence::Timestamp started, Looked& looked);
  boost::asio::awaitable<void> look_for_microsofts_of(const persistence::Doubt& doubt,
                                                      Looked& looked);
  boost::asio::awaitable<std::optional<submission::Page>> next_page(ListWalk& walk, Looked& looked);
  LedgerWork counting_calls(LedgerWork work) const;
  boost::asio::awaitable<void> conclude(persistence::Timestamp started, const Wanted& wanted,
                                        Looked& looked);
  void note_closed(persistence::Ledger& ledger, const persistence::Doubt& doubt,
                   const persistence::ReferralIds& closed) const;
  void not_found(persistence::Ledger& ledger, const persistence::Doubt& doubt,
                 Looked& looked) const;

  LedgerQueue& ledger_;
  submission::Client& client_;
  submission::Clock& clock_;
  const config::Reconcile settings_;
  persistence::RunId run_;
  Log& log_;
  Calls calls_;
};

}  // namespace referrald::sync
