#include "mapping/phone.hpp"

#include <gtest/gtest.h>

namespace referrald::mapping {
namespace {

std::string clean(std::string_view text, std::string_view code = "") {
  return read_phone(text, code).number.value_or("refused");
}

TEST(Phone, KeepsDigitsAndALeadingPlus) {
  EXPECT_EQ(clean("+49 30 1234-567"), "+49301234567");
  EXPECT_EQ(clean("+49 (0)30 / 1234567"), "+49301234567");
  EXPECT_EQ(clean("(+49) 30 1234567"), "+49301234567");
  EXPECT_EQ(clean("0049 (0)30 1234567"), "+49301234567");
  EXPECT_EQ(clean("tel:+1-425-555-0100"), "+14255550100");
  EXPECT_EQ(clean("030/1234567"), "0301234567");
  EXPECT_EQ(clean("425.555.0100"), "4255550100");
  EXPECT_EQ(clean("+49\u00a030\u20111234567"), "+49301234567");
}

TEST(Phone, TakesACountryOnlyFromTheArgument) {
  EXPECT_EQ(clean("030 1234567", "49"), "+49301234567");
  EXPECT_EQ(clean("(0)30 1234567", "+49"), "+49301234567");
  EXPECT_EQ(clean("+44 20 7946 0000", "49"), "+442079460000");
  EXPECT_EQ(clean("(425) 555-0100", "1"), "+14255550100");
  EXPECT_EQ(clean("1-425-555-0100", "1"), "+14255550100");
  EXPECT_EQ(clean("06 1234567", "39"), "+39061234567");
  EXPECT_EQ(clean("06 1 234 5678", "36"), "+3612345678");
  EXPECT_EQ(clean("8 495 123-45-67", "7"), "+74951234567");
}

TEST(Phone, LeavesAnExtensionOut) {
  EXPECT_EQ(clean("+1 425 555 0100 x12"), "+14255550100");
  EXPECT_EQ(clean("(425) 555-0100, ext. 12", "1"), "+14255550100");
  EXPECT_EQ(clean("030 1234567 Durchwahl 12"), "0301234567");
}

TEST(Phone, RefusesWhatIsNotOneNumber) {
  for (const char* text :
       {"ask Ann", "1-800-FLOWERS", "1234", "+", "", "+0301234567", "++49301234567", "+49 30 +49",
        "030 1234567 / 89", "0301234567; 0307654321", "030 1234567, 7654321", "(030 1234567",
        "030) 1234567", "1234567890123456", "12 34 5\n67"})
    EXPECT_EQ(clean(text), "refused") << text;
}

TEST(Phone, RefusesTwoNumbersInOneCell) {
  for (const char* text :
       {"555-1234 555-9876", "555-1234 / 555-9876", "5551234 5559876", "+1 555-1234 555-9876",
        "+1 555-1234 - 555-9876", "030 123456 030 654321", "(030) 123 (030) 456",
        "(425) 555-0100 (425) 555-0101", "425.555.0100 425.555.0101",
        "+1 425 555 0100 425 555 0101", "12-345 67-890", "12-3456\u00a012-6543",
        "011 44 20 7946 0000", "49 171 12345678"})
    EXPECT_EQ(clean(text), "refused") << text;
  EXPECT_EQ(clean("555-1234 555-9876", "1"), "refused");
}

TEST(Phone, TakesOneNumberForOneHoweverItIsGrouped) {
  EXPECT_EQ(clean("+49 (0)89 1234-5678"), "+498912345678");
  EXPECT_EQ(clean("030/1234567-89"), "030123456789");
  EXPECT_EQ(clean("030/1234567-89", "49"), "+4930123456789");
  EXPECT_EQ(clean("1 (800) 555-0100 x12"), "18005550100");
  EXPECT_EQ(clean("1 (800) 555-0100 x12", "1"), "+18005550100");
  EXPECT_EQ(clean("01 23 45 67 89", "33"), "+33123456789");
  EXPECT_EQ(clean("+33 1.23.45.67.89"), "+33123456789");
  EXPECT_EQ(clean("98765 43210", "91"), "+919876543210");
  EXPECT_EQ(clean("22-33 44-55", "47"), "+4722334455");
  EXPECT_EQ(clean("+43 664 123 456 789"), "+43664123456789");
  EXPECT_EQ(clean("+55 (11) 98765-4321"), "+5511987654321");
  EXPECT_EQ(clean("(55) (11) 8765-432"), "55118765432");
  EXPECT_EQ(clean("0755-1234 5678", "86"), "+8675512345678");
  EXPECT_EQ(clean("090-1234-5678", "81"), "+819012345678");
  EXPECT_EQ(clean("+7 495 123-45-67"), "+74951234567");
  EXPECT_EQ(clean("+971 50 123 4567"), "+971501234567");
}

TEST(Phone, MayBeginWithACountrysCodeWithoutPlusInOneRun) {
  EXPECT_EQ(clean("4915112345678"), "4915112345678");
  EXPECT_EQ(clean("4915112345678", "49"), "refused");
}

TEST(Phone, ThatMayBeginWithTheCountrysCodeWithoutPlusIsRefused) {
  for (const char* text : {"49 30 1234567", "4930123456", "49301234567", "49 171 1234567"})
    EXPECT_EQ(clean(text, "49"), "refused") << text;
  EXPECT_EQ(clean("(49) 30 1234567", "49"), "refused");
  EXPECT_EQ(clean("39 06 1234567", "39"), "refused");
  EXPECT_EQ(clean("43 1 2345678", "43"), "refused");
  EXPECT_EQ(clean("7 495 123-45-67", "7"), "refused");
  EXPECT_EQ(read_phone("49 30 1234567", "49").remedy, "Before a country's code write +.");
  EXPECT_EQ(clean("049 30 1234567", "49"), "+4949301234567") << "an area's code";
  EXPECT_EQ(clean("+49 30 1234567", "49"), "+49301234567");
  EXPECT_EQ(clean("0049 30 1234567", "49"), "+49301234567");
  EXPECT_EQ(clean("393 1234567", "39"), "+393931234567");
  EXPECT_EQ(clean("45 12 34 56", "45"), "+4545123456");
  EXPECT_EQ(clean("91234 56789", "91"), "+919123456789");
  EXPECT_EQ(clean("(55) 3222 1234", "55"), "+555532221234");
  EXPECT_EQ(clean("(55) 93222 1234", "55"), "+5555932221234");
  EXPECT_EQ(clean("1 425 555 0100", "1"), "+14255550100");
}

TEST(Phone, HasFiveDigitsBeforeACountrysCodeIsAdded) {
  for (const char* text : {"110", "1234", "0110"}) EXPECT_EQ(clean(text, "49"), "refused") << text;
  EXPECT_EQ(clean("12345", "49"), "+4912345");
}

TEST(Phone, WithANationalZeroBehindTheCountrysCodeIsRefused) {
  for (const char* text :
       {"+49 030 1234567", "+49 0 30 1234567", "0049 030 1234567", "+49030 1234567",
        "(+49) 030 1234567", "+49 (0) 030 1234567", "+36 06 1 234 5678", "+44 (020) 7946 0000",
        "+353 01 234 5678", "+1 0425 555 0100"})
    EXPECT_EQ(clean(text), "refused") << text;
  EXPECT_EQ(read_phone("+49 030 1234567", "").remedy,
            "Leave the 0 behind the country's code out: +49 30 1234567.");
  EXPECT_EQ(clean("+39 06 1234567"), "+39061234567");
  EXPECT_EQ(clean("+225 01 02 03 04 05"), "+2250102030405");
  EXPECT_EQ(clean("+98 21 1234 5678"), "+982112345678");
}

TEST(Phone, OfNorthAmericaOrRussiaHasTenDigits) {
  EXPECT_EQ(clean("+7 8 495 123-45-67"), "refused");
  EXPECT_EQ(clean("+7 812 123-45-67"), "+78121234567");
  EXPECT_EQ(clean("555-0100", "1"), "refused");
  EXPECT_EQ(clean("+1 425 555 010"), "refused");
  EXPECT_EQ(read_phone("555-0100", "1").remedy,
            "Behind +1 and +7 write all ten digits, the area's code among them.");
}

TEST(Phone, OfACountryThatKeepsItsZeroHasItWithoutBrackets) {
  EXPECT_EQ(clean("+39 (0)6 1234567"), "refused");
  EXPECT_EQ(clean("+39 (0)347 1234567"), "refused");
}

TEST(Phone, ThatAProgramTookForADecimalIsRefused) {
  for (const char* text : {"4255550100.0", "4255550100.00", "+4930123456.0", "4930123456.0"}) {
    EXPECT_EQ(clean(text), "refused") << text;
    EXPECT_EQ(clean(text, "1"), "refused") << text;
  }
}

TEST(Phone, LongerThanAnyNumberIsRefusedAtOnce) {
  std::string text;
  while (text.size() < 1U << 20U) text += "1 ";
  EXPECT_EQ(clean(text), "refused");
  EXPECT_EQ(clean(std::string(150, ' ') + "030 12345" + std::string(60, ' ')), "refused");
}

TEST(Phone, CallingCodeHasOneToThreeDigits) {
  for (const char* code : {"1", "49", "+49", "358"}) EXPECT_TRUE(is_calling_code(code)) << code;
  for (const char* code : {"", "+", "0", "049", "0049", "1234", "DE", "4 9"})
    EXPECT_FALSE(is_calling_code(code)) << code;
}

TEST(Phone, IsNoDate) {
  for (const char* date :
       {"31.12.2026", "2026-03-31", "2026/03/31", "2026.03.31", "3/31/2026", "01-02-1999"})
    EXPECT_EQ(clean(date, "49"), "refused") << date;
  EXPECT_EQ(clean("030.12.3456", "49"), "+4930123456");
  EXPECT_EQ(clean("01.23.45.67.89", "33"), "+33123456789");
}

}  // namespace
}  // namespace referrald::mapping
