#include "daemon/sync/record_fates.hpp"

#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace referrald::test {
namespace {

using sync::RecordFate;
using Runs = std::vector<std::pair<RecordFate, std::uint64_t>>;

Runs read(std::string_view encoded, std::uint64_t most = 1'000'000'000) {
  Runs runs;
  if (!sync::read_runs(encoded, most,
                       [&](auto fate, auto count) { runs.emplace_back(fate, count); }))
    return {};
  return runs;
}

TEST(RecordRuns, AreReadAsTheyWereWritten) {
  const Runs runs{{RecordFate::excluded, 1},
                  {RecordFate::unchanged, 31},
                  {RecordFate::to_map, 32},
                  {RecordFate::excluded, 5'000},
                  {RecordFate::unchanged, 10'000'000}};
  sync::RecordRuns records;
  for (const auto& [fate, count] : runs)
    for (std::uint64_t i = 0; i < count; ++i) records.add(fate);
  EXPECT_EQ(records.count(), 10'005'064u);
  EXPECT_TRUE(records.excludes());
  EXPECT_EQ(read(records.finish()), runs);
}

TEST(RecordRuns, OfOneFateAreAFewBytes) {
  sync::RecordRuns records;
  records.add(RecordFate::unchanged, 10'000'000);
  EXPECT_FALSE(records.excludes());
  EXPECT_LE(records.finish().size(), 4u);
}

TEST(RecordRuns, DoNotTellWhoseIdStandsAlone) {
  sync::RecordRuns records;
  records.add(RecordFate::to_map_alone, 2);
  records.add(RecordFate::to_map, 3);
  EXPECT_EQ(read(records.finish()), (Runs{{RecordFate::to_map, 5}}));
}

TEST(RecordRuns, AreNotWorthItWhereTheyAreMany) {
  sync::RecordRuns records;
  for (int i = 0; i < 2'000'000; ++i)
    records.add(i % 2 == 0 ? RecordFate::to_map : RecordFate::excluded);
  EXPECT_EQ(records.finish(), "");
  EXPECT_EQ(sync::RecordRuns().finish(), "");
}

TEST(RecordRuns, AreNotReadOutOfAnythingElse) {
  using namespace std::string_literals;
  EXPECT_EQ(read(""), Runs());
  EXPECT_EQ(read("\x86"), Runs()) << "ends within a number";
  EXPECT_EQ(read("\x05"), Runs()) << "no such fate";
  EXPECT_EQ(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), Runs());
  EXPECT_EQ(read("\x0e", 3), (Runs{{RecordFate::unchanged, 3}}));
  EXPECT_EQ(read("\x0e", 2), Runs()) << "more than there can be";
  EXPECT_EQ(read("\x0a\x0b", 3), Runs());
}

}  // namespace
}  // namespace referrald::test
