// Names as people and programs give them to files, sheets and tables.
#pragma once

#include <string_view>

namespace referrald::mapping {

// Numbers in names count as numbers: "2.csv" stands before "10.csv".
bool comes_before(std::string_view a, std::string_view b);

// The same but for the case of ASCII letters.
bool equal_but_case(std::string_view a, std::string_view b);

}  // namespace referrald::mapping
