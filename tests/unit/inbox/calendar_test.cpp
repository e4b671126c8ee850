#include "daemon/inbox/calendar.hpp"

#include <gtest/gtest.h>

#include "daemon/submission/wire.hpp"

namespace referrald::inbox {
namespace {

using submission::format_time;
using submission::WallTime;

WallTime at(const std::string& time) {
  return submission::parse_time(time).value();
}

std::string next(const std::string& schedule, const std::string& after) {
  return format_time(next_daily(config::parse_schedule(schedule).value(), at(after)));
}

std::string last(const std::string& schedule, const std::string& before) {
  return format_time(last_daily(config::parse_schedule(schedule).value(), at(before)));
}

TEST(Calendar, FindsTheNextTimeOfDayInItsZone) {
  EXPECT_EQ(next("daily 02:30 UTC", "2026-11-26T02:29:59Z"), "2026-11-26T02:30:00.000Z");
  EXPECT_EQ(next("daily 02:30 UTC", "2026-11-26T02:30:00Z"), "2026-11-27T02:30:00.000Z");
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2026-11-26T00:00:00Z"), "2026-11-26T01:30:00.000Z");
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2026-07-01T00:00:00Z"), "2026-07-01T00:30:00.000Z");
  EXPECT_EQ(next("daily 23:30 Pacific/Auckland", "2026-11-26T10:30:00Z"),
            "2026-11-27T10:30:00.000Z");
}

TEST(Calendar, ATimeThatIsSkippedInSpringIsDueWhenTheClocksGoOn) {
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2027-03-27T12:00:00Z"), "2027-03-28T01:00:00.000Z");
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2027-03-28T01:00:00Z"), "2027-03-29T00:30:00.000Z");
}

TEST(Calendar, ATimeThatComesTwiceInAutumnIsDueOnce) {
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
  EXPECT_EQ(next("daily 02:30 Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z");
}

TEST(Calendar, FindsTheLastTime) {
  EXPECT_EQ(last("daily 02:30 UTC", "2026-11-26T02:30:00Z"), "2026-11-26T02:30:00.000Z");
  EXPECT_EQ(last("daily 02:30 UTC", "2026-11-26T02:29:00Z"), "2026-11-25T02:30:00.000Z");
  EXPECT_EQ(last("daily 02:30 Europe/Berlin", "2027-03-28T00:59:00Z"), "2027-03-27T01:30:00.000Z");
}

TEST(Calendar, WithoutAZoneTheMachinesCounts) {
  ::setenv("TZ", "America/New_York", 1);
  EXPECT_EQ(next("daily 02:30", "2026-11-26T00:00:00Z"), "2026-11-26T07:30:00.000Z");
  ::setenv("TZ", ":Asia/Tokyo", 1);
  EXPECT_EQ(next("daily 02:30", "2026-11-26T00:00:00Z"), "2026-11-26T17:30:00.000Z");
  ::unsetenv("TZ");
}

}  // namespace
}  // namespace referrald::inbox
