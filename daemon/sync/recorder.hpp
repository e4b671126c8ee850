// Brings what answers meant into the ledger, several with one commit.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/submission/clock.hpp"
#include "daemon/sync/ledger_queue.hpp"

namespace referrald::sync {

// One thread, that of the io_context that runs run(). Outlives what it has posted: wait until
// unrecorded() is 0.
class Recorder {
 public:
  using Settlements = std::vector<persistence::Settlement>;
  using Results = std::vector<persistence::Recorded>;
  // Called with what became of the rows once that is durable, or with the reason why it is not.
  using Recorded = std::function<void(const Results&, std::exception_ptr)>;

  // `together`: how many settlements wait for each other at most; 1: none does.
  Recorder(LedgerQueue& ledger, submission::Clock& clock, persistence::RunId run,
           std::size_t together, Recorded recorded);

  // On its way to the ledger now, or a few milliseconds from now with those that follow.
  void add(persistence::Settlement settlement);

  // Sees to it that nothing waits longer than that; until close().
  boost::asio::awaitable<void> run();

  // From here on nothing waits for company.
  void close();

  // Added and not yet durable.
  std::size_t unrecorded() const { return unrecorded_; }

 private:
  void flush();

  LedgerQueue& ledger_;
  submission::Clock& clock_;
  persistence::RunId run_;
  std::size_t together_;
  Recorded recorded_;
  Settlements waiting_;
  submission::SteadyTime oldest_{};  // of waiting_
  std::size_t unrecorded_ = 0;
  bool closed_ = false;
  std::unique_ptr<submission::Timer> timer_;
};

}  // namespace referrald::sync
