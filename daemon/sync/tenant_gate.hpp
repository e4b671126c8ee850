// Whether a ledger may send to its tenant: it must know what is there, or else it would create
// again what another ledger, or a person, has created.
#pragma once

#include <string>
#include <string_view>

#include "persistence/ledger.hpp"

namespace referrald::sync {

// What a ledger knows of its tenant.
enum class Standing {
  known,      // it may send: the tenant was empty, or was adopted, or a person said so
  fresh,      // nobody has looked yet
  strangers,  // a sync has looked, and stopped: there are referrals
  adopting,   // an adopt has not come to its end: part of what is there is known, and part is not
};
std::string_view to_string(Standing standing);  // "new" for a fresh one

// What a ledger knows by heart of its tenant; nullptr: there is no ledger yet.
Standing standing_of(persistence::Ledger* ledger);

// Why nothing is sent, and what to do, a clause; blank: known, or fresh.
std::string reason_for_standing(Standing standing);

// The rest writes, inside a transaction.

// The tenant was looked at, and it is empty; or a person says that what is there does not matter.
void set_known(persistence::Ledger& ledger);
void set_strangers(persistence::Ledger& ledger);

// How far an adopt has come.
struct AdoptPlace {
  // rest: the walk through all, newest first, is under way. head: it is done, and what was created
  // since it began is to be met.
  enum class Part { none, rest, head };
  Part part = Part::none;
  std::string next;  // rest: the skip token of the page to go on with
  // When the newest referral was created that the walk began with; blank: not known.
  std::string newest;
};
AdoptPlace adopt_place(persistence::Ledger& ledger);
void set_adopt_place(persistence::Ledger& ledger, const AdoptPlace& place);
// All was met, at that time.
void set_adopted(persistence::Ledger& ledger, std::string_view at);

}  // namespace referrald::sync
