// Runs the operator's command for each notice, one after another, beside the work.
#pragma once

#include <memory>
#include <string>

#include "daemon/inbox/notice.hpp"
#include "daemon/log.hpp"

namespace referrald::inbox {

class Notifier {
 public:
  virtual ~Notifier() = default;
  // Returns at once. What cannot be told is logged.
  virtual void tell(const Notice& notice) = 0;
};

// `command` is for /bin/sh -c and gets json_of() on its standard input; its output goes to standard
// error. One that takes longer than `patience` is killed. At most a hundred notices wait; more are
// dropped with a line in the log. The destructor waits for the command that is running, and drops
// the rest. SIGPIPE must be ignored.
std::unique_ptr<Notifier> make_notifier(std::string command, std::chrono::milliseconds patience,
                                        Log& log);

}  // namespace referrald::inbox
