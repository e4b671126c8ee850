#include "daemon/sync/external_sort.hpp"

#include <random>

#include <gtest/gtest.h>

namespace referrald::sync {
namespace {

class ExternalSortTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ExternalSortTest, GivesAllInOrder) {
  std::mt19937_64 random{GetParam()};
  ExternalSort<std::uint64_t> sort(1'000);
  std::vector<std::uint64_t> expected;
  for (std::size_t i = 0; i < GetParam(); ++i) {
    expected.push_back(random() % (GetParam() + 1));
    sort.add(expected.back());
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::uint64_t> sorted;
  for (std::uint64_t item = 0; sort.next(item);) sorted.push_back(item);
  EXPECT_EQ(sorted, expected);
}

// None, some, as many as fit into memory, one more, several runs, and a last run that is not full.
INSTANTIATE_TEST_SUITE_P(OfManySizes, ExternalSortTest,
                         ::testing::Values(0, 1, 999, 1'000, 1'001, 5'000, 12'345));

TEST(ExternalSort, ShowsAPartInOrder) {
  ExternalSort<std::uint64_t> sort(100);
  for (const std::uint64_t item : {5, 3, 4}) sort.add(item);
  const auto part = sort.sorted_part();
  EXPECT_EQ(std::vector<std::uint64_t>(part.begin(), part.end()),
            (std::vector<std::uint64_t>{3, 4, 5}));
  sort.add(1);
  std::uint64_t first = 0;
  EXPECT_TRUE(sort.next(first));
  EXPECT_EQ(first, 1u);
}

}  // namespace
}  // namespace referrald::sync
