#include "daemon/inbox/arrivals.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::inbox {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using persistence::Handled;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ArrivalsTest : public ::testing::Test {
 protected:
  ArrivalsTest() {
    fs::create_directories(folder());
    source_.name = "leads";
    source_.exports = folder() / "*.csv";
    source_.settle = 10s;
  }

  fs::path folder() const { return folder_.path() / "in"; }

  // Written so long ago by the wall clock.
  fs::path given(const std::string& name, std::chrono::milliseconds age,
                 const std::string& content = "a\n") {
    const auto file = folder() / name;
    std::ofstream(file) << content;
    fs::last_write_time(file, std::chrono::file_clock::from_sys(clock_.wall() - age));
    return file;
  }

  std::vector<std::string> ready() {
    std::vector<std::string> names;
    look_ = arrivals_.look(handled_, clock_.wall(), clock_.steady());
    for (const auto& file : look_.ready) names.push_back(file.filename().string());
    return names;
  }

  void handle(const std::string& name, Handled as, const std::string& version = "v1") {
    const auto stamp = sync::stamp_of(folder() / name).value();
    handled_.push_back({name, sync::text_of(stamp, version), as, clock_.wall()});
  }

  test::VirtualClock clock_;
  test::TemporaryFolder folder_;
  config::Source source_;
  Arrivals arrivals_{source_, "v1", clock_.wall()};
  std::vector<persistence::HandledExport> handled_;
  Look look_;
};

TEST_F(ArrivalsTest, AFileIsReadyWhenItHasBeenStill) {
  given("b.csv", 1h);
  given("a.csv", 11s);
  EXPECT_THAT(ready(), ElementsAre("a.csv", "b.csv"));
  EXPECT_EQ(look_.next_look, std::nullopt);
}

TEST_F(ArrivalsTest, AYoungOneIsLookedAtAgainWhenItMayBeReady) {
  given("a.csv", 4s);
  EXPECT_THAT(ready(), IsEmpty());
  ASSERT_TRUE(look_.next_look);
  EXPECT_EQ(*look_.next_look - clock_.steady(), 6s);
  clock_.advance(6s);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, OneThatGrowsIsWaitedFor) {
  given("a.csv", 0s);
  EXPECT_THAT(ready(), IsEmpty());
  clock_.advance(9s);
  given("a.csv", 0s, "a\nb\n");
  EXPECT_THAT(ready(), IsEmpty());
  clock_.advance(9s);
  EXPECT_THAT(ready(), IsEmpty());
  clock_.advance(1s);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, OneThatWasRenamedIntoPlaceIsComplete) {
  given("a.csv", 0s);
  arrivals_.moved_in("a.csv");
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, WrittenToAfterItWasRenamedItIsNot) {
  given("a.csv", 0s);
  arrivals_.moved_in("a.csv");
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
  given("a.csv", 0s, "more\n");
  EXPECT_THAT(ready(), IsEmpty());
}

TEST_F(ArrivalsTest, ATimeInTheFutureIsNoReasonToWaitForIt) {
  given("a.csv", -24h);
  EXPECT_THAT(ready(), IsEmpty());
  clock_.advance(10s);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, WhatWasDealtWithIsPassedOverUntilItChanges) {
  given("a.csv", 1h);
  given("b.csv", 1h);
  handle("a.csv", Handled::read);
  handle("b.csv", Handled::unreadable);
  EXPECT_THAT(ready(), IsEmpty());
  given("a.csv", 30min);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, ByAnotherMappingItIsReadAgain) {
  given("a.csv", 1h);
  handle("a.csv", Handled::read, "v0");
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, WhatTheGuardStoppedIsTriedByTheNextStart) {
  given("a.csv", 1h);
  clock_.advance(1s);
  handle("a.csv", Handled::guarded);
  EXPECT_THAT(ready(), IsEmpty());
  clock_.advance(1s);
  Arrivals later(source_, "v1", clock_.wall());
  EXPECT_EQ(later.look(handled_, clock_.wall(), clock_.steady()).ready.size(), 1U);
}

TEST_F(ArrivalsTest, APostponedOneWaitsUnlessItChanges) {
  const auto file = given("a.csv", 1h);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
  arrivals_.postpone(file, clock_.steady() + 60s);
  EXPECT_THAT(ready(), IsEmpty());
  EXPECT_EQ(look_.next_look, clock_.steady() + 60s);
  given("a.csv", 50min);
  EXPECT_THAT(ready(), ElementsAre("a.csv"));
}

TEST_F(ArrivalsTest, AMissingFolderIsTold) {
  fs::remove_all(folder());
  EXPECT_THAT(ready(), IsEmpty());
  EXPECT_THAT(look_.trouble, HasSubstr("in is not there"));
  fs::create_directories(folder());
  EXPECT_THAT(ready(), IsEmpty());
  EXPECT_EQ(look_.trouble, "");
}

}  // namespace
}  // namespace referrald::inbox
