// Exports that others write to or replace while a run is at work.
#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

std::vector<RowSpec> many_rows(int count) {
  std::vector<RowSpec> rows;
  for (int i = 0; i < count; ++i) rows.push_back({"id-" + std::to_string(i)});
  return rows;
}

class ChangingExportsTest : public SyncTest {};

TEST_F(ChangingExportsTest, AYoungExportIsReadAsSoonAsItIsStill) {
  config.sources[0].settle = 5s;
  given_young_export("leads.csv", {});
  std::filesystem::resize_file(folder / "in" / "leads.csv", 0);
  const auto file = folder / "in" / "leads.csv";
  std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(clock().wall()));
  const auto outcome = sync({.interfere_after = 2s, .interfere = [this] {
                               given_young_export("leads.csv", many_rows(3));
                             }});
  EXPECT_EQ(outcome->exit, Exit::ok) << ::testing::PrintToString(outcome->messages);
  EXPECT_EQ(outcome->summary.created, 3u);
  EXPECT_GE(clock().elapsed(), 7s);
}

TEST_F(ChangingExportsTest, TheGuardCountsAnExportThatIsWhole) {
  config.sources[0].settle = 3s;
  config.guard = config::Guard{10, std::nullopt};
  given_young_export("leads.csv", many_rows(3));
  const auto outcome = sync({.interfere_after = 1s, .interfere = [this] {
                               given_young_export("leads.csv", many_rows(20));
                             }});
  EXPECT_EQ(outcome->exit, Exit::stopped);
  EXPECT_EQ(world->posts, 0u);
}

TEST_F(ChangingExportsTest, TheGuardCountsAgainWhatWasReplacedSince) {
  config.guard = config::Guard{10, std::nullopt};
  given_export("leads.csv", many_rows(3));
  const auto outcome = sync({.after_blocking_work = [this](int piece) {
    if (piece == 2) given_export("leads.csv", many_rows(20));
  }});
  EXPECT_EQ(outcome->exit, Exit::stopped);
  EXPECT_EQ(world->posts, 0u);
}

TEST_F(ChangingExportsTest, AnExportThatWasReplacedWhileItWasReadIsNotArchived) {
  config.sources[0].archive = folder / "done";
  given_export("leads.csv", many_rows(3));
  const auto outcome = sync({.after_blocking_work = [this](int piece) {
    if (piece == 2)
      std::filesystem::rename(given_export("new.csv", many_rows(5)), folder / "in" / "leads.csv");
  }});
  EXPECT_EQ(outcome->exit, Exit::stopped);
  EXPECT_THAT(outcome->messages, Contains(HasSubstr("the next sync reads it again")));
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once(many_rows(5));
  EXPECT_TRUE(std::filesystem::exists(folder / "done" / "leads.csv"));
}

}  // namespace
}  // namespace referrald::test
