// The first SIGINT or SIGTERM drains, the second ends the program at once: the ledger is sound at
// every moment.
#pragma once

#include <csignal>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include "daemon/log.hpp"

namespace referrald::commands {

class SignalWatch {
 public:
  // `log` outlives the object; `drain` is called on the executor's thread.
  SignalWatch(const boost::asio::any_io_executor& executor, std::function<void()> drain, Log& log)
      : signals_(executor, SIGINT, SIGTERM), drain_(std::move(drain)), log_(log) {
    watch();
  }

  // The work has ended.
  void stop() {
    *stopped_ = true;  // for a signal that has just come, which can be cancelled no more
    signals_.cancel();
  }

 private:
  void watch() {
    signals_.async_wait([this, stopped = stopped_](boost::system::error_code error, int signal) {
      if (error || *stopped) return;
      if (draining_) ::_exit(128 + signal);
      draining_ = true;
      log_.write("told-to-stop", {{"signal", signal}});
      drain_();
      watch();
    });
  }

  boost::asio::signal_set signals_;
  std::function<void()> drain_;
  Log& log_;
  bool draining_ = false;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);  // may outlive the object
};

}  // namespace referrald::commands
