#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "daemon/submission/rate_limit.hpp"
#include "tests/support/virtual_clock.hpp"
#include "tests/unit/submission/scripted_random.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using submission::backoff;
using submission::retry_after;

constexpr double nearly_one = 1.0 - std::numeric_limits<double>::epsilon() / 2;

config::Retry retry(milliseconds initial, milliseconds max) {
  config::Retry retry;
  retry.initial = initial;
  retry.max = max;
  return retry;
}

// -- backoff
// ----------------------------------------------------------------------------------------

TEST(Backoff, DoublesItsCeilingWithEachFailureUpToTheLongestWait) {
  ScriptedRandom random(nearly_one);
  const auto settings = retry(1s, 20s);
  EXPECT_EQ(backoff(settings, 1, random), 999ms);
  EXPECT_EQ(backoff(settings, 2, random), 1'999ms);
  EXPECT_EQ(backoff(settings, 3, random), 3'999ms);
  EXPECT_EQ(backoff(settings, 4, random), 7'999ms);
  EXPECT_EQ(backoff(settings, 5, random), 15'999ms);
  EXPECT_EQ(backoff(settings, 6, random), 19'999ms);
  EXPECT_EQ(backoff(settings, 7, random), 19'999ms);
}

TEST(Backoff, IsAnyShareOfTheCeilingNoneIncluded) {
  ScriptedRandom random;
  const auto settings = retry(1s, 5min);
  random.then(0.0);
  random.then(0.25);
  random.then(0.75);
  EXPECT_EQ(backoff(settings, 4, random), 0ms);
  EXPECT_EQ(backoff(settings, 4, random), 2s);
  EXPECT_EQ(backoff(settings, 4, random), 6s);
}

TEST(Backoff, DrawsOnceForEachWait) {
  ScriptedRandom random;
  (void)backoff(retry(1s, 5min), 3, random);
  EXPECT_EQ(random.drawn(), 1);
}

TEST(Backoff, TakesAFailureBeforeTheFirstForTheFirst) {
  ScriptedRandom random;
  EXPECT_EQ(backoff(retry(1s, 5min), 0, random), 500ms);
  EXPECT_EQ(backoff(retry(1s, 5min), -5, random), 500ms);
}

TEST(Backoff, HoldsWithAnyNumberOfFailuresAndTheLongestWaits) {
  ScriptedRandom random(nearly_one);
  const auto settings = retry(1s, 5min);
  EXPECT_EQ(backoff(settings, std::numeric_limits<int>::max(), random), 299'999ms);
  const auto century = std::chrono::hours{24 * 365 * 100};
  const auto longest = backoff(retry(century, century), 1'000, random);
  EXPECT_LT(longest, century);
  EXPECT_GE(longest, century - 1s);
}

// -- Retry-After
// ------------------------------------------------------------------------------------

// What an answer with this Retry-After asks for at 2026-11-22T10:00:00Z.
std::optional<milliseconds> asked(const std::string& value, const std::string& date = {}) {
  return retry_after(value, date, VirtualClock::default_start);
}

TEST(RetryAfter, IsNothingWhenTheHeaderIsAbsent) {
  EXPECT_EQ(asked(""), std::nullopt);
  EXPECT_EQ(asked("", "Sun, 22 Nov 2026 10:00:00 GMT"), std::nullopt);
}

TEST(RetryAfter, CountsSeconds) {
  EXPECT_EQ(asked("57"), 57s);
  EXPECT_EQ(asked("0"), 0s);
  EXPECT_EQ(asked("007"), 7s);
  EXPECT_EQ(asked("57", "Sun, 22 Nov 2026 09:00:00 GMT"), 57s);
}

TEST(RetryAfter, IsAnHourAtMost) {
  for (const std::string value :
       {"3600", "3601", "86400", "9223372036854775807", "9223372036854775808",
        "99999999999999999999999999999999999999999", "Mon, 23 Nov 2026 10:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    EXPECT_EQ(asked(value), 1h) << value;
  }
}

TEST(RetryAfter, TakesADateAgainstOurClockWhenTheAnswerHasNone) {
  EXPECT_EQ(asked("Sun, 22 Nov 2026 10:01:30 GMT"), 90s);
}

// Our clock stands at 10:00, the service's at 12:00.
TEST(RetryAfter, TakesADateAgainstTheAnswersOwn) {
  EXPECT_EQ(asked("Sun, 22 Nov 2026 12:01:30 GMT", "Sun, 22 Nov 2026 12:00:00 GMT"), 90s);
}

TEST(RetryAfter, TakesADateAgainstOurClockWhenTheAnswersOwnIsUnreadable) {
  EXPECT_EQ(asked("Sun, 22 Nov 2026 10:01:30 GMT", "yesterday"), 90s);
}

TEST(RetryAfter, IsOverAtOnceWhenTheDateIsPast) {
  EXPECT_EQ(asked("Sun, 22 Nov 2026 09:59:59 GMT"), 0s);
  EXPECT_EQ(asked("Thu, 01 Jan 1970 00:00:00 GMT"), 0s);
  EXPECT_EQ(asked("Sun, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 12:00:01 GMT"), 0s);
}

TEST(RetryAfter, IsNothingWhenUnreadable) {
  for (const std::string value : {"-1",
                                  "-5",
                                  "-99999999999999999999",
                                  "+5",
                                  "5s",
                                  "5 seconds",
                                  "57.5",
                                  "1e3",
                                  "0x10",
                                  "soon",
                                  "99999999999999999999abc",
                                  "5, 10",
                                  "Sun, 22 Nov 2026",
                                  "Sun, 22 Nov 2026 10:00:00",
                                  "Sun, 22 Nov 2026 10:00:00 CET",
                                  "Sun, 22 Nov 2026 10:00:00 GMT.",
                                  "2026-11-22T10:01:00Z",
                                  "Son, 22 Nov 2026 10:00:00 GMT",
                                  "Sun, 22 Nob 2026 10:00:00 GMT",
                                  "Sun, 22 ov N2026 10:00:00 GMT",
                                  "Sun, 31 Nov 2026 10:00:00 GMT",
                                  "Sun, 22 Nov 2026 24:00:00 GMT",
                                  "Sun, 22 Nov 2026 10:60:00 GMT",
                                  "Sun, 2x Nov 2026 10:00:00 GMT",
                                  "Sun; 22 Nov 2026 10:00:00 GMT",
                                  "\xff\xfe"}) {
    EXPECT_EQ(asked(value), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace referrald::test
