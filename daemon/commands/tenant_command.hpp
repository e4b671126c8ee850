// What adopt and pull are run by: a ledger for writing, a service, signals.
#pragma once

#include <boost/asio/this_coro.hpp>

#include "daemon/commands/globals.hpp"
#include "daemon/commands/over_network.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/signal_watch.hpp"
#include "daemon/sync/tenant.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

// Runs job(Tenant&), which answers an awaitable<T>, to its end. The first signal stops it early.
template <typename T, typename Job>
T with_tenant(Globals& globals, Job job) {
  const config::Config config = load_config(globals);
  const auto ledger = persistence::open_for_writing(config.ledger, globals.now());
  return over_network<T>(
      config,
      [&](Service& service, submission::Clock& clock,
          submission::Random& random) -> boost::asio::awaitable<T> {
        const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
        sync::Tenant tenant({config, *ledger, service.api(), service.tokens(), clock, random,
                             *globals.log, !summary_is_read_by_a_person(globals)});
        SignalWatch signals(
            executor, [&tenant] { tenant.stop(); }, *globals.log);
        T outcome;
        std::exception_ptr error;
        try {
          outcome = co_await job(tenant);
        } catch (...) {
          error = std::current_exception();
        }
        signals.stop();
        if (error) std::rethrow_exception(error);
        co_return outcome;
      });
}

}  // namespace referrald::commands
