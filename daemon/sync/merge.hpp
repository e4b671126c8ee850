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

// Whether Partner Center holds anything else than `base` of the members that a row can change:
// another value, one that is not in `base`, or none any more. Lists are left out, for the service
// fills in members of their elements, and an update of one reads it first.
bool strays(const mapping::Value& theirs, const mapping::Fingerprint& base,
            const mapping::FingerprintKey& key);

struct Sides {
  const mapping::Fingerprint& base;  // synced last
  std::string_view kept;             // of it, in clear; see mapping::kept_values()
  const mapping::Value& theirs;      // the referral as the service wrote it
  const mapping::FingerprintKey& key;
  std::vector<mapping::Change>
      sent{};            // by us, of unknown effect: such a value is no change of theirs
  bool decided = false;  // `conflicts` is a person's word, on the conflicts that were asked about
};

struct Merge {
  std::vector<mapping::Change> send;
  std::vector<mapping::Leaf> settled;      // what needs not be sent: they are equal
  std::vector<mapping::Leaf> given_way;    // the CRM's values where theirs is taken
  std::vector<mapping::Change> held;       // both have changed: waits for a person
  std::vector<mapping::Reason> conflicts;  // of what is held
  bool diverged = false;                   // Partner Center has changed members that are not sent
  mapping::Fingerprint base;  // the sides' one, with what was decided and what a person is asked
};

// `changes` are what the CRM has changed since. A member that Partner Center has changed as well is
// sent, left or held as `conflicts` says; a person's word in the CRM's favour holds for the value
// that the person saw. What the service does not show counts as unchanged: it
// does not show all that it was sent.
Merge merge(const std::vector<mapping::Change>& changes, const Sides& sides, Conflicts conflicts);

}  // namespace referrald::sync
