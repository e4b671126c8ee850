// What time it is at the service, told by its answers.
#include "daemon/submission/service_time.hpp"

#include <gtest/gtest.h>

#include "daemon/submission/rate_limit.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::ServiceTime;

class ServiceTimeTest : public testing::Test {
 protected:
  // An answer that comes now and says so.
  void hear(const std::string& date) {
    submission::Response response;
    response.date = date;
    time.hear(submission::moment_of(response, clock.steady()));
  }

  VirtualClock clock;  // from 2026-11-22T10:00:00Z
  ServiceTime time{clock};
};

TEST_F(ServiceTimeTest, IsOursBeforeTheFirstAnswer) {
  EXPECT_EQ(time.now(), clock.wall());
}

TEST_F(ServiceTimeTest, GoesOnFromWhatTheNewestAnswerSaid) {
  hear("Sun, 22 Nov 2026 05:00:00 GMT");
  EXPECT_EQ(time.now(), clock.wall() - 5h);
  clock.advance(90min);
  EXPECT_EQ(time.now(), clock.wall() - 5h);
  hear("Sun, 22 Nov 2026 09:30:00 GMT");
  EXPECT_EQ(time.now(), clock.wall() - 2h);
}

TEST_F(ServiceTimeTest, IsNotMovedBySettingOurClock) {
  hear("Sun, 22 Nov 2026 10:00:00 GMT");
  const auto before = time.now();
  clock.set_wall(clock.wall() + 5h);
  EXPECT_EQ(time.now(), before);
}

TEST_F(ServiceTimeTest, IsNeverLaterThanOurs) {
  hear("Sun, 22 Nov 2026 12:00:00 GMT");
  EXPECT_EQ(time.now(), clock.wall());
}

TEST_F(ServiceTimeTest, AnAnswerWithoutAReadableDateTellsNothing) {
  hear("Sun, 22 Nov 2026 05:00:00 GMT");
  hear("");
  hear("yesterday");
  EXPECT_EQ(time.now(), clock.wall() - 5h);
}

TEST_F(ServiceTimeTest, NeitherDoesWhatWasHeardBefore) {
  const submission::ServiceMoment early{clock.wall() - 9h, clock.steady()};
  clock.advance(1s);
  hear("Sun, 22 Nov 2026 05:00:01 GMT");
  time.hear(early);
  EXPECT_EQ(time.now(), clock.wall() - 5h);
}

}  // namespace
}  // namespace referrald::test
