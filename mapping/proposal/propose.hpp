// A first mapping for an export, for a person to complete: `referrald init`.
#pragma once

#include <string>
#include <string_view>

#include "mapping/proposal/sample.hpp"

namespace referrald::mapping {

// The text of a mapping file. Its head says what a person must decide or fill in; without anything
// to fill in, it is valid. Shows no cell of the export but countries, currencies and statuses.
std::string propose_mapping(const Sample& sample, std::string_view export_name);

}  // namespace referrald::mapping
