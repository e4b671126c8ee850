// What a referral that the service wrote says of the members that a mapping can set.
#pragma once

#include "mapping/value.hpp"

namespace referrald::mapping {

// Members that only the service sets are left out, as are nulls and what is not known; a number
// that is written as text is a number. So it compares with what a mapping makes. Of an own
// referral, or of Microsoft's: then with its inviteContext, without what the service put there.
Value content_of(const Value& from_service);
Value invitation_of(const Value& from_service);

}  // namespace referrald::mapping
