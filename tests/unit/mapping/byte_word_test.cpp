#include "mapping/byte_word.hpp"

#include <string>

#include <gtest/gtest.h>

#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

// Longer than three words, so that there are words before, between and behind.
constexpr std::size_t longest = 27;

template <typename Check>
void at_each_place_of_each_length(const std::string& put, const Check& check) {
  for (std::size_t length = put.size(); length <= longest; ++length)
    for (std::size_t place = 0; place + put.size() <= length; ++place)
      check(std::string(length, 'x').replace(place, put.size(), put));
}

TEST(ByteWord, FindsAByteWhereverItStands) {
  const auto has_quote = [](ByteWord bytes) { return any_is(bytes, '"'); };
  at_each_place_of_each_length("\"", [&](const std::string& text) {
    EXPECT_TRUE(any_word(text, has_quote)) << text;
    EXPECT_FALSE(any_word(text, any_beyond_ascii)) << text;
  });
  for (std::size_t length = 0; length <= longest; ++length)
    EXPECT_FALSE(any_word(std::string(length, '!'), has_quote)) << length;
  EXPECT_FALSE(any_word({}, has_quote));
}

TEST(ByteWord, TellsBytesApartByTheirValue) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(9, static_cast<char>(byte));
    EXPECT_EQ(any_word(text, [](ByteWord bytes) { return any_less(bytes, ' '); }), byte < ' ');
    EXPECT_EQ(any_word(text, [](ByteWord bytes) { return any_is(bytes, 0x7F); }), byte == 0x7F);
    EXPECT_EQ(any_word(text, any_beyond_ascii), byte > 0x7F);
  }
}

TEST(HasBlank, WhereverItStands) {
  for (const char* blank : {" ", "\t", "\n", "\x01", "\x7F", "\u00A0", "\u2009", "\u200B"})
    at_each_place_of_each_length(
        blank, [](const std::string& text) { EXPECT_TRUE(has_blank(text)) << text; });
  for (const char* letter : {"ü", "日", "🙂", "\u0301"})
    at_each_place_of_each_length(
        letter, [](const std::string& text) { EXPECT_FALSE(has_blank(text)) << text; });
  EXPECT_FALSE(has_blank(""));
}

}  // namespace
}  // namespace referrald::mapping
