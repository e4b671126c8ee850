// Countries as CRMs write them, to ISO 3166-1 alpha-2, the only form the service takes (reference,
// section 2.2). Names come from iso-codes and ICU: in English, and in the language of the export.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// The alpha-2 code of a name (common or official), an alpha-2, alpha-3 or three-digit numeric code;
// case, accents and punctuation do not count. Names are English, else in the language of `locale`
// ("de-DE"). nullptr when unknown or ambiguous ("Korea"). Thread-safe.
const std::string* find_country(std::string_view text, std::string_view locale = "en");

// Whether this is an alpha-2 code as the service wants it, in capitals.
bool is_country_code(std::string_view text);

// "Germany (DE)", for a remedy.
std::optional<std::string> nearest_country(std::string_view text);

}  // namespace referrald::mapping
