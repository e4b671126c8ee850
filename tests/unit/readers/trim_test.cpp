#include <gtest/gtest.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

std::string utf8(char32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  return {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
          static_cast<char>(0x80 | (c & 0x3F))};
}

TEST(Trim, VisibleTextStaysAsItIs) {
  for (const char* text : {"Contoso", "a", "Müller", "日本", "Ä Ö", "💡", "❤️", "x\xC2\xA0y"}) {
    EXPECT_EQ(trim(text), text);
  }
  EXPECT_EQ(trim(""), "");
}

TEST(Trim, AsciiBlanksGoFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n\v\fContoso, Ltd. \n"), "Contoso, Ltd.");
  EXPECT_EQ(trim("Contoso "), "Contoso");
  EXPECT_EQ(trim(" Contoso"), "Contoso");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Trim, UnicodesWhiteSpaceAndZeroWidthGoFromBothEnds) {
  // White_Space of the Unicode character database, then what has no width.
  for (const char32_t blank :
       {0x85,   0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
        0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xAD,
        0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D,
        0x202E, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF}) {
    const std::string one = utf8(blank);
    EXPECT_EQ(trim(one + "Müller" + one + one), "Müller") << std::hex << std::uint32_t{blank};
    EXPECT_EQ(trim(" " + one + "é " + one), "é") << std::hex << std::uint32_t{blank};
    EXPECT_EQ(trim(one + one), "") << std::hex << std::uint32_t{blank};
    EXPECT_EQ(trim("a" + one + "b"), "a" + one + "b") << std::hex << std::uint32_t{blank};
  }
}

TEST(Trim, NeighboursOfBlanksInUnicodeStay) {
  for (const char32_t c :
       {0x84,   0x86,   0x9F,   0xA1,   0xAC,   0xAE,   0x167F, 0x1681, 0x1FFF, 0x2010,
        0x2027, 0x2030, 0x205E, 0x2061, 0x2065, 0x206A, 0x2FFF, 0x3001, 0xFEFE, 0xFE0F}) {
    EXPECT_EQ(trim(utf8(c)), utf8(c)) << std::hex << std::uint32_t{c};
  }
}

TEST(Trim, BrokenUtf8DoesNotConfuseIt) {
  for (const char* text : {"\xC2", "\xA0", "\xE2\x80", "\x80\x8B", "\xEF\xBB", "\xF0\x9F\x98",
                           "a\xE2\x80", "\xE2\x80 b"}) {
    EXPECT_EQ(trim(text), text);
  }
}

}  // namespace
}  // namespace referrald::mapping
