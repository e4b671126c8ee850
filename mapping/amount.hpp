// Amounts of money as people and spreadsheets write them: a number with a currency sign or code,
// negative in brackets or with the minus behind it.
#pragma once

#include <string_view>

#include "mapping/number.hpp"

namespace referrald::mapping {

struct Amount {
  NumberReading reading;
  std::string_view currency;  // the sign or code as it stands, "€"; empty: none
};

// Reads all of `text`, a look into which `currency` is. At most one currency and one sign.
Amount read_amount(std::string_view text, const NumberFormat& format);

}  // namespace referrald::mapping
