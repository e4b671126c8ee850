// Base64 for URLs without padding (RFC 4648, section 5), as JWTs have it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::submission {

std::string encode_base64url(std::string_view bytes);
// nullopt for what is not written so.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace referrald::submission
