// Currencies as CRMs write them, to ISO 4217 codes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// The code of a code in any case, a name ("US Dollar", "Euro"), or a symbol that means one currency
// only ("€", "US$", never "$"). Names are English, else in the language of `locale`: "Schweizer
// Franken" with "de-CH". nullptr when unknown or ambiguous. Thread-safe.
const std::string* find_currency(std::string_view text, std::string_view locale = "en");

// Whether an amount with that sign or code can be one in the currency of that code. "$" may be
// many dollars, but no euro. True too for a sign that is not known here.
bool may_mean(std::string_view sign, const std::string& code);

// Whether this is a currency code as the service wants it, in capitals.
bool is_currency_code(std::string_view text);

// "US Dollar (USD)", for a remedy.
std::optional<std::string> nearest_currency(std::string_view text);

}  // namespace referrald::mapping
