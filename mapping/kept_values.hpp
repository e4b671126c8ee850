// The few values that the ledger keeps of a synced referral in clear, so that a conflict can be
// shown with what was synced last: amounts, dates, stages, campaigns, nothing of a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mapping/fingerprint.hpp"

namespace referrald::mapping {

// Stored format: the JSON texts of details/dealValue, details/currency, details/closingDateTime,
// salesStage and campaignId, each with a line break behind it; blank where there is none.
std::string kept_values(const Value& referral);
// The member's JSON text; nullopt: it is not kept, or there was none.
std::optional<std::string> kept_value(std::string_view kept, std::string_view path);
// `kept` with the leaf in the place of what it has of that member, if that is one of those kept.
std::string keep_value(std::string_view kept, const Leaf& leaf);

}  // namespace referrald::mapping
