#include "daemon/exports.hpp"

#include <gmock/gmock.h>

#include "tests/support/temporary_folder.hpp"

namespace referrald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MatchingExports, AreTheFilesOfThePatternSortedAndWithoutHiddenOnes) {
  const test::TemporaryFolder folder;
  for (const char* name : {"b.csv", "a.csv", "c.xlsx", "~$c.xlsx", ".hidden.csv", "done/old.csv"})
    folder.write(name, "");
  EXPECT_THAT(matching_exports(folder.path() / "*.csv"),
              ElementsAre(folder.path() / "a.csv", folder.path() / "b.csv"));
  EXPECT_THAT(
      matching_exports(folder.path() / "*"),
      ElementsAre(folder.path() / "a.csv", folder.path() / "b.csv", folder.path() / "c.xlsx"));
}

TEST(MatchingExports, MayBeOneFileAlsoOneNamedLikeAPattern) {
  const test::TemporaryFolder folder;
  const auto plain = folder.write("leads.csv", "");
  const auto brackets = folder.write("leads [1].csv", "");
  EXPECT_THAT(matching_exports(plain), ElementsAre(plain));
  EXPECT_THAT(matching_exports(brackets), ElementsAre(brackets));
}

TEST(MatchingExports, MayBeAFolderWithAModel) {
  const test::TemporaryFolder folder;
  folder.write("crm/model.json", "{}");
  folder.write("other/data.csv", "");
  EXPECT_THAT(matching_exports(folder.path() / "crm"), ElementsAre(folder.path() / "crm"));
  EXPECT_THAT(matching_exports(folder.path() / "*"), ElementsAre(folder.path() / "crm"));
}

TEST(MatchingExports, MayBeAFolderOfPagesWhenItIsNamed) {
  const test::TemporaryFolder folder;
  folder.write("pages/1.json", "[]");
  EXPECT_THAT(matching_exports(folder.path() / "pages"), ElementsAre(folder.path() / "pages"));
  EXPECT_THAT(matching_exports(folder.path() / "*"), IsEmpty()) << "it may be an archive";
}

TEST(MatchingExports, LeaveOutTheFolderThatIsStillBeingWritten) {
  const test::TemporaryFolder folder;
  for (const char* name : {"2024-05-01T10.00.00Z", "2024-05-01T10.15.00Z"})
    folder.write(std::string(name) + "/model.json", "{}");
  folder.write("Changelog/changelog.info", "2024-05-01T10.15.00Z\r\n");
  EXPECT_THAT(matching_exports(folder.path() / "*"),
              ElementsAre(folder.path() / "2024-05-01T10.00.00Z"));
}

TEST(MatchingExports, AreNoneWhereNothingIs) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(matching_exports(folder.path() / "*.csv"), IsEmpty());
  EXPECT_THAT(matching_exports(folder.path() / "missing" / "*"), IsEmpty());
  EXPECT_THAT(matching_exports(folder.path() / "leads.csv"), IsEmpty());
}

TEST(ExportsProblem, IsAFolderInPlaceOfAFile) {
  const test::TemporaryFolder folder;
  folder.write("spool/done/old.csv", "");
  config::Source source;
  source.name = "leads";
  source.exports_place = {"referrald.yaml", 9, 14};
  source.exports = folder.path() / "spool";
  const auto problem = exports_problem(source);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->place.line, 9);
  EXPECT_EQ(problem->remedy,
            "write " + (folder.path() / "spool" / "*").string() + " for the files in it");
  for (const char* fine : {"spool/*", "spool/none.csv", "none/*.csv", "spool/done/old.csv"}) {
    source.exports = folder.path() / fine;
    EXPECT_FALSE(exports_problem(source)) << fine;
  }
}

TEST(MatchesExports, JudgesAPathWithoutLookingAtIt) {
  EXPECT_TRUE(matches_exports("/spool/*.csv", "/spool/new.csv"));
  EXPECT_TRUE(matches_exports("/spool/*.csv", "/spool/x/../new.csv"));
  EXPECT_FALSE(matches_exports("/spool/*.csv", "/spool/new.xlsx"));
  EXPECT_FALSE(matches_exports("/spool/*.csv", "/other/new.csv"));
  EXPECT_FALSE(matches_exports("/spool/*", "/spool/.new.csv"));
  EXPECT_TRUE(matches_exports("/spool/leads.csv", "/spool/leads.csv"));
}

}  // namespace
}  // namespace referrald
