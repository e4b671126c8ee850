// Time, handed in, so that a week of retries runs in a moment of test.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace referrald::submission {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// A wait that can be ended early. One coroutine waits at a time.
class Timer {
 public:
  virtual ~Timer() = default;
  // Returns true when the time has come, false when wake() ended the wait.
  virtual boost::asio::awaitable<bool> wait_until(SteadyTime time) = 0;
  // Ends the wait that is under way, if any; a later wait is not affected.
  virtual void wake() = 0;
};

// One thread (that of the io_context).
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;      // what the ledger stores and the service says
  virtual SteadyTime steady() const = 0;  // what is waited by
  virtual std::unique_ptr<Timer> timer() = 0;
};

// Chance, handed in.
class Random {
 public:
  virtual ~Random() = default;
  virtual double uniform() = 0;    // [0, 1)
  virtual std::string uuid() = 0;  // version 4, lower case
};

}  // namespace referrald::submission
