// Blocking work on a thread of a pool, awaited from an io_context's.
#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace referrald::commands {

// Rethrows the exception of the work. The pool's threads get a lower priority than others.
boost::asio::awaitable<void> in_background(boost::asio::thread_pool& pool,
                                           std::function<void()> work);

// Of the calling thread: lets it have the processor soon, for a short time, where others use it for
// long. Requests are due every half millisecond at 2,000 a second. Does nothing where the system
// knows no such thing (Linux before 6.12).
void ask_for_short_turns();

}  // namespace referrald::commands
