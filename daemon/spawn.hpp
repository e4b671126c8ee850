// Starting coroutines. co_spawn() takes a second to compile wherever it is called; these are
// compiled once.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace referrald {

// Runs `job` on `executor`. When it has ended `ended` is told there how: nullptr, or what it threw.
// Without `ended` nobody wants to know. The job is begun by the executor, not by this call.
void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> job,
           std::function<void(std::exception_ptr)> ended = {});

// A job whose result goes to `result`, which outlives it.
template <typename T>
boost::asio::awaitable<void> keeping(boost::asio::awaitable<T> job, std::optional<T>& result) {
  T value = co_await std::move(job);
  result = std::move(value);
}

}  // namespace referrald
