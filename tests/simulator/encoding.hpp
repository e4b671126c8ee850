// Base64 for URLs (RFC 4648, section 5, without padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::simulator {

std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace referrald::simulator
