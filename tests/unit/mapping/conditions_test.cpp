#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

bool included(std::string_view condition, const std::string& cell) {
  const auto mapping = load_good("include: [ { column: C, " + std::string(condition) + " } ]\n" +
                                 std::string(least_referral));
  const auto outcome = map_row(*mapping, {{"Id", "1"}, {"C", cell}});
  if (const auto* excluded = std::get_if<Excluded>(&outcome)) {
    EXPECT_EQ(excluded->external_id, "1");
  }
  return std::holds_alternative<Mapped>(outcome);
}

TEST(Include, ComparesListsExactlyAndTrimmed) {
  EXPECT_TRUE(included("in: [Qualified, Contacted]", " Contacted "));
  EXPECT_FALSE(included("in: [Qualified, Contacted]", "contacted"));
  EXPECT_FALSE(included("in: [Qualified]", ""));
  EXPECT_TRUE(included("in: [1, true]", "true"));
}

TEST(Include, LeavesOutWhatIsListedUnderNotIn) {
  EXPECT_FALSE(included("not_in: [Lost]", "Lost"));
  EXPECT_TRUE(included("not_in: [Lost]", "Won"));
  EXPECT_TRUE(included("not_in: [Lost]", ""));
}

TEST(Include, MatchesTheWholeCell) {
  EXPECT_TRUE(included("matches: Qualified", "Qualified"));
  EXPECT_FALSE(included("matches: Qualified", "Disqualified"));
  EXPECT_TRUE(included("matches: '.*qualified'", "Disqualified"));
  EXPECT_TRUE(included("matches: '(?i)qualified'", "QUALIFIED"));
}

TEST(Include, TellsBlankFromFilled) {
  EXPECT_TRUE(included("blank: true", " \u200b"));
  EXPECT_FALSE(included("blank: true", "x"));
  EXPECT_TRUE(included("blank: false", "x"));
  EXPECT_FALSE(included("blank: false", ""));
}

TEST(Include, WantsEverythingToHold) {
  EXPECT_TRUE(included("matches: 'a.*', not_in: [ab]", "ac"));
  EXPECT_FALSE(included("matches: 'a.*', not_in: [ab]", "ab"));
  const auto mapping =
      load_good("include:\n  - { column: A, in: [x] }\n  - { column: B, in: [y] }\n" +
                std::string(least_referral));
  EXPECT_TRUE(std::holds_alternative<Excluded>(map_row(*mapping, {{"Id", "1"}, {"A", "x"}})));
}

TEST(Include, LeavesARowOutThoughItCouldNotBeMapped) {
  const auto mapping =
      load_good("include: [ { column: C, in: [x] } ]\n" + std::string(least_referral));
  EXPECT_TRUE(std::holds_alternative<Excluded>(map_row(*mapping, {})));
}

TEST(Include, ReportsItsFaultsAllAtOnce) {
  EXPECT_EQ(problems_of(R"(include:
  - { colum: A, in: [x] }
  - { column: A }
  - { column: A, in: [], matches: '(', blank: perhaps }
  - x
)" + std::string(least_referral)),
            "2:7: include: unknown key \"colum\" (did you mean \"column\"?)\n"
            "2:5: an entry of include names no column (add column: and the header's name)\n"
            "3:5: the condition on \"A\" says nothing about it (add in, not_in, matches or blank)\n"
            "4:22: include: in must be a list of values (write in: [Qualified, Contacted])\n"
            "4:35: include: \"(\" is no regular expression: missing ): ( (the syntax is RE2's; in "
            "YAML put it into single quotes)\n"
            "4:47: include: blank is true or false, not \"perhaps\" (write blank: true or blank: "
            "false)\n"
            "5:5: an entry of include must be a map (write { column: Status Reason, in: "
            "[Qualified] })\n");
}

}  // namespace
}  // namespace referrald::mapping
