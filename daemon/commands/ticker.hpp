// Something to be done again and again while a run goes on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "daemon/submission/clock.hpp"

namespace referrald::commands {

// One thread, that of the io_context that runs run().
class Ticker {
 public:
  Ticker(submission::Clock& clock, std::chrono::milliseconds interval)
      : clock_(clock), interval_(interval), timer_(clock.timer()) {}

  // Calls `tick` after each interval, until stop().
  boost::asio::awaitable<void> run(std::function<void()> tick);

  // No tick begins after this, and run() returns.
  void stop();

 private:
  submission::Clock& clock_;
  std::chrono::milliseconds interval_;
  std::unique_ptr<submission::Timer> timer_;
  bool stopped_ = false;  // a wait that has just ended can be woken no more
};

}  // namespace referrald::commands
