// Changing a referral: PATCH and PUT (reference, sections 1.2 and 11.7), decided here, kept by the
// store.
#pragma once

#include <optional>
#include <string_view>

#include "tests/simulator/referral.hpp"
#include "tests/simulator/validation.hpp"

namespace referrald::simulator {

struct Change {
  Draft draft;
  Standing standing;
};

// `body` is an array of RFC 6902 operations, of which the service knows add and replace. All of
// them hold or none.
std::optional<Refusal> patch(const Referral& referral, std::string_view body, Validator& validator,
                             Change& change);
// `body` is the whole referral as last read, without links, with id and eTag.
std::optional<Refusal> replace(const Referral& referral, std::string_view body,
                               Validator& validator, Change& change);

}  // namespace referrald::simulator
