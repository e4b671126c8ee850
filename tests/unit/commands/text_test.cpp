#include "daemon/text.hpp"

#include <gtest/gtest.h>

namespace referrald {
namespace {

using namespace std::string_literals;

TEST(Printable, KeepsTextAndEscapesWhatActsOnATerminal) {
  EXPECT_EQ(printable("Müller & Söhne, 日本 €"), "Müller & Söhne, 日本 €");
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(printable("nul\0!"s), "nul\\x00!");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"), "\\u009b");      // a one-character ESC [
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\u202e");  // right-to-left override
  EXPECT_EQ(printable("\xE2\x80\xA8"), "\\u2028");  // line separator
}

TEST(Printable, EscapesEachByteThatIsNoUtf8) {
  EXPECT_EQ(printable("caf\xe9!"), "caf\\xe9!");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("cut \xE2\x82"), "cut \\xe2\\x82");
}

TEST(QuotedValue, QuotesWhatWouldBreakKeyEqualsValue) {
  EXPECT_EQ(quoted_value("plain-1"), "plain-1");
  EXPECT_EQ(quoted_value(""), "\"\"");
  EXPECT_EQ(quoted_value("two words"), "\"two words\"");
  EXPECT_EQ(quoted_value("a=b"), "\"a=b\"");
  EXPECT_EQ(quoted_value("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"");
}

TEST(ValidUtf8, ReplacesAndTells) {
  EXPECT_EQ(valid_utf8("Zoë").text, "Zoë");
  EXPECT_FALSE(valid_utf8("Zoë").replaced);
  EXPECT_EQ(valid_utf8("Zo\xeb!").text, "Zo\xEF\xBF\xBD!");
  EXPECT_TRUE(valid_utf8("Zo\xeb!").replaced);
}

TEST(AsTyped, NamesEachCommandAsItIsTypedUnderTheUnits) {
  EXPECT_EQ(as_typed("see `referrald status`, then `referrald retry ID`; `referraldctl x`",
                     "referraldctl @contoso"),
            "see `referraldctl @contoso status`, then `referraldctl @contoso retry ID`; "
            "`referraldctl x`");
  EXPECT_EQ(as_typed("referrald runs", "referraldctl"), "referrald runs");
}

TEST(Wrapped, BreaksAtBlanksAndKeepsLongWords) {
  EXPECT_EQ(wrapped("a short text", 4), "a short text");
  const std::string word(30, 'w');
  EXPECT_EQ(wrapped(word + ' ' + word + ' ' + word, 10),
            word + ' ' + word + '\n' + std::string(10, ' ') + word);
  const std::string longest(200, 'x');
  EXPECT_EQ(wrapped(longest, 10), longest);
  EXPECT_EQ(wrapped("a  b", 0), "a  b");
}

TEST(JsonString, EscapesWhatJsonForbids) {
  EXPECT_EQ(json_string("a\"b\\c\nd\x01\xff"), "\"a\\\"b\\\\c\\nd\\u0001\xEF\xBF\xBD\"");
}

TEST(WithoutLinks, LeavesTheirText) {
  EXPECT_EQ(without_links("[errors.md](errors.md#the-ledger) says so; so does [a](b)."),
            "errors.md says so; so does a.");
  EXPECT_EQ(without_links("plain [1] (2)"), "plain [1] (2)");
  EXPECT_EQ(without_links(""), "");
}

}  // namespace
}  // namespace referrald
