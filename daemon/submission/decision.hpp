// What an answer means for a row, and for the run: the rule of exactly once as a table, without any
// I/O (reference, section 7.2; contract, section 4).
#pragma once

#include <optional>
#include <string>

#include "daemon/submission/client.hpp"
#include "daemon/submission/halt.hpp"
#include "persistence/ledger.hpp"

namespace referrald::submission {

// When a row is to be taken up again.
enum class Delay {
  none,     // at once
  backoff,  // after the retry's backoff
  look,     // in doubt: when it is to be looked for
};

struct Decision {
  persistence::State state = persistence::State::pending;  // synced: the step is done
  std::optional<persistence::ReferralIds> ids;
  std::optional<persistence::Failure> failure;
  bool counts = true;  // the attempt counts towards retry.attempts
  Delay delay = Delay::none;
  Halt halt = Halt::none;
  // The service as a whole seems to be in trouble: no connection, 5xx, no answer in time.
  bool service_trouble = false;
  // An update was for a version of the referral that is not there any more: read it, and merge.
  bool read_again = false;
};

// What to do after the POST of `step` had this answer. `last_attempt`: the row is not sent again in
// this run.
Decision decide(persistence::Step step, bool co_sell, const Answer& answer,
                bool last_attempt = false);

// What to do after the PATCH of a version had this answer: nothing about it is ever in doubt, since
// repeated it is refused or does nothing. So an answer that cannot be read is asked for again.
// `ids` of a success are blank where the answer says nothing (204).
Decision decide_update(const Answer& answer);

// What follows for a doubtful request that was found.
Decision decide_found(persistence::ReferralIds ids);

// What follows for a doubtful request that was not found by `looks` looks of `wanted`. nullopt:
// look again later.
std::optional<Decision> decide_not_found(const persistence::Doubt& doubt, int looks, int wanted);

}  // namespace referrald::submission
