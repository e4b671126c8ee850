// The last day as bars, with a table for those who would rather read it.
#pragma once

#include <string>
#include <vector>

#include "daemon/status_page/snapshot.hpp"

namespace referrald::status_page {

// The least "nice" number (1, 2, 5, 10, …) that is not below `most`; at least 5.
std::uint64_t top_of_scale(std::uint64_t most);

// A <figure>.
std::string chart_html(const std::vector<Hour>& hours, Timestamp now);

}  // namespace referrald::status_page
