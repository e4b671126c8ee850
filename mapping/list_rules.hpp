// The rules of what is named by Microsoft's codes: products, services, industries, solutions, the
// customer's intent, the stage. All of them warn: the lists age.
#pragma once

#include "mapping/lists.hpp"
#include "mapping/rules.hpp"

namespace referrald::mapping {

void check_lists(const Value& referral, const CodeLists& lists, RuleContext& context);

}  // namespace referrald::mapping
