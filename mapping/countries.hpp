// Countries as CRMs write them, to ISO 3166-1 alpha-2, the only form the service takes (reference,
// section 2.2). Names come from iso-codes and ICU, in English.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// The alpha-2 code of a name (common or official), an alpha-2, alpha-3 or three-digit numeric code;
// case, accents and punctuation do not count. nullptr when unknown or ambiguous ("Korea").
const std::string* find_country(std::string_view text);

// Whether this is an alpha-2 code as the service wants it, in capitals.
bool is_country_code(std::string_view text);

// "Germany (DE)", for a remedy.
std::optional<std::string> nearest_country(std::string_view text);

}  // namespace referrald::mapping
