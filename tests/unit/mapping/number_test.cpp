#include "mapping/number.hpp"

#include <gtest/gtest.h>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

std::string number(std::string_view locale, std::string_view text) {
  const auto reading = read_number(text, number_format(locale).value());
  switch (reading.fault) {
    case NumberFault::none:
      return reading.number.text;
    case NumberFault::ambiguous:
      return "ambiguous";
    case NumberFault::not_a_number:
      break;
  }
  return "wrong";
}

TEST(Number, IsReadAsTheLocaleWritesIt) {
  EXPECT_EQ(number("en-US", "1,234.50"), "1234.5");
  EXPECT_EQ(number("en-US", "1,234,567"), "1234567");
  EXPECT_EQ(number("de-DE", "1.234,50"), "1234.5");
  EXPECT_EQ(number("de-DE", "1.234"), "1234");
  EXPECT_EQ(number("fr", "1 234,50"), "1234.5");
  EXPECT_EQ(number("fr", "1\u202f234\u202f567"), "1234567");
  EXPECT_EQ(number("fr-FR", "1\u00a0234,5"), "1234.5");
  EXPECT_EQ(number("de-CH", "1'234.50"), "1234.5");
  EXPECT_EQ(number("de-CH", "1’234.50"), "1234.5");
  EXPECT_EQ(number("en-IN", "12,34,567.00"), "1234567");
}

TEST(Number, KeepsEveryDigit) {
  EXPECT_EQ(number("en-US", "1124741.15"), "1124741.15");
  EXPECT_EQ(number("en-US", "0.1000000000000000055511151231257827"),
            "0.1000000000000000055511151231257827");
  EXPECT_EQ(number("en-US", "500000.0"), "500000");
}

TEST(Number, ReadsSignsAndBareFractions) {
  EXPECT_EQ(number("en-US", "-12.50"), "-12.5");
  EXPECT_EQ(number("en-US", "\u221212"), "-12");
  EXPECT_EQ(number("en-US", "+12"), "12");
  EXPECT_EQ(number("en-US", "-0.00"), "0");
  EXPECT_EQ(number("en-US", ".5"), "0.5");
  EXPECT_EQ(number("en-US", "007"), "7");
}

TEST(Number, RefusesWhatDoesNotFitTheLocale) {
  for (const char* text :
       {"1.234,50", "1,50",  "1,2345", "12,34,567", ",123",  "1,,234",    "0,123",
        "5.",       ".",     "-",      "",          "1 234", "$1,234.00", "1,234.00 €",
        "8.15E+08", "(5)",   "5-",     "1.2.3",     "12%",   "٣",         "NaN",
        "0x10",     "1_000", "- 5",    "1234,567"})
    EXPECT_EQ(number("en-US", text), "wrong") << text;
  for (const char* text : {"1,234.50", "1 234,50", "1'234,50"})
    EXPECT_EQ(number("de-DE", text), "wrong") << text;
  EXPECT_EQ(number("fr", "1\u00a0234 567"), "wrong");
}

TEST(Number, IsAmbiguousWhenItMeansThousandsElsewhere) {
  EXPECT_EQ(number("en-US", "1.234"), "ambiguous");
  EXPECT_EQ(number("en-US", "-123.456"), "ambiguous");
  EXPECT_EQ(number("de-DE", "1,234"), "ambiguous");
  EXPECT_EQ(number("en-US", "0.125"), "0.125");
  EXPECT_EQ(number("en-US", "1234.567"), "1234.567");
  EXPECT_EQ(number("en-US", "1,234.567"), "1234.567");
}

TEST(Number, KnowsNoInventedLocale) {
  for (const char* locale : {"", "xx", "en-YY", "english", "en US", "-"})
    EXPECT_FALSE(number_format(locale)) << locale;
  EXPECT_TRUE(number_format("de_DE"));
}

TEST(Number, InPlainNotationHasNoLeadingZeros) {
  EXPECT_EQ(plain_number("-12.50")->text, "-12.5");
  EXPECT_EQ(plain_number("0")->text, "0");
  for (const char* text : {"01234", "+5", "1e3", "1,000", "", ".5", "5.", "1.2.3", "x"})
    EXPECT_FALSE(plain_number(text)) << text;
}

TEST(NumberFilter, MakesANumberOfTheMember) {
  const auto mapping = load_good("format: { locale: de-DE }\n" + std::string(least_referral) +
                                 "  team: []\n"
                                 "  target: []\n");
  EXPECT_NE(mapping, nullptr);
  const auto priced = load_good(R"(
format: { locale: de-DE }
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${Value | number | default 10.50}" }
)");
  EXPECT_EQ(mapped(*priced, {{"Id", "1"}, {"Value", "1.234,50"}})
                .referral.at("details/dealValue")
                ->number()
                ->text,
            "1234.5");
  EXPECT_EQ(mapped(*priced, {{"Id", "1"}}).referral.at("details/dealValue")->number()->text,
            "10.5");
  const auto wrong = reasons(*priced, {{"Id", "1"}, {"Value", "1,234.50"}});
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong[0].code, "bad-number");
  EXPECT_EQ(wrong[0].member, "details/dealValue");
  EXPECT_EQ(wrong[0].column, "Value");
  EXPECT_EQ(wrong[0].value, "1,234.50");
  EXPECT_EQ(wrong[0].message, "\"1,234.50\" is no number in de-DE");
}

TEST(NumberFilter, TakesALocaleOfItsOwnAtItsWord) {
  EXPECT_EQ(notes("x${A | number}", {{"A", "1.234"}}), "rejected: ambiguous-number");
  EXPECT_EQ(notes("x${A | number en-US}", {{"A", "1.234"}}), "x1.234");
  EXPECT_EQ(notes("x${A | number de-DE}", {{"A", "1.234"}}), "x1234");
}

TEST(NumberFilter, ExplainsANumberThatASpreadsheetShortened) {
  const auto mapping = load_good(std::string(least_referral) + "  name: x${A | number}\n");
  EXPECT_EQ(reasons(*mapping, {{"Id", "1"}, {"A", "8.15E+08"}})[0].remedy,
            "A spreadsheet has shortened the number: format the column as a number with all digits "
            "and export again.");
}

}  // namespace
}  // namespace referrald::mapping
