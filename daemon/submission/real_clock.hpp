// Time and chance as they really are.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// Its timers wait on `executor`, which must be that of the io_context that runs the coroutines.
std::unique_ptr<Clock> make_clock(boost::asio::any_io_executor executor);

// From the operating system's source of randomness. Throws std::runtime_error if that fails.
std::unique_ptr<Random> make_random();

}  // namespace referrald::submission
