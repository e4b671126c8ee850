#include "daemon/sync/work_list.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WorkListTest : public SyncTest {
 protected:
  WorkListTest() {
    config::Source other = config.sources[0];
    other.name = "deals";
    other.exports = folder / "deals" / "*.csv";
    config.sources.push_back(other);
  }

  Exit refused(const sync::Request& request) {
    try {
      (void)sync::make_work_list(config, request);
    } catch (const CommandError& error) {
      message = error.what();
      return error.exit();
    }
    return Exit::ok;
  }

  std::string message;
};

TEST_F(WorkListTest, WithoutNamesTakesEverySourcesFiles) {
  given_export("a.csv", {});
  const auto list = sync::make_work_list(config, {});
  EXPECT_THAT(list.sources, ElementsAre("leads", "deals"));
  EXPECT_THAT(list.without_files, ElementsAre("deals"));
  ASSERT_EQ(list.exports.size(), 1u);
  EXPECT_EQ(list.exports[0].source, "leads");
}

TEST_F(WorkListTest, ANamedExportBelongsToTheSourceWhosePatternItMatches) {
  const auto file = given_export("a.csv", {});
  const auto list = sync::make_work_list(config, {.exports = {file}});
  ASSERT_EQ(list.exports.size(), 1u);
  EXPECT_EQ(list.exports[0].source, "leads");
  EXPECT_THAT(list.sources, ElementsAre("leads"));
}

TEST_F(WorkListTest, ElseToTheOnlySource) {
  config.sources.pop_back();
  const auto file = folder / "elsewhere.csv";
  std::filesystem::rename(given_export("a.csv", {}), file);
  EXPECT_EQ(sync::make_work_list(config, {.exports = {file}}).exports[0].source, "leads");
}

TEST_F(WorkListTest, ElseItHasToBeSaid) {
  const auto file = folder / "elsewhere.csv";
  std::filesystem::rename(given_export("a.csv", {}), file);
  EXPECT_EQ(refused({.exports = {file}}), Exit::usage);
  EXPECT_THAT(message, HasSubstr("--source"));
  EXPECT_EQ(sync::make_work_list(config, {.exports = {file}, .source = "deals"}).exports[0].source,
            "deals");
}

TEST_F(WorkListTest, RefusesWhatDoesNotExist) {
  EXPECT_EQ(refused({.exports = {folder / "in" / "none.csv"}}), Exit::no_input);
  EXPECT_EQ(refused({.source = "lead"}), Exit::usage);
  EXPECT_THAT(message, HasSubstr("did you mean 'leads'?"));
  const auto file = given_export("a.csv", {});
  EXPECT_EQ(refused({.exports = {file}, .mapping = folder / "none.yaml"}), Exit::no_input);
  EXPECT_EQ(refused({.mapping = folder / "mapping.yaml"}), Exit::usage);
}

}  // namespace
}  // namespace referrald::test
