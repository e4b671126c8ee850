// Memory does not grow with the export or the ledger.
#include "tests/integration/setting.hpp"

namespace referrald::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

TEST_F(IntegrationTest, AHundredThousandRowsFitIntoSixtyFourMebibytes) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's own memory would be measured";
  constexpr std::size_t rows = 100'000;
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(), .submission = "  rate: unlimited\n  connections: 32\n"});
  given_leads(rows);
  const auto ended = referrald({"sync", "--no-progress", "--json"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json(ended.out).at("created").as_int64(), static_cast<std::int64_t>(rows));
  EXPECT_LT(ended.max_rss_kib, 64 * 1024);
  const auto again = referrald({"sync", "--no-progress", "--json"});
  EXPECT_EQ(json(again.out).at("unchanged").as_int64(), static_cast<std::int64_t>(rows));
  EXPECT_LT(again.max_rss_kib, 64 * 1024);
}

}  // namespace
}  // namespace referrald::test
