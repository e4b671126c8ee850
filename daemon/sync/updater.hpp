// Brings a referral that exists up to date: by a PATCH of what has changed, for the version that is
// known; and where that is no longer the newest, by reading it and merging.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/decision.hpp"
#include "mapping/fingerprint.hpp"
#include "mapping/update.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

struct UpdateOutcome {
  submission::Decision decision;
  std::optional<persistence::Updated> updated;  // done
  submission::Answer answer;                    // the last one
};

// One thread; many updates may be under way.
class Updater {
 public:
  Updater(submission::Client& client, submission::RateLimiter& limiter, config::Conflicts conflicts,
          const mapping::FingerprintKey& key);

  // The intent's permit is used or given back. The intent is there until the coroutine ends.
  boost::asio::awaitable<UpdateOutcome> update(const persistence::Intent& intent);

 private:
  class Work;

  submission::Client& client_;
  submission::RateLimiter& limiter_;
  config::Conflicts conflicts_;
  mapping::FingerprintKey key_;
};

}  // namespace referrald::sync
