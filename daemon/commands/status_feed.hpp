// What the daemon tells of itself: gathers what its status page and its metrics say, from the
// supervisor, the ledger and the files of the sign-in.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/inbox/activity.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::commands {

// All of it outlives the feed.
struct StatusFeedParts {
  const config::Config& config;
  boost::asio::any_io_executor executor;
  submission::Clock& clock;
  Log& log;
  // Runs blocking work beside the io_context's thread, and rethrows its exception.
  std::function<boost::asio::awaitable<void>(std::function<void()>)> background;
  // What the daemon is doing; cheap.
  std::function<inbox::Activity()> activity;
  persistence::Timestamp started;  // of the daemon
  std::string counted;             // by the feed before this one; see StatusFeed::counted()
};

// One thread, that of the executor's io_context.
class StatusFeed {
 public:
  virtual ~StatusFeed() = default;

  // Until stop(): looks about once a second at what goes on, now and then at the ledger, and opens
  // the page, which it tries again where the address is taken. Never throws.
  virtual boost::asio::awaitable<void> run() = 0;
  // Closes the page at once; run() returns when the ledger is read.
  virtual void stop() = 0;

  // The loop that does the work has come round.
  virtual void beat() = 0;
  virtual void called(const submission::CallReport& call) = 0;
  // A run has ended; asked before activity() forgets it.
  virtual void ended(const sync::SyncOutcome& outcome) = 0;

  // What the counters have come to, for a feed that goes on counting.
  virtual std::string counted() const = 0;
};

// nullptr when the configuration asks neither for a page nor for a metrics file.
std::unique_ptr<StatusFeed> make_status_feed(StatusFeedParts parts);

}  // namespace referrald::commands
