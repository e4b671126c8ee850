// What a deal's type makes of its referral (reference, section 4).
#pragma once

#include <optional>
#include <string_view>

#include "mapping/mapping.hpp"
#include "mapping/node.hpp"

namespace referrald::mapping {

// The deal of "private", "partner-led" or "co-sell", in any case, with a hyphen, an underscore, a
// blank or nothing between the words.
std::optional<Deal> parse_deal(std::string_view text);

std::string_view type_of(Deal deal);  // "Independent", "Shared"
bool shared_with_sellers(Deal deal);  // the consent for Microsoft's sellers
constexpr std::string_view sellers_consent = "consentToShareReferralWithMicrosoftSellers";

// Sets type, consent for sellers and target; what contradicts the deal is reported.
void apply_deal(Deal deal, Value& referral, RuleContext& context);

// The same for what a mapping with a fixed deal says in constants. Contradictions are problems.
void check_fixed_deal(Deal deal, const Node& referral, config::Problems& problems);

}  // namespace referrald::mapping
