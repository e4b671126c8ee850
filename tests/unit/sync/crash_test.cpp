// Death at every step: after each, the next run has to make it right.
#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

std::vector<RowSpec> rows() {
  return {{"a"}, {"b", "B", "co-sell"}, {"c"}, {"d", "D", "co-sell"}, {"e", "E", "partner-led"}};
}

// Runs until a run ends by itself, which has to be soon.
void finish(SyncTest&, const std::function<bool()>& once) {
  for (int i = 0; i < 5; ++i) {
    if (once()) return;
  }
  FAIL() << "does not come to an end";
}

class CrashTest : public SyncTest, public ::testing::WithParamInterface<int> {};

TEST_P(CrashTest, DeathAtAnyPieceOfLedgerWorkLosesAndDoublesNothing) {
  given_export("leads.csv", rows());
  (void)sync({.dies_after = GetParam()});
  finish(*this, [this] { return sync().exit == Exit::ok; });
  expect_exactly_once(rows());
}

TEST_P(CrashTest, NorDoesDeathWhileTheServiceMisbehaves) {
  given_export("leads.csv", rows());
  SeededRandom chance(static_cast<std::uint64_t>(GetParam()) + 1);
  world->fault = [&](const submission::Request&) {
    const double roll = chance.uniform();
    return roll < 0.2 ? Fault::drop_after : roll < 0.4 ? Fault::truncated : Fault::none;
  };
  (void)sync({.dies_after = GetParam()});
  (void)sync({.dies_after = GetParam() + 3});
  finish(*this, [this] { return sync().exit == Exit::ok; });
  expect_exactly_once(rows());
}

INSTANTIATE_TEST_SUITE_P(AtEveryStep, CrashTest, ::testing::Range(0, 40));

}  // namespace
}  // namespace referrald::test
