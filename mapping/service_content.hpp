// What a referral that the service wrote says of the members that a mapping can set.
#pragma once

#include <set>
#include <string>

#include "mapping/value.hpp"

namespace referrald::mapping {

// Members that only the service sets are left out, as are nulls and what is not known; a number
// that is written as text is a number. So it compares with what a mapping makes. Of an own
// referral, or of Microsoft's: then with its inviteContext, without what the service put there.
Value content_of(const Value& from_service);
Value invitation_of(const Value& from_service);

// Without the members of list elements that `members` does not name ("customerProfile/team/email"),
// in lists of which it names one: those the service has filled in.
void leave_list_members(Value& content, const std::set<std::string>& members);

}  // namespace referrald::mapping
