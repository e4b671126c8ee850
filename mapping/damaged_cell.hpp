// Cells that hold what a spreadsheet program made of them.
#pragma once

#include <string_view>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// What such programs write into a cell that they cannot calculate or show: "#N/A", "#WERT!",
// "####", "Err:502". A look-up that failed is nobody's name.
bool is_spreadsheet_error(std::string_view text);

// 2.70402E+13, which such a program makes of a long number: others of its digits are lost, and
// other records have the same. Of a number, more digits than such a program keeps, all the further
// ones 0.
bool is_shortened_number(std::string_view text);
bool is_shortened_number(const Cell& cell);

}  // namespace referrald::mapping
