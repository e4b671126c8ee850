// Whole runs against a Partner Center that fails in every way it can, slow and fast requests mixed,
// short pages, a list that lags, deaths and signals at random: whatever happens, exactly once.
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;

class ChaosTest : public SyncTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  int between(int least, int most) {
    return least + static_cast<int>(chance.uniform() * (most - least + 1));
  }

  Fault next_fault() {
    world->latency = std::chrono::milliseconds{chance.uniform() < 0.8 ? 20 : between(1, 5000)};
    const double roll = chance.uniform();
    if (roll < 0.12) return Fault::drop_after;
    if (roll < 0.24) return Fault::status_504;
    if (roll < 0.36) return Fault::truncated;
    if (roll < 0.42) return Fault::html;
    if (roll < 0.48) return Fault::drop_before;
    if (roll < 0.51) return Fault::status_429;
    if (roll < 0.54) return Fault::status_503;
    if (roll < 0.57) return Fault::not_sent;
    return Fault::none;
  }

  SeededRandom chance{GetParam() + 1};
};

TEST_P(ChaosTest, LeavesExactlyOneReferralForEachRow) {
  std::vector<RowSpec> rows;
  for (int i = between(5, 60); i > 0; --i) {
    rows.push_back({.id = "id-" + std::to_string(i), .deal = i % 3 == 0 ? "co-sell" : "private"});
  }
  given_export("leads.csv", rows);
  config.submission.connections = between(1, 8);
  config.submission.reconcile = {.looks = 2, .apart = std::chrono::milliseconds{between(50, 4000)}};
  // What is created shows in time for the second look.
  world->list_delay = config.submission.reconcile.apart * between(0, 9) / 10;
  world->page_size = static_cast<std::size_t>(between(1, 12));
  world->fault = [this](const submission::Request&) { return next_fault(); };
  for (int i = between(0, 4); i > 0; --i) {
    if (chance.uniform() < 0.5) {
      (void)sync({.dies_after = between(0, 60)});
    } else {
      (void)sync({.drain_after = std::chrono::milliseconds{between(1, 5000)}});
    }
  }
  Exit last = Exit::internal;
  for (int i = 0; i < 50 && last != Exit::ok; ++i) last = sync().exit;
  EXPECT_EQ(last, Exit::ok);
  expect_exactly_once(rows);
}

INSTANTIATE_TEST_SUITE_P(OfManySeeds, ChaosTest, ::testing::Range<std::uint64_t>(340, 440));

}  // namespace
}  // namespace referrald::test
