// JSON as `--json` prints it.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

namespace referrald::commands {

// Fractions as people write them: 9.54. Boost.JSON writes 9.54E0.
std::string json_text(const boost::json::value& value);

}  // namespace referrald::commands
