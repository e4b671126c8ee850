// What time it is at the service, which is what says when a referral was created.
#pragma once

#include <optional>

#include "daemon/submission/clock.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

// What an answer's Date says, and when it was heard.
struct ServiceMoment {
  WallTime said;
  SteadyTime heard;
};

// nullopt: it has no Date, or one that cannot be read.
std::optional<ServiceMoment> moment_of(const Response& response, SteadyTime now);

// The service's clock as its newest answer has told it. One thread.
class ServiceTime {
 public:
  explicit ServiceTime(const Clock& clock) : clock_(clock) {}

  void hear(const std::optional<ServiceMoment>& moment);

  // Not later than it is at the service, and not later than it is here: nothing that leaves from
  // now on is created before that. Setting our clock does not change it. Before the first answer it
  // is our time.
  WallTime now() const;

 private:
  const Clock& clock_;
  std::optional<ServiceMoment> newest_;
};

}  // namespace referrald::submission
