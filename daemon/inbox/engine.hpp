// What the supervisor has done: a sync, a probe of the service, a look into the ledger.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/sync/sync_run.hpp"

namespace referrald::inbox {

// What the ledger says before anything runs.
struct Backlog {
  std::uint64_t waiting = 0;      // rows to be sent or looked for
  std::uint64_t need_person = 0;  // rejected and refused rows
  bool cut_off = false;           // the last run: who was to be told of them may not have been
};

// What a read of the service says of it; ok, or why not, for the operator.
struct Probed {
  Exit exit = Exit::ok;
  std::string reason;
};

// One thread; one job at a time.
class Engine {
 public:
  virtual ~Engine() = default;

  // Opens the ledger, bringing it forward, and closes it again. Throws LedgerError.
  virtual boost::asio::awaitable<Backlog> prepare() = 0;
  // One sync of these exports and of all that waits; the ledger is held meanwhile only. Throws
  // LedgerError, and CommandError when the way to the service cannot be set up.
  virtual boost::asio::awaitable<sync::SyncOutcome> sync(sync::WorkList work) = 0;
  // One read of the service: whether it answers and accepts the sign-in.
  virtual boost::asio::awaitable<Probed> probe() = 0;
  // What the ledger remembers of a source's exports. Throws LedgerError.
  virtual boost::asio::awaitable<std::vector<persistence::HandledExport>> handled(
      const std::string& source) = 0;

  // Ends a sync or a probe that is under way: what has left is answered first.
  virtual void drain() = 0;
  // Of the sync under way.
  virtual sync::SyncProgress progress() const = 0;
};

}  // namespace referrald::inbox
