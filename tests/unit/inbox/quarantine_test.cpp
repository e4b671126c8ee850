#include "daemon/inbox/quarantine.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::inbox {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string content(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

class QuarantineTest : public ::testing::Test {
 protected:
  fs::path given(const std::string& name) {
    const auto file = folder_.path() / name;
    std::ofstream(file) << name;
    return file;
  }
  std::optional<fs::path> set_aside(const fs::path& file) {
    return quarantine(file, *sync::stamp_of(file), folder_.path() / "unreadable",
                      {"line 7: a quote is left open", "nothing of it was sent"}, now_);
  }
  test::TemporaryFolder folder_;
  submission::WallTime now_ = test::VirtualClock::default_start;
};

TEST_F(QuarantineTest, MovesTheExportAndSaysWhyBesideIt) {
  const auto file = given("leads.csv");
  const auto to = set_aside(file);
  ASSERT_TRUE(to);
  EXPECT_EQ(*to, folder_.path() / "unreadable" / "leads.csv");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(content(*to), "leads.csv");
  const auto why = content(to->string() + ".why");
  EXPECT_THAT(why, HasSubstr("line 7: a quote is left open\n"));
  EXPECT_THAT(why, HasSubstr("nothing of it was sent\n"));
  EXPECT_THAT(why, HasSubstr("mv '" + to->string() + "' '" + file.string() + "'"));
}

TEST_F(QuarantineTest, CountsWhatNobodyHasDealtWith) {
  const auto folder = folder_.path() / "unreadable";
  EXPECT_EQ(count_set_aside(folder), 0U);
  const auto first = set_aside(given("leads.csv"));
  (void)set_aside(given("deals.csv"));
  EXPECT_EQ(count_set_aside(folder), 2U);
  fs::rename(*first, folder_.path() / "leads.csv");
  EXPECT_EQ(count_set_aside(folder), 1U);
}

TEST_F(QuarantineTest, NeverTakesAnotherOnesPlace) {
  const auto first = set_aside(given("leads.csv"));
  const auto second = set_aside(given("leads.csv"));
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_TRUE(fs::exists(first->string() + ".why"));
  EXPECT_TRUE(fs::exists(second->string() + ".why"));
}

TEST_F(QuarantineTest, TheWayBackIsFitForAShell) {
  const auto to = set_aside(given("o'leads.csv"));
  EXPECT_THAT(content(to->string() + ".why"), HasSubstr("o'\\''leads.csv'"));
}

TEST_F(QuarantineTest, LeavesAFileThatHasChanged) {
  const auto file = given("leads.csv");
  const auto stamp = *sync::stamp_of(file);
  std::ofstream(file) << "longer than before";
  EXPECT_EQ(quarantine(file, stamp, folder_.path() / "unreadable", {}, now_), std::nullopt);
  EXPECT_TRUE(fs::exists(file));
}

}  // namespace
}  // namespace referrald::inbox
