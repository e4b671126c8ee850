#include "daemon/inbox/breaker.hpp"

#include <gtest/gtest.h>

namespace referrald::inbox {
namespace {

using namespace std::chrono_literals;
const submission::SteadyTime start{};

TEST(Breaker, OpensAtTroubleAndIsNewsOnce) {
  Breaker breaker;
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.trouble(Exit::unavailable, "down", start, 0.5));
  EXPECT_TRUE(breaker.open());
  EXPECT_EQ(breaker.reason(), "down");
  EXPECT_FALSE(breaker.trouble(Exit::unavailable, "down, another request id", start, 0.5));
  EXPECT_TRUE(breaker.trouble(Exit::not_authorised, "refused", start, 0.5));
}

TEST(Breaker, IsTriedEverLessOftenWithinALimit) {
  Breaker breaker;
  std::vector<std::chrono::seconds> pauses;
  for (int i = 0; i < 9; ++i) {
    breaker.trouble(Exit::unavailable, "down", start, 1);
    pauses.push_back(std::chrono::round<std::chrono::seconds>(breaker.next_try() - start));
  }
  EXPECT_EQ(pauses,
            (std::vector<std::chrono::seconds>{15s, 30s, 60s, 120s, 240s, 480s, 600s, 600s, 600s}));
  breaker.trouble(Exit::unavailable, "down", start, 0);
  EXPECT_EQ(breaker.next_try() - start, 300s);
}

TEST(Breaker, AReadLetsOneRunThroughAndOnlyThatClosesIt) {
  Breaker breaker;
  breaker.trouble(Exit::unavailable, "down", start, 1);
  breaker.answered();
  EXPECT_FALSE(breaker.open());
  EXPECT_FALSE(breaker.trouble(Exit::unavailable, "down again", start, 1));
  EXPECT_TRUE(breaker.open());
  EXPECT_EQ(breaker.next_try() - start, 30s);
  breaker.answered();
  EXPECT_TRUE(breaker.well());
  EXPECT_FALSE(breaker.well());
  EXPECT_TRUE(breaker.trouble(Exit::unavailable, "down", start, 1));
  EXPECT_EQ(breaker.next_try() - start, 15s);
}

}  // namespace
}  // namespace referrald::inbox
