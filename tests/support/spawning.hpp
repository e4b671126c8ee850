// Coroutines of a test, beside daemon/spawn.hpp.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "daemon/spawn.hpp"

namespace referrald::test {

// A coroutine's result, for a test that may be over before the coroutine is.
template <typename T>
boost::asio::awaitable<void> keeping(boost::asio::awaitable<T> job,
                                     std::shared_ptr<std::optional<T>> result) {
  T value = co_await std::move(job);
  *result = std::move(value);
}

// What is not expected to fail ends the test.
inline void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace referrald::test
