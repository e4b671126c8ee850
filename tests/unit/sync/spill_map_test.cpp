#include "daemon/sync/spill_map.hpp"

#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

namespace referrald::sync {
namespace {

// As a map in memory, whatever is done to it; small runs, so that they are merged over and over.
TEST(SpillMap, IsAMap) {
  for (const std::uint64_t keys : {50U, 3'000U, 1'000'000U}) {
    std::mt19937_64 random{keys};
    SpillMap<std::uint32_t> spilled(16);
    std::unordered_map<std::uint64_t, std::uint32_t> plain;
    const auto any_key = [&] { return (random() % keys) * 0x9e3779b97f4a7c15U; };
    for (std::uint32_t i = 0; i < 6'000; ++i) {
      const auto key = any_key();
      if (random() % 5 == 0) {
        spilled.erase(key);
        plain.erase(key);
      } else {
        spilled.put(key, i);
        plain[key] = i;
      }
      const auto asked = any_key();
      const auto found = plain.find(asked);
      const auto expected =
          found == plain.end() ? std::nullopt : std::optional<std::uint32_t>(found->second);
      ASSERT_EQ(spilled.find(asked), expected) << keys << ' ' << i;
    }
    for (const auto& [key, value] : plain) ASSERT_EQ(spilled.find(key), value) << keys;
  }
}

TEST(KeyFilter, KnowsItsKeysAndFewOthers) {
  std::mt19937_64 random{1};
  KeyFilter filter(10'000);
  std::vector<std::uint64_t> keys(10'000);
  for (auto& key : keys) filter.add(key = random());
  for (const auto key : keys) ASSERT_TRUE(filter.may_have(key));
  int wrong = 0;
  for (int i = 0; i < 10'000; ++i) wrong += filter.may_have(random()) ? 1 : 0;
  EXPECT_LT(wrong, 300);
}

}  // namespace
}  // namespace referrald::sync
