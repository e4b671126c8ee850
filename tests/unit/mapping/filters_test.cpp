#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view tables = "tables: { need: { A b: Demo, '1': 2, x: true } }\n";

TEST(Filters, DefaultTakesTheArgumentForABlank) {
  EXPECT_EQ(notes("${A | default USD}", {}), "USD");
  EXPECT_EQ(notes("${A | default USD}", {{"A", "EUR"}}), "EUR");
}

TEST(Filters, RequiredRejectsABlank) {
  EXPECT_EQ(notes("${A | required}", {{"A", " "}}), "rejected: required-blank");
  EXPECT_EQ(notes("${A | required}", {{"A", "x"}}), "x");
}

TEST(Filters, TruncateCountsCodePoints) {
  EXPECT_EQ(notes("${A | truncate 3}", {{"A", "äöüß"}}), "äöü");
  EXPECT_EQ(notes("${A | truncate 2}", {{"A", "🥐🥐🥐"}}), "🥐🥐");
  EXPECT_EQ(notes("${A | truncate 3}", {{"A", "abc"}}), "abc");
}

TEST(Filters, UpperAndLowerKnowAllLetters) {
  EXPECT_EQ(notes("${A | upper}", {{"A", "straße"}}), "STRASSE");
  EXPECT_EQ(notes("${A | lower}", {{"A", "ÄÖ Iı"}}), "äö iı");
  EXPECT_EQ(notes("${A | upper}", {{"A", "usd"}}), "USD");
}

TEST(Filters, LookupTakesTheTablesValue) {
  EXPECT_EQ(notes("${A | lookup need}", {{"A", " A b "}}, tables), "Demo");
  EXPECT_EQ(notes("${A | lookup need}", {{"A", "1"}}, tables), "2");
}

TEST(Filters, LookupRejectsAMiss) {
  EXPECT_EQ(notes("${A | lookup need}", {{"A", "a b"}}, tables), "rejected: lookup-miss");
}

TEST(Filters, LookupWithADefaultBehindItTakesThatForAMissAndABlank) {
  EXPECT_EQ(notes("${A | lookup need | default Other}", {{"A", "z"}}, tables), "Other");
  EXPECT_EQ(notes("${A | lookup need | upper | default Other}", {{"A", "z"}}, tables), "Other");
  EXPECT_EQ(notes("${A | lookup need | default Other}", {}, tables), "Other");
  EXPECT_EQ(notes("${A | default z | lookup need}", {}, tables), "rejected: lookup-miss");
}

TEST(Filters, PassABlankOn) {
  for (const char* filter :
       {"upper", "truncate 5", "date", "country", "currency", "company_size", "number | suffix x",
        "bool | suffix x", "split ; | map upper | join ,", "match 'a'", "replace a b", "phone",
        "email", "html_text", "slug", "hash", "prefix x", "trim", "when B = \"\""})
    EXPECT_EQ(notes("${A | " + std::string(filter) + "}", {}), "(absent)") << filter;
}

TEST(Filters, FailWithTheNearestName) {
  const auto mapping = load_good(std::string(least_referral) + "  name: ${A | country}\n");
  const auto found = reasons(*mapping, {{"Id", "1"}, {"A", "Germny"}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"unknown-country"});
  EXPECT_EQ(found[0].value, "Germny");
  EXPECT_EQ(found[0].remedy.find("If Germany (DE) is meant, write that."), 0U);
}

TEST(Filters, DefaultBehindNumberMustBeANumber) {
  EXPECT_EQ(problems_of(std::string(least_referral) + "  name: A ${A | number | default none}\n"),
            "7:9: in ${A}: \"default none\" behind number must be a number such as 1000.50\n");
}

}  // namespace
}  // namespace referrald::mapping
