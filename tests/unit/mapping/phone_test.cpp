#include "mapping/phone.hpp"

#include <gtest/gtest.h>

namespace referrald::mapping {
namespace {

std::string clean(std::string_view text, std::string_view code = "") {
  return clean_phone(text, code).value_or("refused");
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

TEST(Phone, CallingCodeHasOneToThreeDigits) {
  for (const char* code : {"1", "49", "+49", "358"}) EXPECT_TRUE(is_calling_code(code)) << code;
  for (const char* code : {"", "+", "0", "049", "0049", "1234", "DE", "4 9"})
    EXPECT_FALSE(is_calling_code(code)) << code;
}

}  // namespace
}  // namespace referrald::mapping
