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

TEST(Include, ComparesOneValue) {
  EXPECT_TRUE(included("is: Qualified", "Qualified"));
  EXPECT_FALSE(included("is: Qualified", "Disqualified"));
  EXPECT_FALSE(included("is: Qualified", ""));
}

TEST(Include, ComparesNumbersExactly) {
  EXPECT_TRUE(included("above: 0", "0.01"));
  EXPECT_FALSE(included("above: 0", "0.00"));
  EXPECT_FALSE(included("above: 0", "-5"));
  EXPECT_FALSE(included("above: 0", ""));
  EXPECT_TRUE(included("at_least: 1000.50", "1,000.5"));
  EXPECT_FALSE(included("at_least: 1000.50", "999.99"));
  EXPECT_TRUE(included("below: 100, at_least: -2", "-1.5"));
  EXPECT_FALSE(included("below: 100, at_least: -2", "-2.5"));
  EXPECT_FALSE(included("below: 100", "100"));
  EXPECT_TRUE(included("at_most: 100", "100.00"));
  EXPECT_FALSE(included("at_most: 100", "100.001"));
}

TEST(Include, ComparesDays) {
  EXPECT_TRUE(included("from: 2026-01-01, before: 2027-01-01", "2026-01-01"));
  EXPECT_TRUE(included("from: 2026-01-01, before: 2027-01-01", "2026-12-31T23:59:59.5Z"));
  EXPECT_FALSE(included("from: 2026-01-01, before: 2027-01-01", "2027-01-01"));
  EXPECT_FALSE(included("from: 2026-01-01", "2025-12-31"));
  EXPECT_FALSE(included("from: 2026-01-01", ""));
}

TEST(Include, ComparesWhatATemplateYields) {
  const auto mapping = load_good(R"(include:
  - { value: "${Closes | date %d.%m.%Y}", from: 2026-01-01 }
  - { value: "${City}, ${Country}", in: ["Munich, DE"] }
)" + std::string(least_referral));
  const auto outcome = [&](const std::string& closes, const std::string& city) {
    return map_row(*mapping, {{"Id", "1"}, {"Closes", closes}, {"City", city}, {"Country", "DE"}});
  };
  EXPECT_TRUE(std::holds_alternative<Mapped>(outcome("31.12.2026", "Munich")));
  EXPECT_TRUE(std::holds_alternative<Excluded>(outcome("31.12.2025", "Munich")));
  EXPECT_TRUE(std::holds_alternative<Excluded>(outcome("31.12.2026", "Berlin")));
}

TEST(Include, HoldsWhenAnyOfAGroupDoes) {
  const auto mapping = load_good(R"(include:
  - any:
      - { column: Status, is: Won }
      - all:
          - { column: Status, is: Open }
          - { column: Value, above: 1000 }
)" + std::string(least_referral));
  const auto mapped = [&](const std::string& status, const std::string& value) {
    return std::holds_alternative<Mapped>(
        map_row(*mapping, {{"Id", "1"}, {"Status", status}, {"Value", value}}));
  };
  EXPECT_TRUE(mapped("Won", "unread"));
  EXPECT_TRUE(mapped("Open", "1001"));
  EXPECT_FALSE(mapped("Open", "1000"));
  EXPECT_FALSE(mapped("Lost", "unread"));
}

TEST(Include, RejectsARowThatItCannotDecideAbout) {
  const auto mapping = load_good(R"(include:
  - { column: Value, above: 0 }
  - { column: Status, is: Open }
)" + std::string(least_referral));
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Status", "Open"}, {"Value", "much"}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"bad-number"});
  EXPECT_EQ(found[0].column, "Value");
  EXPECT_EQ(found[0].value, "much");
  EXPECT_TRUE(std::holds_alternative<Excluded>(
      map_row(*mapping, {{"Id", "1"}, {"Status", "Lost"}, {"Value", "much"}})));
}

TEST(Include, AndAMemberThatCannotReadACellAreOneReason) {
  const auto mapping = load_good(R"(include:
  - { value: "${Value | number}", above: 0 }
  - any: [ { column: Value, below: 9 }, { column: Status, is: Open } ]
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR, dealValue: "${Value | number}", closingDateTime: "${Value | date}" }
)");
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Status", "Open"}, {"Value", "much"}});
  ASSERT_EQ(codes(found), (std::vector<std::string>{"bad-number", "bad-date"}));
  EXPECT_EQ(found[0].member, "details/dealValue");
  EXPECT_EQ(found[0].column, "Value");
}

TEST(Include, ReportsFaultsOfComparisonsAndGroups) {
  EXPECT_EQ(problems_of(R"(include:
  - { column: A, above: much, from: soon }
  - { value: "${A}", above: 1 }
  - { value: x, is: y }
  - { value: "${A}", column: A, is: [y] }
  - { any: [], is: y }
  - { all: { column: A, is: y } }
)" + std::string(least_referral)),
            "2:25: include: above must be a number, not \"much\" (write above: 1000.50)\n"
            "2:37: include: from must be a date, not \"soon\" (write from: 2026-03-31)\n"
            "2:5: include: a value is compared as a number and as a date (say from and before of "
            "dates, the others of numbers)\n"
            "3:14: include: text cannot be compared as a number (add the filter number: ${Column | "
            "number})\n"
            "4:14: include: \"x\" takes nothing from the row (write a template: value: ${Column | "
            "number})\n"
            "5:37: include: is must be a single value (write is: Qualified; of several values, in: "
            "[Qualified, Contacted]; of blank cells, blank: true)\n"
            "5:5: an entry of include names a column and a value (keep one of them)\n"
            "6:16: include: is stands beside \"any\" (write it as an entry of its own)\n"
            "6:12: include: any holds no condition (add some)\n"
            "7:12: all must be a list of conditions (write - { column: Status Reason, in: "
            "[Qualified] })\n");
}

TEST(Include, RefusesBoundsThatNoValueIsBetween) {
  for (const char* bounds :
       {"from: 2026-07-01, before: 2026-01-01", "from: 2026-01-01, before: 2026-01-01"})
    EXPECT_EQ(
        problems_of(fmt::format("include: [ {{ column: A, {} }} ]\n{}", bounds, least_referral)),
        "1:12: include: no value is between these bounds, so no row would be sent (the day of "
        "from must be earlier than that of before)\n")
        << bounds;
  for (const char* bounds :
       {"above: 5, below: 5", "at_least: 5, below: 5", "at_least: 10, at_most: 9.5"})
    EXPECT_THAT(
        problems_of(fmt::format("include: [ {{ column: A, {} }} ]\n{}", bounds, least_referral)),
        testing::HasSubstr("no value is between these bounds"))
        << bounds;
  EXPECT_EQ(problems_of("include: [ { column: A, at_least: 5, at_most: 5.0 } ]\n" +
                        std::string(least_referral)),
            "");
}

TEST(Include, TellsAnUnknownKeyOnce) {
  EXPECT_EQ(problems_of("include: [ { column: A, iss: x } ]\n" + std::string(least_referral)),
            "1:25: include: unknown key \"iss\" (did you mean \"is\"?)\n");
}

TEST(Include, ReportsItsFaultsAllAtOnce) {
  EXPECT_EQ(problems_of(R"(include:
  - { colum: A, in: [x] }
  - { column: A }
  - { column: A, in: [], matches: '(', blank: perhaps }
  - x
)" + std::string(least_referral)),
            "2:7: include: unknown key \"colum\" (did you mean \"column\"?)\n"
            "3:5: the condition on \"A\" says nothing about it (add is, in, not_in, matches, "
            "blank, above, at_least, below, at_most, from or before)\n"
            "4:22: include: in must be a list of values (write in: [Qualified, Contacted])\n"
            "4:35: include: \"(\" is no regular expression: missing ): ( (the syntax is RE2's; in "
            "YAML put it into single quotes)\n"
            "4:47: include: blank is true or false, not \"perhaps\" (write blank: true or blank: "
            "false)\n"
            "5:5: an entry of include must be a map (write { column: Status Reason, in: "
            "[Qualified] })\n");
}

TEST(Include, ComparesBooleansByWhatTheyMean) {
  const auto included_flag = [](std::string_view condition, std::string_view flag) {
    const auto mapping = load_good("include: [ { column: C, " + std::string(condition) + " } ]\n" +
                                   std::string(least_referral));
    config::Problems problems;
    const auto bound = mapping->bind({"Id", "C"}, problems);
    Row row;
    row.cells = {"1", flag};
    row.types = {CellType::text, CellType::boolean};
    return std::holds_alternative<Mapped>(bound->map(row));
  };
  for (const char* word : {"true", "True", "TRUE", "yes", "1"}) {
    EXPECT_TRUE(included_flag("in: [" + std::string(word) + "]", "true")) << word;
    EXPECT_FALSE(included_flag("in: [" + std::string(word) + "]", "false")) << word;
    EXPECT_FALSE(included_flag("not_in: [" + std::string(word) + "]", "true")) << word;
  }
  EXPECT_FALSE(included("in: [True]", "true")) << "of text the exact one";
}

TEST(Include, KnowsNothingOfACellThatHoldsAnError) {
  const auto rejected = [](std::string_view condition) {
    const auto mapping = load_good("include: [ { column: C, " + std::string(condition) + " } ]\n" +
                                   std::string(least_referral));
    return codes(reasons(*mapping, {{"Id", "1"}, {"C", "#N/A"}}));
  };
  using Codes = std::vector<std::string>;
  for (const char* condition : {"in: [Open]", "not_in: [Lost]", "blank: false", "matches: '.*'"})
    EXPECT_EQ(rejected(condition), Codes{"cell-error"}) << condition;
  EXPECT_FALSE(included("not_in: [Lost, '#N/A']", "#N/A")) << "it is meant";
}

TEST(Include, ComparesWithNoNumberThatMayMeanThousands) {
  EXPECT_EQ(
      problems_of("format: { locale: de-DE }\ninclude: [ { column: C, above: 1.000 } ]\n" +
                  std::string(least_referral)),
      "2:32: include: above: 1.000 may mean thousands in de-DE (write 1000 or 1.0: numbers in "
      "a mapping have a point before decimals)\n");
  EXPECT_TRUE(included("above: 1.000", "5"));
}

}  // namespace
}  // namespace referrald::mapping
