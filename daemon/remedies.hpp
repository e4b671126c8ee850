// What an operator can do about a failure that the service or the network caused.
#pragma once

#include <string>
#include <string_view>

#include "persistence/ledger.hpp"

namespace referrald {

// One or two sentences; never empty. By the failure's code where it says more than the HTTP status
// (a status alone has the code "http-422"), else by the status (reference, sections 7.2 and 9.1).
std::string remedy_for(const persistence::Failure& failure);

// What happens to a row in that state by itself, or that nothing does.
std::string_view what_next(persistence::State state);

}  // namespace referrald
