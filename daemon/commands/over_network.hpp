// One job over the network for a command that does nothing else meanwhile.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "daemon/commands/service.hpp"
#include "daemon/spawn.hpp"
#include "daemon/submission/real_clock.hpp"

namespace referrald::commands {

// The connections are closed however the job ends: an open one would keep the loop running.
template <typename T>
boost::asio::awaitable<T> closing(Service& service, boost::asio::awaitable<T> job) {
  T result;
  std::exception_ptr error;
  try {
    result = co_await std::move(job);
  } catch (...) {
    error = std::current_exception();
  }
  co_await service.close();
  if (error) std::rethrow_exception(error);
  co_return result;
}

// Runs job(Service&, submission::Clock&, submission::Random&), which answers an awaitable<T>, and
// returns its result or throws its exception. Throws CommandError(invalid) as Service does.
template <typename T, typename Job>
T over_network(const config::Config& config, Job job) {
  boost::asio::io_context io(1);
  const auto clock = submission::make_clock(io.get_executor());
  const auto random = submission::make_random();
  Service service(config, io.get_executor(), *clock, *random);
  std::optional<T> result;
  std::exception_ptr error;
  boost::asio::awaitable<T> running = job(service, *clock, *random);
  spawn(io.get_executor(), keeping(closing<T>(service, std::move(running)), result),
        [&](std::exception_ptr failure) { error = std::move(failure); });
  io.run();
  if (error) std::rethrow_exception(error);
  return std::move(*result);
}

}  // namespace referrald::commands
