// The small texts: times, GUIDs, base64, JSON strings, query parameters.
#include <gtest/gtest.h>

#include "tests/simulator/encoding.hpp"
#include "tests/simulator/json_text.hpp"
#include "tests/simulator/message.hpp"
#include "tests/simulator/random.hpp"
#include "tests/simulator/time.hpp"

namespace referrald::simulator {
namespace {

TEST(SimulatorTime, IsWrittenWithUpToSevenDigitsAndWithoutTrailingZeros) {
  const Time time = *parse_time("2022-03-07T06:29:18Z");
  EXPECT_EQ(format_time(time), "2022-03-07T06:29:18Z");
  EXPECT_EQ(format_time(time + Ticks{8101440}), "2022-03-07T06:29:18.810144Z");
  EXPECT_EQ(format_time(time + Ticks{1}), "2022-03-07T06:29:18.0000001Z");
}

TEST(SimulatorTime, IsReadWithFractionsAndOffsets) {
  const auto reference = parse_time("2026-03-31T10:00:00Z");
  ASSERT_TRUE(reference);
  EXPECT_EQ(parse_time("2026-03-31T12:00:00+02:00"), reference);
  EXPECT_EQ(parse_time("2026-03-31T08:30:00-01:30"), reference);
  EXPECT_EQ(parse_time("2026-03-31T10:00:00"), reference);
  EXPECT_EQ(parse_time("2026-03-31T10:00:00.5Z"), *reference + Ticks{5'000'000});
  EXPECT_EQ(parse_time("2026-03-31"), *reference - std::chrono::hours{10});
}

TEST(SimulatorTime, IsNotReadFromWhatIsNoTime) {
  for (const char* text : {"", "31.03.2026", "2026-02-30", "2026-13-01", "2026-03-31T25:00:00Z",
                           "2026-03-31T10:00:00Zx", "2026-03-31T10:00Z", "2026-03-31T10:00:00.Z",
                           "2026-03-31T10:00:00+99:00", "0000-01-01", "2026-03-31T"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(SimulatorTime, IsWrittenForHttp) {
  EXPECT_EQ(format_http_date(*parse_time("2026-01-01T02:03:04.5Z")),
            "Thu, 01 Jan 2026 02:03:04 GMT");
}

TEST(SimulatorGuid, IsReadInAnyCaseAndWrittenInLower) {
  const auto guid = parse_guid("7F0E3C0A-6a52-4F35-9a51-0b3c0e7d9a11");
  ASSERT_TRUE(guid);
  EXPECT_EQ(format_guid(*guid), "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11");
  EXPECT_FALSE(parse_guid("{7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11}"));
  EXPECT_FALSE(parse_guid("7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a1g"));
  EXPECT_FALSE(parse_guid("7f0e3c0a06a52-4f35-9a51-0b3c0e7d9a11"));
}

TEST(SimulatorGuid, IsVersionFourAndRepeatsWithTheSeed) {
  Random one(7);
  Random same(7);
  Random other(8);
  const auto text = format_guid(one.guid());
  EXPECT_EQ(text[14], '4');
  EXPECT_NE(std::string_view{"89ab"}.find(text[19]), std::string_view::npos);
  EXPECT_EQ(format_guid(same.guid()), text);
  EXPECT_NE(format_guid(other.guid()), text);
}

TEST(SimulatorBase64, ComesBackAsItWas) {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe\x00\x01zz"}) {
    EXPECT_EQ(decode_base64url(encode_base64url(text)), text);
  }
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
  EXPECT_FALSE(decode_base64url("a+b/"));
  EXPECT_FALSE(decode_base64url("abcde"));
}

TEST(SimulatorJsonString, EscapesWhatJsonWantsEscaped) {
  std::string out;
  append_json_string(out, "a\"b\\c\n\x01ü");
  EXPECT_EQ(out, R"("a\"b\\c\n\u0001ü")");
}

TEST(SimulatorParameters, AreDecoded) {
  const auto pairs = parameters("a=1%202+3&%24filter=x%27y&flag&=z&bad=%zz%4");
  ASSERT_EQ(pairs.size(), 5U);
  EXPECT_EQ(pairs[0].second, "1 2 3");
  EXPECT_EQ(pairs[1].first, "$filter");
  EXPECT_EQ(pairs[1].second, "x'y");
  EXPECT_EQ(pairs[2].second, "");
  EXPECT_EQ(pairs[4].second, "%zz%4");
}

TEST(SimulatorMediaType, IgnoresCaseAndParameters) {
  EXPECT_TRUE(is_media_type("Application/JSON ; charset=utf-8", "application/json"));
  EXPECT_FALSE(is_media_type("application/json-patch+json", "application/json"));
  EXPECT_FALSE(is_media_type("", "application/json"));
}

}  // namespace
}  // namespace referrald::simulator
