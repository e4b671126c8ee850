#include "daemon/commands/backlog.hpp"

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace referrald::test {
namespace {

using commands::Backlog;

// 2026-11-22T12:00:00Z
constexpr persistence::Timestamp noon{std::chrono::milliseconds{1'795'348'800'000}};

std::string text(const Backlog& backlog) {
  return commands::text_of(backlog, noon);
}

TEST(Backlog, OfNothingHasNoLine) {
  EXPECT_EQ(text({}), "");
}

TEST(Backlog, IsDoneAtTheSetRate) {
  Backlog backlog;
  backlog.rows = 7'200;
  backlog.rate = 2.0;
  EXPECT_EQ(text(backlog),
            "backlog       7200 rows to send, done in about 1h 00m (2026-11-22T13:00:00Z)\n");
}

TEST(Backlog, WithoutARateHasNoTimeUnlessTheBudgetSetsIt) {
  Backlog backlog;
  backlog.rows = 3;
  EXPECT_EQ(
      text(backlog),
      "backlog       3 rows to send, as fast as Partner Center takes them (no rate is set)\n");
  EXPECT_TRUE(commands::json_of(backlog, noon).at("done").is_null());
  backlog.daily_budget = 2;
  EXPECT_EQ(text(backlog),
            "backlog       3 rows to send, done in about 12h 00m (2026-11-23T00:00:00Z)\n"
            "budget        2 of 2 calls left today (UTC)\n");
}

TEST(Backlog, ThatIsHeldSaysWhatComesFirst) {
  Backlog backlog;
  backlog.rows = 1;
  backlog.rate = 2.0;
  backlog.held = true;
  EXPECT_EQ(text(backlog), "backlog       1 row to send, not before `referrald adopt`\n");
}

}  // namespace
}  // namespace referrald::test
