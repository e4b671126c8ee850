// Keeps from sending while the service as a whole is in trouble, and says when to try again.
#pragma once

#include <chrono>
#include <string>

#include "daemon/exit.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::inbox {

// Pure: time and chance are told. It opens when a run ends by the service's trouble, lets one read
// through from time to time, and is closed by a run that goes well.
class Breaker {
 public:
  static constexpr std::chrono::seconds first_pause{15};
  static constexpr std::chrono::minutes longest_pause{10};

  // The service is in trouble; `reason` is for the operator. True: that is news, since there was
  // none, or one of another kind.
  bool trouble(Exit kind, const std::string& reason, submission::SteadyTime now, double chance);
  // A read went well: a run may try.
  void answered() { half_open_ = true; }
  // A run went well. True: there was trouble.
  bool well();

  bool open() const { return kind_ != Exit::ok && !half_open_; }
  const std::string& reason() const { return reason_; }
  submission::SteadyTime next_try() const { return next_try_; }

 private:
  Exit kind_ = Exit::ok;  // ok: closed
  std::string reason_;
  int failures_ = 0;  // in a row
  bool half_open_ = false;
  submission::SteadyTime next_try_{};
};

}  // namespace referrald::inbox
