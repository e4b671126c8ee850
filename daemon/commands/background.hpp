// Blocking work on a thread of a pool, awaited from an io_context's.
#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace referrald::commands {

// Rethrows the exception of the work. The pool's threads get a lower priority than others.
boost::asio::awaitable<void> in_background(boost::asio::thread_pool& pool,
                                           std::function<void()> work);

}  // namespace referrald::commands
