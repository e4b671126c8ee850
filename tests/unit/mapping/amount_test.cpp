#include "mapping/amount.hpp"

#include <gtest/gtest.h>

namespace referrald::mapping {
namespace {

std::string amount(std::string_view locale, std::string_view text) {
  const auto amount = read_amount(text, number_format(locale).value());
  const std::string currency = amount.currency.empty() ? "" : " " + std::string(amount.currency);
  switch (amount.reading.fault) {
    case NumberFault::none:
      return amount.reading.number.text + currency;
    case NumberFault::ambiguous:
      return "ambiguous" + currency;
    case NumberFault::not_a_number:
      break;
  }
  return "wrong";
}

TEST(Amount, KnowsEveryCodeOnBothSidesThoughOneMayBeginOrEndLikeASign) {
  for (const char* locale : {"en-US", "de-DE"}) {
    const auto format = *number_format(locale);
    for (const char* code : {"EUR", "RUB", "IDR", "USD", "KRW", "CHF", "SEK"}) {
      for (const auto& text : {std::string(code) + " 5", "5 " + std::string(code)}) {
        const auto amount = read_amount(text, format);
        EXPECT_EQ(amount.reading.number.text, "5") << text;
        EXPECT_EQ(amount.currency, code) << text;
      }
    }
  }
}

TEST(Amount, ReadsOverACurrencyBeforeOrBehind) {
  EXPECT_EQ(amount("en-US", "$1,234.50"), "1234.5 $");
  EXPECT_EQ(amount("en-US", "US$ 1,234.50"), "1234.5 US$");
  EXPECT_EQ(amount("en-US", "1,234.50 USD"), "1234.5 USD");
  EXPECT_EQ(amount("en-GB", "£1,234"), "1234 £");
  EXPECT_EQ(amount("de-DE", "1.234,50\u00a0€"), "1234.5 €");
  EXPECT_EQ(amount("de-DE", "EUR 1.234,50"), "1234.5 EUR");
  EXPECT_EQ(amount("de-CH", "Fr. 1’234.50"), "1234.5 Fr.");
  EXPECT_EQ(amount("sv-SE", "1 234,50 kr"), "1234.5 kr");
  EXPECT_EQ(amount("pl-PL", "1234,50 zł"), "1234.5 zł");
  EXPECT_EQ(amount("en-IN", "₹12,34,567.00"), "1234567 ₹");
  EXPECT_EQ(amount("pt-BR", "R$ 1.234,50"), "1234.5 R$");
}

TEST(Amount, KnowsWordsForACurrencyAndACodeBesideADollar) {
  EXPECT_EQ(amount("tr-TR", "1.234,50 TL"), "1234.5 TL");
  EXPECT_EQ(amount("ja-JP", "1,234円"), "1234 円");
  EXPECT_EQ(amount("zh-CN", "1,234元"), "1234 元");
  EXPECT_EQ(amount("ru-RU", "1 234,50 руб."), "1234.5 руб.");
  EXPECT_EQ(amount("en-CA", "$5 CAD"), "5 CAD");
  EXPECT_EQ(amount("en-US", "USD $1,234.50"), "1234.5 USD");
  EXPECT_EQ(amount("en-US", "-$5 USD"), "-5 USD");
  for (const char* text : {"$5 EUR", "€5 USD", "USD $5 USD", "$$5 USD", "USD 5 CAD", "CAD US$5"})
    EXPECT_EQ(amount("en-US", text), "wrong") << text;
}

TEST(Amount, IsReadInFrenchSwitzerlandAsWindowsAndAsIcuWriteIt) {
  EXPECT_EQ(amount("fr-CH", "1'234.50"), "1234.5");
  EXPECT_EQ(amount("fr-CH", "CHF 1’234.50"), "1234.5 CHF");
  EXPECT_EQ(amount("fr-CH", "1 234,50"), "1234.5");
  EXPECT_EQ(amount("fr-CH", "500.–"), "500");
  EXPECT_EQ(amount("fr-CH", "500,-"), "500");
  EXPECT_EQ(amount("fr-CH", "1.234"), "ambiguous");
  EXPECT_EQ(amount("fr-FR", "1'234.50"), "wrong");
}

TEST(Amount, ReadsEveryWayToWriteANegative) {
  EXPECT_EQ(amount("en-US", "(1,234.00)"), "-1234");
  EXPECT_EQ(amount("en-US", "($1,234.00)"), "-1234 $");
  EXPECT_EQ(amount("en-US", "$(1,234.00)"), "-1234 $");
  EXPECT_EQ(amount("en-US", "-$1,234.00"), "-1234 $");
  EXPECT_EQ(amount("en-US", "$-1,234.00"), "-1234 $");
  EXPECT_EQ(amount("en-US", "1,234.50-"), "-1234.5");
  EXPECT_EQ(amount("de-DE", "1.234,50- €"), "-1234.5 €");
  EXPECT_EQ(amount("de-DE", "\u22121.234,50 €"), "-1234.5 €");
  EXPECT_EQ(amount("en-US", "(0.00)"), "0");
}

TEST(Amount, TakesADashForNoCents) {
  EXPECT_EQ(amount("de-DE", "1.234,- €"), "1234 €");
  EXPECT_EQ(amount("de-CH", "CHF 500.–"), "500 CHF");
  EXPECT_EQ(amount("de-DE", "-5,-"), "-5");
}

TEST(Amount, KeepsTheCareOfNumbers) {
  EXPECT_EQ(amount("en-US", "$1.234"), "ambiguous $");
  EXPECT_EQ(amount("de-DE", "(1,234) €"), "ambiguous €");
  EXPECT_EQ(amount("en-US", "0.1000000000000000055511151231257827 €"),
            "0.1000000000000000055511151231257827 €");
}

TEST(Amount, RefusesWhatIsNotOneAmount) {
  for (const char* text :
       {"$",     "()",    "-",   "- 5", "(-5)",       "-(5)",        "-5-", "+-5", "(5",
        "5)",    "((5))", "€5€", "12%", "8.15E+08",   "1.5M",        "10k", "5 6", "5,",
        "ABC 5", "usd 5", "$ -", "",    "1,234.50 1", "5 EUR/month", "$$5", "NaN"})
    EXPECT_EQ(amount("en-US", text), "wrong") << text;
}

}  // namespace
}  // namespace referrald::mapping
