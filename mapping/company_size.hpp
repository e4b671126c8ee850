// Head counts to the API's classes of customer size (reference, section 2.3).
#pragma once

#include <span>
#include <string_view>

#include "mapping/number.hpp"

namespace referrald::mapping {

// All sizes the API knows, the fine and the coarse set.
std::span<const std::string_view> company_sizes();

// The class of "250", "1,200", "51-250", "500+", "<10", "51-250 employees", or of a class's own
// name. The fine set where the text tells enough, else the coarse one; empty when neither is
// certain.
std::string_view company_size(std::string_view text, const NumberFormat& format);
// Of a plain decimal, as cells have it that are numbers.
std::string_view company_size(std::string_view number);

}  // namespace referrald::mapping
