#include "mapping/currencies.hpp"

#include <boost/json.hpp>
#include <unicode/ucurr.h>
#include <unicode/unistr.h>

#include "iso_codes.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

struct Currencies {
  NameIndex names;
  TextMap<std::string> symbols;
  TextMap<bool> codes;
};

std::string icu_name(const std::string& code, const char* language, const char* plural) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(code);
  const UChar* buffer = wide.getBuffer();
  const UChar iso[4] = {buffer[0], buffer[1], buffer[2], 0};
  UBool choice = false;
  std::int32_t length = 0;
  const UChar* name = plural == nullptr
                          ? ucurr_getName(iso, language, UCURR_LONG_NAME, &choice, &length, &status)
                          : ucurr_getPluralName(iso, language, &choice, plural, &length, &status);
  std::string out;
  if (!U_FAILURE(status)) icu::UnicodeString(name, length).toUTF8String(out);
  return out;
}

// As a heading has them, and as they stand behind a number.
void add_icu_names(NameIndex& names, const std::string& code, const char* language) {
  for (const char* plural : {static_cast<const char*>(nullptr), "one", "few", "many", "other"})
    names.add(icu_name(code, language, plural), code);
}

void add(Currencies& currencies, const std::string& code, std::string_view name) {
  currencies.codes.emplace(code, true);
  currencies.names.add(code, code);
  currencies.names.add(name, code);
  add_icu_names(currencies.names, code, "en");
}

// Only symbols that mean one currency in practice: not $, ¥, kr.
void add_symbols(Currencies& currencies) {
  constexpr std::pair<std::string_view, std::string_view> symbols[] = {
      {"€", "EUR"},   {"£", "GBP"},   {"₹", "INR"},   {"₩", "KRW"},   {"₪", "ILS"},   {"₫", "VND"},
      {"₴", "UAH"},   {"₺", "TRY"},   {"₽", "RUB"}, {"₦", "NGN"},   {"₱", "PHP"},   {"฿", "THB"},
      {"zł", "PLN"},  {"Kč", "CZK"},  {"Ft", "HUF"},  {"US$", "USD"}, {"CA$", "CAD"}, {"A$", "AUD"},
      {"NZ$", "NZD"}, {"HK$", "HKD"}, {"TL", "TRY"},  {"円", "JPY"},  {"NT$", "TWD"}, {"R$", "BRL"},
      {"MX$", "MXN"}, {"CN¥", "CNY"}, {"JP¥", "JPY"},
  };
  for (const auto& [symbol, code] : symbols) currencies.symbols.emplace(symbol, code);
}

Currencies load_currencies() {
  Currencies currencies;
  const auto list = boost::json::parse(embedded::iso_4217);
  for (const auto& entry : list.at("4217").as_array()) {
    const std::string code(entry.at("alpha_3").as_string());
    // "No currency" and "for testing" are codes of the standard, and no prices.
    if (code != "XXX" && code != "XTS") add(currencies, code, entry.at("name").as_string());
  }
  // Newer than the packaged list.
  add(currencies, "XCG", "Caribbean Guilder");
  add(currencies, "ZWG", "Zimbabwe Gold");
  for (const auto& [name, code] : {std::pair{"British Pound", "GBP"},
                                   {"Swiss Franc", "CHF"},
                                   {"Chinese Yuan", "CNY"},
                                   {"Renminbi", "CNY"},
                                   {"Japanese Yen", "JPY"},
                                   {"U.S. Dollar", "USD"},
                                   {"United States Dollar", "USD"}})
    currencies.names.add(name, code);
  add_symbols(currencies);
  return currencies;
}

const Currencies& currencies() {
  static const Currencies loaded = load_currencies();
  return loaded;
}

NameIndex load_currency_names(const std::string& language) {
  NameIndex names;
  for (const auto& [code, known] : currencies().codes) add_icu_names(names, code, language.c_str());
  if (language == "de") names.add_without_umlauts();
  return names;
}

}  // namespace

const std::string* find_currency(std::string_view text, std::string_view locale) {
  const auto& known = currencies();
  if (const auto symbol = known.symbols.find(text); symbol != known.symbols.end())
    return &symbol->second;
  const std::string* found = known.names.find(text);
  if (found != nullptr || locale.starts_with("en")) return found;
  static NamesByLanguage names(load_currency_names);
  return names.of(locale).find(text);
}

bool may_mean(std::string_view sign, const std::string& code) {
  struct Shared {
    std::string_view sign;
    std::string_view codes;
  };
  constexpr Shared shared[] = {
      {"$",
       "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD "
       "ARS CLP COP CUP DOP MXN UYU BRL NIO BOB MOP TOP WST CVE ZWL ZWG"},
      {"\u00a3", "GBP EGP SHP GIP FKP SYP SSP SDG LBP IMP JEP GGP"},
      {"\u00a5", "JPY CNY"},
      {"kr", "SEK NOK DKK ISK"},
      {"Fr", "CHF XAF XOF XPF BIF CDF DJF GNF KMF RWF"},
      {"Rs", "INR PKR LKR NPR MUR SCR IDR"},
      {"R", "ZAR BRL"},
      {"lei", "RON MDL"},
      {"\u5143", "CNY TWD HKD SGD MOP"}};
  std::string_view bare = sign;
  if (bare.ends_with('.')) bare.remove_suffix(1);
  for (const Shared& one : shared) {
    const bool is_it = one.sign == bare || (one.sign == "kr" && bare == "Kr") ||
                       (one.sign == "Fr" && bare == "SFr");
    if (is_it) return one.codes.find(code) != std::string_view::npos;
  }
  const std::string* known = find_currency(sign);
  return known == nullptr || *known == code;
}

bool is_currency_code(std::string_view text) {
  return currencies().codes.contains(text);
}

std::optional<std::string> nearest_currency(std::string_view text) {
  return currencies().names.nearest(text);
}

}  // namespace referrald::mapping
