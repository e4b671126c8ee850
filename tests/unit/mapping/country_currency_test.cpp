#include <gtest/gtest.h>

#include "mapping/company_size.hpp"
#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"

namespace referrald::mapping {
namespace {

std::string country(std::string_view text) {
  const std::string* code = find_country(text);
  return code == nullptr ? "-" : *code;
}

std::string currency(std::string_view text) {
  const std::string* code = find_currency(text);
  return code == nullptr ? "-" : *code;
}

std::string size(std::string_view text, std::string_view locale = "en-US") {
  return std::string(company_size(text, number_format(locale).value()));
}

TEST(Country, IsFoundByItsNames) {
  for (const char* name : {"Germany", "GERMANY", "germany", "DE", "de", "DEU", "276"})
    EXPECT_EQ(country(name), "DE") << name;
  for (const char* name :
       {"United States", "United States of America", "USA", "U.S.A.", "US", "America"})
    EXPECT_EQ(country(name), "US") << name;
  for (const char* name : {"United Kingdom", "UK", "Great Britain", "England", "GB"})
    EXPECT_EQ(country(name), "GB") << name;
  for (const char* name : {"South Korea", "Korea, Republic of", "Republic of Korea", "KOR"})
    EXPECT_EQ(country(name), "KR") << name;
  for (const char* name : {"Côte d'Ivoire", "Cote d'Ivoire", "Côte d’Ivoire", "Ivory Coast"})
    EXPECT_EQ(country(name), "CI") << name;
  for (const char* name : {"Türkiye", "Turkey", "turkiye"}) EXPECT_EQ(country(name), "TR") << name;
  EXPECT_EQ(country("The Netherlands"), "NL");
  EXPECT_EQ(country("Bosnia & Herzegovina"), "BA");
  EXPECT_EQ(country("Viet Nam"), "VN");
  EXPECT_EQ(country("Vietnam"), "VN");
  EXPECT_EQ(country("Czech Republic"), "CZ");
  EXPECT_EQ(country("Kosovo"), "XK");
}

TEST(Country, IsFoundByItsNamesInTheLanguageOfTheExport) {
  const auto in = [](std::string_view locale, std::string_view text) {
    const std::string* code = find_country(text, locale);
    return code == nullptr ? "-" : *code;
  };
  EXPECT_EQ(in("de-DE", "Deutschland"), "DE");
  EXPECT_EQ(in("de-AT", "Österreich"), "AT");
  EXPECT_EQ(in("de", "Vereinigtes Königreich"), "GB");
  EXPECT_EQ(in("de-DE", "Germany"), "DE") << "English is always known";
  EXPECT_EQ(in("fr-FR", "Allemagne"), "DE");
  EXPECT_EQ(in("es", "Alemania"), "DE");
  EXPECT_EQ(in("en-US", "Deutschland"), "-");
  EXPECT_EQ(in("de-DE", "Kongo"), "-");
  EXPECT_EQ(in("de-DE", "Atlantis"), "-");
  EXPECT_EQ(in("de-AT", "Oesterreich"), "AT");
  EXPECT_EQ(in("de-DE", "SUEDKOREA"), "KR");
  EXPECT_EQ(in("de-DE", "Rumaenien"), "RO");
  EXPECT_EQ(in("fr-FR", "Oesterreich"), "-");
}

TEST(Country, ThatIsUnknownOrUncertainIsNotFound) {
  for (const char* name : {"Korea", "Congo", "Atlantis", "", "ZZ", "Germany?", "12", "-"})
    EXPECT_EQ(country(name), "-") << name;
  EXPECT_EQ(nearest_country("Germny"), "Germany (DE)");
}

TEST(Country, HasItsLongNamesInTheLocalesOfEurope) {
  const auto in = [](const char* name, const char* locale) {
    const std::string* found = find_country(name, locale);
    return found == nullptr ? std::string("-") : *found;
  };
  EXPECT_EQ(in("Vereinigte Staaten von Amerika", "de-AT"), "US");
  EXPECT_EQ(in("BRD", "de-DE"), "DE");
  EXPECT_EQ(in("États-Unis d’Amérique", "fr-FR"), "US");
  EXPECT_EQ(in("Estados Unidos de América", "es-ES"), "US");
}

TEST(Country, IsNoPlaceholderForNone) {
  for (const char* text :
       {"N/A", "n/a",     "n.a.", "N.A.", "na",   "Na",   "n-a",      "N A",     "D/E",
        "A/T", "d-e",     "D E",  "A.T.", "2-76", "27/6", "D\u2044E", "\u00c1O", "Germany/Austria",
        "U/S", "N\u00a0A"})
    EXPECT_EQ(country(text), "-") << text;
  EXPECT_EQ(nearest_country("N/A"), std::nullopt);
  EXPECT_EQ(country("NA"), "NA");
  EXPECT_EQ(country("NAM"), "NA");
  EXPECT_EQ(country("Namibia"), "NA");
  EXPECT_EQ(country("aT"), "AT");
  for (const char* name : {"U.S.", "u.s.a.", "U. S. A.", "the US", "The U.S.A."})
    EXPECT_EQ(country(name), "US") << name;
  EXPECT_EQ(country("U.K."), "GB");
  EXPECT_EQ(country("U.A.E."), "AE");
  const std::string* austria = find_country("\u00c1o", "vi-VN");
  ASSERT_NE(austria, nullptr);
  EXPECT_EQ(*austria, "AT");
  EXPECT_EQ(find_country("n/a", "de-DE"), nullptr);
  EXPECT_EQ(find_country("n.a.", "de-DE"), nullptr);
}

TEST(Country, CodeIsOfTwoCapitals) {
  EXPECT_TRUE(is_country_code("DE"));
  for (const char* code : {"de", "DEU", "ZZ", "UK", ""})
    EXPECT_FALSE(is_country_code(code)) << code;
}

TEST(Currency, IsFoundByCodeNameOrSymbol) {
  for (const char* name : {"EUR", "eur", "Euro", "Euros", "€"})
    EXPECT_EQ(currency(name), "EUR") << name;
  for (const char* name : {"US Dollar", "us dollars", "USD", "US$"})
    EXPECT_EQ(currency(name), "USD") << name;
  for (const char* name : {"Pound Sterling", "British Pound", "£"})
    EXPECT_EQ(currency(name), "GBP") << name;
  EXPECT_EQ(currency("Swiss Franc"), "CHF");
  EXPECT_EQ(currency("XCG"), "XCG");
}

TEST(Currency, IsFoundByItsNamesInTheLanguageOfTheExport) {
  const auto in = [](std::string_view locale, std::string_view text) {
    const std::string* code = find_currency(text, locale);
    return code == nullptr ? "-" : *code;
  };
  EXPECT_EQ(in("de-DE", "Schweizer Franken"), "CHF");
  EXPECT_EQ(in("de-DE", "US-Dollar"), "USD");
  EXPECT_EQ(in("de-DE", "Dänische Kronen"), "DKK");
  EXPECT_EQ(in("de-DE", "Daenische Krone"), "DKK");
  EXPECT_EQ(in("tr-TR", "Türk Lirası"), "TRY");
  EXPECT_EQ(in("fr-FR", "livre sterling"), "GBP");
  EXPECT_EQ(in("pl-PL", "złote polskie"), "PLN");
  EXPECT_EQ(in("de-DE", "Swiss Franc"), "CHF") << "English is always known";
  EXPECT_EQ(in("en-US", "Schweizer Franken"), "-");
  EXPECT_EQ(in("de-DE", "Franken"), "-");
  EXPECT_EQ(in("de-DE", "TL"), "TRY");
}

TEST(Currency, ThatIsUncertainIsNotFound) {
  for (const char* name :
       {"$", "¥", "kr", "Dollar", "Franc", "Leone", "XXX", "XTS", "EUR?", "$ EUR", "", "EURO1"})
    EXPECT_EQ(currency(name), "-") << name;
  EXPECT_EQ(nearest_currency("US Dolar"), "US Dollar (USD)");
}

TEST(CompanySize, IsTheClassOfAHeadCount) {
  EXPECT_EQ(size("1"), "1to9employees");
  EXPECT_EQ(size("9"), "1to9employees");
  EXPECT_EQ(size("10"), "10to50employees");
  EXPECT_EQ(size("50"), "10to50employees");
  EXPECT_EQ(size("51"), "51to250employees");
  EXPECT_EQ(size("250"), "51to250employees");
  EXPECT_EQ(size("1000"), "251to1000employees");
  EXPECT_EQ(size("1,001"), "1001to5000employees");
  EXPECT_EQ(size("1.001", "de-DE"), "1001to5000employees");
  EXPECT_EQ(size("10000"), "5001to10000employees");
  EXPECT_EQ(size("20000"), "10001to20000employees");
  EXPECT_EQ(size("20001"), "Morethan20000employees");
}

TEST(CompanySize, OfARangeIsTheClassThatHoldsIt) {
  EXPECT_EQ(size("51-250"), "51to250employees");
  EXPECT_EQ(size("51 – 250 employees"), "51to250employees");
  EXPECT_EQ(size("51 to 200"), "51to250employees");
  EXPECT_EQ(size("1,001-5,000"), "1001to5000employees");
  EXPECT_EQ(size("1-10"), "1to50employees");
  EXPECT_EQ(size("201-500"), "51to500employees");
  EXPECT_EQ(size("<10"), "1to9employees");
  EXPECT_EQ(size("more than 20,000"), "Morethan20000employees");
  EXPECT_EQ(size("501+"), "Morethan500employees");
  EXPECT_EQ(size("morethan500EMPLOYEES"), "Morethan500employees");
}

TEST(CompanySize, ThatIsUncertainIsNone) {
  for (const char* text : {"0", "-5", "250+", "1-100", "100-51", "many", "", "12.5", "1.234", "10-",
                           "-", "51-250-500"})
    EXPECT_EQ(size(text), "") << text;
}

}  // namespace
}  // namespace referrald::mapping
