// Syncs and probes for the daemon, over the network and the ledger that the configuration names.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "daemon/inbox/engine.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/rate_limit.hpp"

namespace referrald::commands {

// Everything outlives the engine. `rate` is what the engine before it has left of the rate, and
// what it leaves itself. `on_call` is told of each request to the API once it is over; may be
// empty. Blocking work is done on a thread of its own.
std::unique_ptr<inbox::Engine> make_sync_engine(
    const config::Config& config, boost::asio::any_io_executor executor, submission::Clock& clock,
    submission::Random& random, Log& log, std::optional<submission::RateHistory>& rate,
    std::function<void(const submission::CallReport&)> on_call);

}  // namespace referrald::commands
