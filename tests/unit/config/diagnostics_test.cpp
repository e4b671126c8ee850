#include "config/diagnostics.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::config {
namespace {

using ::testing::Eq;

constexpr std::array<std::string_view, 5> names{"url", "client_id", "client_secret", "max", "rate"};

TEST(Diagnostics, ProblemShowsPlaceMessageAndRemedy) {
  EXPECT_EQ(to_string(Problem{{"a.yaml", 3, 7}, "is wrong", "mend it"}),
            "a.yaml:3:7: is wrong (mend it)");
}

TEST(Diagnostics, ProblemLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(to_string(Problem{{"a.yaml", 3, 0}, "is wrong", {}}), "a.yaml:3: is wrong");
  EXPECT_EQ(to_string(Problem{{"a.yaml", 0, 7}, "is wrong", {}}), "a.yaml: is wrong");
  EXPECT_EQ(to_string(Problem{{}, "is wrong", {}}), "is wrong");
}

TEST(Diagnostics, ProblemsKeepTheOrderInWhichTheyWereFound) {
  Problems problems;
  EXPECT_TRUE(problems.empty());
  problems.add({"b", 2, 1}, "second line");
  problems.add({"a", 1, 1}, "first line", "mend it");
  ASSERT_EQ(problems.list().size(), 2U);
  EXPECT_FALSE(problems.empty());
  EXPECT_EQ(problems.list()[0].message, "second line");
  EXPECT_EQ(problems.list()[1].remedy, "mend it");
}

TEST(Diagnostics, NearestFindsTypingErrors) {
  EXPECT_THAT(nearest("client_di", names), Eq("client_id"));
  EXPECT_THAT(nearest("clientid", names), Eq("client_id"));
  EXPECT_THAT(nearest("client_secrets", names), Eq("client_secret"));
  EXPECT_THAT(nearest("rat", names), Eq("rate"));
  EXPECT_THAT(nearest("mac", names), Eq("max"));
}

TEST(Diagnostics, NearestIgnoresCaseAndTheKindOfSeparator) {
  EXPECT_THAT(nearest("URL", names), Eq("url"));
  EXPECT_THAT(nearest("Client-ID", names), Eq("client_id"));
  EXPECT_THAT(nearest("Client Secret", names), Eq("client_secret"));
}

TEST(Diagnostics, NearestPrefersTheCloserName) {
  constexpr std::array<std::string_view, 2> close{"initials", "initial"};
  EXPECT_THAT(nearest("initial", close), Eq("initial"));
  EXPECT_THAT(nearest("initals", close), Eq("initials"));
}

TEST(Diagnostics, NearestGuessesNothingFarAway) {
  EXPECT_EQ(nearest("password", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("x", std::array<std::string_view, 1>{"y"}), std::nullopt);
  EXPECT_EQ(nearest("url", std::span<const std::string_view>{}), std::nullopt);
}

}  // namespace
}  // namespace referrald::config
