// JSON text, written straight into a string.
#pragma once

#include <string>
#include <string_view>

namespace referrald::simulator {

// With the quotes; control characters, quotes and backslashes escaped, UTF-8 as it is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace referrald::simulator
