// Dataverse's logical names of a Dynamics 365 worksheet's columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

// The worksheet that Dynamics 365 hides in its exports. Its cell A1 has the names.
inline constexpr std::string_view kDynamicsSheet = "hiddenSheet";

// The logical names of the columns, by the header's index; blank where there is none. `key` is
// "table:checksum:logicalname=URL-encoded label&…", of all columns that could be exported. Several
// columns with one label get their names in order when the key has as many, else none. Empty when
// `key` is no such key or no column has a name.
std::vector<std::string> logical_names(std::string_view key,
                                       const std::vector<std::string>& header);

}  // namespace referrald::mapping
