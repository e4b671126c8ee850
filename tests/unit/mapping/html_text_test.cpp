#include "mapping/html_text.hpp"

#include <gtest/gtest.h>

namespace referrald::mapping {
namespace {

TEST(HtmlText, TakesTagsOutAndKeepsLines) {
  EXPECT_EQ(html_text("<div>one</div><div>two</div>"), "one\ntwo");
  EXPECT_EQ(html_text("<p>one</p>\n\n<p>two<br/>three</p>"), "one\ntwo\nthree");
  EXPECT_EQ(html_text("a<br><br><br><br>b"), "a\n\nb");
  EXPECT_EQ(html_text("<ul><li>one</li><li>two</li></ul>"), "- one\n- two");
  EXPECT_EQ(html_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
  EXPECT_EQ(html_text("<b>b</b>old  \n and <i title='x > y'>more</i>"), "bold and more");
}

TEST(HtmlText, LeavesOutWhatIsNoText) {
  EXPECT_EQ(html_text("<html><head><title>x</title></head><body>y</body></html>"), "y");
  EXPECT_EQ(html_text("a<script>if (a < b) alert('</p>');</script>b"), "ab");
  EXPECT_EQ(html_text("a<STYLE>p{}</Style >b"), "ab");
  EXPECT_EQ(html_text("a<!-- <p> -- > -->b<!-->c"), "abc");
  EXPECT_EQ(html_text("<?xml version=\"1.0\"?><!DOCTYPE html>x"), "x");
}

TEST(HtmlText, DecodesEntities) {
  EXPECT_EQ(html_text("&lt;b&gt; &amp;amp; &quot;&apos;&#39;&#x20AC;&euro;&Uuml;&szlig;"),
            "<b> &amp; \"''€€Üß");
  EXPECT_EQ(html_text("&nbsp;a&nbsp;&nbsp;b&nbsp;"), "a b");
  EXPECT_EQ(html_text("Micro&shy;soft &#128512;"), "Microsoft 😀");
}

TEST(HtmlText, TakesNumbersOfWindowsForItsCharacters) {
  EXPECT_EQ(html_text("9&#150;17 o&#146;clock, 5 &#128; &#x9f;"), "9–17 o’clock, 5 € Ÿ");
  EXPECT_EQ(html_text("&#129;&#141;&#143;&#144;&#157;"), "&#129;&#141;&#143;&#144;&#157;");
}

TEST(HtmlText, KeepsLineEndsOfPreformattedText) {
  EXPECT_EQ(html_text("<p>a\nb</p><pre>\none\ntwo\r\n\r\n three</pre>c\nd"),
            "a b\none\ntwo\n\nthree\nc d");
}

TEST(HtmlText, KeepsCharacterData) {
  EXPECT_EQ(html_text("<![CDATA[x]]>"), "x");
  EXPECT_EQ(html_text("a<![CDATA[<p>R&amp;D > b</p>]]>c"), "a\nR&D > b\nc");
  EXPECT_EQ(html_text("<![CDATA[a\nb]]>"), "a\nb");
  EXPECT_EQ(html_text("<![CDATA[a]]><![CDATA[b]]>]]>"), "ab]]>");
  EXPECT_EQ(html_text("<![if !mso]>a<![endif]>"), "a");
  EXPECT_EQ(html_text("<![CDATA[<script>x]]></script>y"), "y");
}

TEST(HtmlText, LeavesAloneWhatIsNoEntity) {
  for (const char* text : {"R&D", "a & b;", "&unknown;", "&#xD800;", "&#0;", "&#99999999;", "&",
                           "&;", "&#;", "AT&T; &#x;"})
    EXPECT_EQ(html_text(text), text);
}

TEST(HtmlText, LeavesPlainTextAlone) {
  for (const char* text :
       {"3 < 5 and 5 > 3", "a\nb\n\nc", "<3", "a <b", "x <- y", "", "größe < 5", "a  b"})
    EXPECT_EQ(html_text(text), text);
}

TEST(HtmlText, KeepsWhatIsNoTagInAngleBrackets) {
  EXPECT_EQ(html_text("see <ada@x.de> for <b>more</b>"), "see <ada@x.de> for more");
  EXPECT_EQ(html_text("<p>From: Ada <a@x.de>, <b.c@x.de>,<br><p ada@x.de></p>"),
            "From: Ada <a@x.de>, <b.c@x.de>,\n<p ada@x.de>");
  for (const char* text :
       {"<https://contoso.com/a?b=c>", "<mailto:ada@x.de>", "<tel:030>", "Dear <Name>,",
        "<a lot of money>", "<b = 5>", "<to be discussed>", "</ada>", "</p ada>", "<!x>", "<?>",
        "<>", "</>", "< p >", "<p,q>", "<1>", "<img.png>", "<h7>"}) {
    EXPECT_EQ(html_text(text), text);
    EXPECT_EQ(html_text(std::string("<b>x</b>") + text), std::string("x") + text);
  }
}

TEST(HtmlText, KnowsTagsByTheirNamesAndAttributes) {
  for (const char* tag : {"<a href=\"mailto:ada@x.de\">",
                          "<A HREF='x'>",
                          "<a href=mailto:ada@x.de>",
                          "<img src = x/>",
                          "<input disabled type=checkbox>",
                          "<td nowrap>",
                          "<img alt src=x>",
                          "<option selected >",
                          "<span data-x>",
                          "<o:p>",
                          "</o:p>",
                          "<w:WordDocument>",
                          "<st1:place w:st=\"on\">",
                          "<font color=red>",
                          "</P >",
                          "<br/>",
                          "<br />",
                          "<p\nclass=x>",
                          "<span style=\"a\"class=\"b\">",
                          "<h1>",
                          "<svg viewBox='0'>",
                          "<![if !mso]>",
                          "<!doctype html>",
                          "<?xml:namespace prefix = o />"})
    EXPECT_EQ(html_text("x" + std::string(tag) + "&amp;").find('<'), std::string::npos) << tag;
}

TEST(HtmlText, LosesNoTextBehindATitleThatNothingEnds) {
  EXPECT_EQ(html_text("Dear <Title> Miller, <title>x</title>yes"), "Dear yes");
  EXPECT_EQ(html_text("Dear <Title> Miller,<br>yes"), "Dear Miller,\nyes");
  EXPECT_EQ(html_text("<head><body>text"), "text");
}

// With a search that begins anew at each of these, a cell of 1 MiB would take hours.
TEST(HtmlText, TakesLinearTimeForAnyInput) {
  for (const std::string piece : {"<",
                                  "<a",
                                  "<!--",
                                  "<!-->",
                                  "<a href=\"",
                                  "<a b='>",
                                  "</",
                                  "&",
                                  "&#",
                                  "<script>",
                                  "</script",
                                  "<p><",
                                  "\"<a='",
                                  "<!-- -->",
                                  "&nbsp;",
                                  "<br>",
                                  "<title></titl>",
                                  "<title>",
                                  "<head></",
                                  "<p hidden ",
                                  "<p hidden",
                                  "<template><style",
                                  "<![CDATA[",
                                  "<![CDATA[]]>"}) {
    std::string html;
    while (html.size() < 1U << 20U) html += piece;
    EXPECT_LE(html_text(html).size(), html.size()) << piece;
    EXPECT_LE(html_text(html + ">").size(), html.size() + 1) << piece;
  }
}

}  // namespace
}  // namespace referrald::mapping
