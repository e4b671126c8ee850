// Three sides of a referral brought together, member by member: what was synced last, what the CRM
// says now, and what Partner Center holds now (contract, section 4, rule 4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "mapping/fingerprint.hpp"
#include "mapping/mapping.hpp"
#include "mapping/update.hpp"

namespace referrald::sync {

// Who wins where both sides have changed a member.
using Conflicts = config::Conflicts;

struct Sides {
  const mapping::Fingerprint& base;  // synced last
  std::string_view kept;             // of it, in clear; see mapping::kept_values()
  const mapping::Value& theirs;      // the referral as the service wrote it
  const mapping::FingerprintKey& key;
  std::vector<mapping::Change>
      sent{};  // by us, of unknown effect: such a value is no change of theirs
};

struct Merge {
  std::vector<mapping::Change> send;
  std::vector<mapping::Leaf> settled;      // what needs not be sent: equal, or theirs is taken
  std::vector<mapping::Change> held;       // both have changed: waits for a person
  std::vector<mapping::Reason> conflicts;  // of what is held
  bool diverged = false;                   // Partner Center has changed members that are not sent
};

// `changes` are what the CRM has changed since. A member that Partner Center has changed as well is
// sent, left or held as `conflicts` says. What the service does not show counts as unchanged: it
// does not show all that it was sent.
Merge merge(const std::vector<mapping::Change>& changes, const Sides& sides, Conflicts conflicts);

}  // namespace referrald::sync
