// Where a deal stands: what a mapping may say of it, and how it may move (reference, section 3).
#pragma once

#include <string>
#include <string_view>

#include "mapping/rules.hpp"
#include "mapping/value.hpp"

namespace referrald::mapping {

struct Standing {
  std::string status, substatus;  // both blank: unknown, or nothing is said
  bool operator==(const Standing&) const = default;
};

// What the referral says. A mapping that gives one of the two gives the other: see apply_status().
Standing standing_of(const Value& referral);

// Fills in the status that a substatus belongs to, and the substatus of a status that has one only;
// a pair that the API does not know is reported.
void apply_status(Value& referral, RuleContext& context);

// Whether a referral can be moved there: not back, and not out of Closed. A standing is no move to
// itself.
bool may_move(const Standing& from, const Standing& to);

// A create says nothing of it: a new deal is Active/Accepted by itself.
bool is_of_status(std::string_view member);

}  // namespace referrald::mapping
