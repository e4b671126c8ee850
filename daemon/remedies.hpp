// What a row's last error means, and what an operator can do about it.
#pragma once

#include <string_view>

#include "persistence/ledger.hpp"

namespace referrald {

// Sentences; never empty. Of a mapping's rule the rule's; else by the failure's code where it says
// more than the HTTP status (a status alone has the code "http-422"), else by the status.
std::string_view meaning_of(const persistence::Failure& failure);
std::string_view remedy_for(const persistence::Failure& failure);

// What happens to a row in that state by itself, or that nothing does.
std::string_view what_next(persistence::State state);

}  // namespace referrald
