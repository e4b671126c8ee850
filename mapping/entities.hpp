// Text that a service hands back with HTML's entities in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// The text with its character references (&amp; &#38; &#x26;) resolved once; nullopt when it has
// none.
std::optional<std::string> html_decoded(std::string_view text);

}  // namespace referrald::mapping
