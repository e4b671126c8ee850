#include "daemon/status_page/chart.hpp"

#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scripted_snapshot.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using namespace status_page;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

persistence::Run run_between(Timestamp started, Timestamp finished, std::uint64_t created,
                             int exit_code = 0) {
  persistence::Run run;
  run.id = 7;
  run.started = started;
  run.finished = finished;
  run.exit_code = exit_code;
  run.summary.created = created;
  return run;
}

std::vector<std::uint64_t> created_by_hour(const std::vector<Hour>& hours, std::size_t last) {
  std::vector<std::uint64_t> created;
  for (auto hour = hours.end() - static_cast<std::ptrdiff_t>(last); hour != hours.end(); ++hour)
    created.push_back(hour->created);
  return created;
}

TEST(HoursOfTheDay, AreTheLast24UpToThePresent) {
  const auto hours = hours_of_day({}, std::nullopt, at_ten + 25min);
  ASSERT_EQ(hours.size(), 24u);
  EXPECT_EQ(hours.front().begin, at_ten - 23h);
  EXPECT_EQ(hours.back().begin, at_ten);
}

TEST(HoursOfTheDay, SpreadARunOverItsTimeAndLoseNoRow) {
  const auto hours = hours_of_day({run_between(at_ten - 3h - 30min, at_ten - 30min, 1'000)},
                                  std::nullopt, at_ten + 5min);
  EXPECT_THAT(created_by_hour(hours, 5), ElementsAre(166, 334, 333, 167, 0));
}

TEST(HoursOfTheDay, CountOfARunOnlyWhatFellIntoTheDay) {
  const auto hours =
      hours_of_day({run_between(at_ten - 33h, at_ten - 13h, 2'000)}, std::nullopt, at_ten + 59min);
  const auto sum =
      std::accumulate(hours.begin(), hours.end(), std::uint64_t{0},
                      [](auto total, const Hour& hour) { return total + hour.created; });
  EXPECT_EQ(sum, 1'000u);
}

TEST(HoursOfTheDay, PutAnInstantIntoOneHour) {
  const auto hours = hours_of_day({run_between(at_ten, at_ten, 12)}, std::nullopt, at_ten + 5min);
  EXPECT_THAT(created_by_hour(hours, 2), ElementsAre(0, 12));
}

TEST(HoursOfTheDay, ShowARunBeforeItHasEndedAndOnlyOnce) {
  persistence::Run live;
  live.id = 7;
  live.started = at_ten - 1h;
  live.summary.created = 120;
  persistence::Run listed = live;
  listed.summary.created = 0;  // the ledger learns it at the end
  EXPECT_THAT(created_by_hour(hours_of_day({listed}, live, at_ten + 1h), 3),
              ElementsAre(60, 60, 0));
  const persistence::Run ended = run_between(at_ten - 1h, at_ten + 1h, 130);
  EXPECT_THAT(created_by_hour(hours_of_day({ended}, live, at_ten + 1h), 3), ElementsAre(65, 65, 0));
}

TEST(HoursOfTheDay, CountFailuresWhereTheyHappened) {
  const auto hours = hours_of_day({run_between(at_ten - 2h, at_ten - 10min, 0, 78),
                                   run_between(at_ten - 2h, at_ten - 20min, 0, 2),
                                   run_between(at_ten - 2h, at_ten - 20min, 0, 1)},
                                  std::nullopt, at_ten);
  EXPECT_EQ(hours[22].failures, 1u);
  EXPECT_EQ(hours[23].failures + hours[21].failures, 0u);
}

TEST(HoursOfTheDay, BearAClockThatWasSetBack) {
  const auto hours =
      hours_of_day({run_between(at_ten + 3h, at_ten + 4h, 50)}, std::nullopt, at_ten);
  EXPECT_THAT(created_by_hour(hours, 1), ElementsAre(0));
}

TEST(Chart, HasAScaleOfRoundNumbers) {
  EXPECT_EQ(top_of_scale(0), 5u);
  EXPECT_EQ(top_of_scale(5), 5u);
  EXPECT_EQ(top_of_scale(6), 10u);
  EXPECT_EQ(top_of_scale(10), 10u);
  EXPECT_EQ(top_of_scale(11), 20u);
  EXPECT_EQ(top_of_scale(201), 500u);
  EXPECT_EQ(top_of_scale(1'000'001), 2'000'000u);
}

TEST(Chart, SaysTheSameInATable) {
  auto hours =
      hours_of_day({run_between(at_ten - 50min, at_ten - 40min, 1'234)}, std::nullopt, at_ten);
  hours[22].rejected = 5;
  hours[22].failures = 1;
  const std::string html = chart_html(hours, at_ten);
  EXPECT_THAT(html, HasSubstr("<figcaption>1,234 created, 0 updated, 5 rejected, 0 refused; failed "
                              "runs: 1</figcaption>"));
  EXPECT_THAT(html,
              HasSubstr("<title>09:00 to 10:00 UTC: 1,234 created, 5 rejected, a run failed"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">09:00 to 10:00 UTC</th><td>1,234</td><td>0</td>"
                              "<td>5</td><td>0</td><td>1</td>"));
}

}  // namespace
}  // namespace referrald::test
