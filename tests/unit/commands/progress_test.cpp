#include "daemon/progress.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "daemon/recording_log.hpp"
#include "tests/unit/commands/terminal.hpp"

namespace referrald {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A clock that a test turns.
struct Turned {
  Progress::SteadyTime now{};
  std::function<Progress::SteadyTime()> clock() {
    return [this] { return now; };
  }
};

TEST(ProgressLine, TellsCountsRateTimeLeftAndFailures) {
  EXPECT_EQ(progress_line({.phase = "sending", .done = 1'200, .total = 5'000, .failed = 3}, 1.0),
            "sending 1,200 of 5,000 (24 %), 60/min, 1h 03m left, 3 failed");
  EXPECT_EQ(progress_line({.phase = "reading", .done = 1'234'567}, 2'000.4),
            "reading 1,234,567, 2000/s");
  EXPECT_EQ(progress_line({.phase = "sending", .done = 0, .total = 10}, 0),
            "sending 0 of 10 (0 %)");
  EXPECT_EQ(progress_line({.phase = "sending", .done = 10, .total = 10}, 4),
            "sending 10 of 10 (100 %), 4.0/s");
}

TEST(RoughDuration, HasAtMostTwoUnits) {
  EXPECT_EQ(rough_duration(0s), "0s");
  EXPECT_EQ(rough_duration(59s), "59s");
  EXPECT_EQ(rough_duration(12min + 59s), "12m");
  EXPECT_EQ(rough_duration(1h + 4min), "1h 04m");
  EXPECT_EQ(rough_duration(76h), "3d 4h");
}

TEST(ProgressOnATerminal, RewritesOneLineAtMostTenTimesASecond) {
  test::Terminal terminal;
  Console console(terminal.fd());
  RecordingLog log;
  Turned time;
  Progress progress(console, log, time.clock(), Progress::Shown::yes);
  for (std::uint64_t i = 0; i <= 2'000; ++i) {  // two seconds, a row a millisecond
    progress.update({.phase = "sending", .done = i, .total = 4'000});
    time.now += 1ms;
  }
  const std::string shown = terminal.shown();
  EXPECT_EQ(test::occurrences(shown, "\r\x1b[K"), 21U);
  EXPECT_EQ(test::occurrences(shown, "\n"), 0U);
  EXPECT_THAT(shown, HasSubstr("sending 2,000 of 4,000 (50 %), 1000/s, 2s left"));
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST(ProgressOnATerminal, IsTakenAwayAtTheEnd) {
  test::Terminal terminal;
  Console console(terminal.fd());
  RecordingLog log;
  Turned time;
  Progress progress(console, log, time.clock(), Progress::Shown::yes);
  progress.update({.phase = "sending", .done = 1});
  progress.done();
  EXPECT_EQ(terminal.shown(), "\r\x1b[Ksending 1\r\x1b[K");
}

TEST(ProgressWithoutATerminal, IsALineOfTheLogEverLessOften) {
  const int fd = ::open("/dev/null", O_WRONLY);
  Console console(fd);
  RecordingLog log;
  Turned time;
  Progress progress(console, log, time.clock(), Progress::Shown::yes);
  for (std::uint64_t second = 0; second <= 100; ++second) {
    progress.update({.phase = "sending", .done = second * 2, .total = 1'000, .failed = 1});
    time.now += 1s;
  }
  EXPECT_THAT(
      log.lines(),
      ElementsAre(
          "info progress event=progress phase=sending done=20 total=1000 failed=1 per_minute=120 "
          "seconds_left=490",
          "info progress event=progress phase=sending done=60 total=1000 failed=1 per_minute=120 "
          "seconds_left=470",
          "info progress event=progress phase=sending done=140 total=1000 failed=1 per_minute=120 "
          "seconds_left=430"));
  ::close(fd);
}

TEST(ProgressSwitchedOff, SaysNothing) {
  test::Terminal terminal;
  Console console(terminal.fd());
  RecordingLog log;
  Turned time;
  Progress progress(console, log, time.clock(), Progress::Shown::no);
  progress.update({.phase = "sending", .done = 1});
  time.now += 1h;
  progress.update({.phase = "sending", .done = 2});
  EXPECT_EQ(terminal.shown(), "");
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST(ProgressRate, FollowsTheLastHalfMinute) {
  test::Terminal terminal;
  Console console(terminal.fd());
  RecordingLog log;
  Turned time;
  Progress progress(console, log, time.clock(), Progress::Shown::yes);
  std::uint64_t done = 0;
  for (int second = 0; second < 60; ++second, time.now += 1s)
    progress.update({.phase = "sending", .done = done += 100});
  for (int second = 0; second < 60; ++second, time.now += 1s)
    progress.update({.phase = "sending", .done = done += 2});
  const std::string shown = terminal.shown();
  EXPECT_THAT(shown.substr(shown.rfind('\r')), HasSubstr("2.0/s"));
}

}  // namespace
}  // namespace referrald
