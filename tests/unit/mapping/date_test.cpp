#include <gtest/gtest.h>

#include "mapping/dates.hpp"

namespace referrald::mapping {
namespace {

TimeZone zone(std::string_view name) {
  return TimeZone::find(name).value();
}

std::string iso(std::string_view text, std::string_view name = "UTC") {
  const auto reading = DateReader::iso(zone(name)).read(text);
  return reading.utc.empty() ? "wrong: " + reading.fault : reading.utc;
}

std::string read(std::string_view pattern, std::string_view text, std::string_view name = "UTC") {
  std::string error;
  const auto reader = DateReader::compile(pattern, zone(name), error);
  if (!reader) return "no pattern: " + error;
  const auto reading = reader->read(text);
  return reading.utc.empty() ? "wrong: " + reading.fault : reading.utc;
}

TEST(Date, WithoutFormatIsIso) {
  EXPECT_EQ(iso("2024-11-10"), "2024-11-10T00:00:00Z");
  EXPECT_EQ(iso("2024-01-22T20:36:47.000+0000"), "2024-01-22T20:36:47Z");
  EXPECT_EQ(iso("2018-05-25T16:21:09.0000000+00:00"), "2018-05-25T16:21:09Z");
  EXPECT_EQ(iso("2026-03-31T23:30:00+02:00"), "2026-03-31T21:30:00Z");
  EXPECT_EQ(iso("2026-03-31T23:30:00-05"), "2026-04-01T04:30:00Z");
  EXPECT_EQ(iso("2026-03-31 14:30"), "2026-03-31T14:30:00Z");
  EXPECT_EQ(iso("2026-03-31t14:30:15z"), "2026-03-31T14:30:15Z");
  EXPECT_EQ(iso("2024-02-29"), "2024-02-29T00:00:00Z");
}

TEST(Date, WithoutFormatRefusesWhatIsNotIso) {
  for (const char* text :
       {"31.03.2026", "2026-3-31", "20260331", "2026-03", "", "2026-03-31T", "2026-03-31T14",
        "2026-03-31X14:30", "2026-03-31T14:30:00+2", "2026-03-31T14:30 Uhr",
        "2026-03-31T14:30:00+15:00", "2026-03-31T14:30:00+02:"})
    EXPECT_EQ(iso(text), "wrong: it does not read as ISO 8601 (such as 2026-03-31)") << text;
}

TEST(Date, ThatDoesNotExistIsRefused) {
  EXPECT_EQ(iso("2026-04-31"), "wrong: there is no day 2026-04-31");
  EXPECT_EQ(iso("2025-02-29"), "wrong: there is no day 2025-02-29");
  EXPECT_EQ(iso("0000-01-01"), "wrong: there is no day 0000-01-01");
  EXPECT_EQ(iso("2026-04-30T24:00"), "wrong: there is no time 24:00:00");
  EXPECT_EQ(read("%m/%d/%Y", "31/03/2026"), "wrong: there is no day 2026-31-03");
  EXPECT_EQ(read("%m/%d/%Y %I:%M %p", "3/31/2026 0:30 PM"),
            "wrong: there is no hour 0 with AM or PM");
  EXPECT_EQ(iso("0001-01-01T00:30:00+01:00"), "wrong: the year is out of range");
}

TEST(Date, FollowsItsFormat) {
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%m/%d/%Y", "03/31/2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%d.%m.%Y %H:%M", "31.03.2026 7:05"), "2026-03-31T07:05:00Z");
  EXPECT_EQ(read("%m/%d/%Y %I:%M %p", "3/31/2026 12:05 AM"), "2026-03-31T00:05:00Z");
  EXPECT_EQ(read("%m/%d/%Y %I:%M%p", "3/31/2026 12:05pm"), "2026-03-31T12:05:00Z");
  EXPECT_EQ(read("%d-%b-%Y", "31-Mar-2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%A, %B %d, %Y", "Tuesday, March 31, 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%d %b %y", "1 septe 68"), "wrong: it does not read as %d %b %y");
  EXPECT_EQ(read("%d %b %y", "1 sept. 68"), "2068-09-01T00:00:00Z");
  EXPECT_EQ(read("%d %b %y", "1 sep. 68"), "2068-09-01T00:00:00Z");
  EXPECT_EQ(read("%d/%m/%y", "1/9/69"), "1969-09-01T00:00:00Z");
  EXPECT_EQ(read("%F %T.%f %z", "2026-03-31 14:30:15.123 +0200"), "2026-03-31T12:30:15Z");
  EXPECT_EQ(read("%D %R", "03/31/26 14:30"), "2026-03-31T14:30:00Z");
}

TEST(Date, MustFitItsFormatWholly) {
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026 12:00 AM"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%m/%d/%Y", "3/31/26"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%m/%d/%Y", "3-31-2026"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%d.%m.%Y", "31.03.2026x"), "wrong: it does not read as %d.%m.%Y");
}

TEST(Date, WithoutATimeIsADayWhateverTheZone) {
  EXPECT_EQ(iso("2026-03-31", "Europe/Berlin"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026", "America/Los_Angeles"), "2026-03-31T00:00:00Z");
}

TEST(Date, WithALocalTimeFollowsTheZone) {
  EXPECT_EQ(iso("2026-01-15T12:00", "Europe/Berlin"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(iso("2026-07-15T12:00", "Europe/Berlin"), "2026-07-15T10:00:00Z");
  EXPECT_EQ(iso("2026-07-15T12:00Z", "Europe/Berlin"), "2026-07-15T12:00:00Z");
  EXPECT_EQ(iso("2026-12-31T22:00", "America/New_York"), "2027-01-01T03:00:00Z");
}

TEST(Date, OfAnHourThatOccursTwiceIsTheFirst) {
  EXPECT_EQ(iso("2026-10-25T02:30", "Europe/Berlin"), "2026-10-25T00:30:00Z");
}

TEST(Date, OfAnHourThatTheClocksLeaveOutIsRefused) {
  EXPECT_EQ(iso("2026-03-29T02:30", "Europe/Berlin"),
            "wrong: the clocks of Europe/Berlin left this time out");
}

TEST(Date, FormatMustNameADay) {
  EXPECT_EQ(read("%m/%d", ""), "no pattern: it needs the year, once: %Y");
  EXPECT_EQ(read("%d/%d/%Y", ""), "no pattern: it needs the month, once: %m");
  EXPECT_EQ(read("%m/%Y", ""), "no pattern: it needs the day, once: %d");
  EXPECT_EQ(read("%F %I:%M", ""), "no pattern: %I needs %p, AM or PM (24 hours are %H)");
  EXPECT_EQ(read("%F %M", ""),
            "no pattern: minutes need hours, seconds need minutes, fractions need seconds");
  EXPECT_EQ(read("%F %T %H", ""), "no pattern: a part of the time occurs twice");
  EXPECT_EQ(read("%F %", ""), "no pattern: it ends in a single %");
}

TEST(Date, ZoneIsAnIanaName) {
  EXPECT_FALSE(TimeZone::find("Europe/Berln"));
  EXPECT_EQ(TimeZone::nearest("Europe/Berln"), "Europe/Berlin");
}

TEST(Date, OfTheApiIsUtcWithATime) {
  EXPECT_TRUE(is_utc_date_time("2026-03-31T00:00:00Z"));
  EXPECT_TRUE(is_utc_date_time("2026-03-31T00:00:00.1234567Z"));
  for (const char* text : {"2026-03-31", "2026-03-31T00:00:00", "2026-03-31T00:00:00+00:00",
                           "2026-02-30T00:00:00Z", "2026-03-31t00:00:00Z", ""})
    EXPECT_FALSE(is_utc_date_time(text)) << text;
}

}  // namespace
}  // namespace referrald::mapping
