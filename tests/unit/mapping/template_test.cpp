#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

TEST(Template, TakesACellAsItStands) {
  EXPECT_EQ(notes("${A}", {{"A", "R&D <b>\"5 > 3\"</b> & more"}}), "R&D <b>\"5 > 3\"</b> & more");
}

TEST(Template, TrimsCellsZeroWidthCharactersIncluded) {
  EXPECT_EQ(notes("${A}", {{"A", " \u200b\ufeff x y \u00a0\t"}}), "x y");
}

TEST(Template, NamesColumnsWithAnyCharacter) {
  EXPECT_EQ(notes("${(Do Not Modify) No. of $ä\"'{}", {{"(Do Not Modify) No. of $ä\"'{", "x"}}),
            "x");
  EXPECT_EQ(notes("'${Rate \\| %\\} \\$ \\\\}'", {{"Rate | %} $ \\", "x"}}), "x");
}

TEST(Template, JoinsTextAndPlaceholders) {
  EXPECT_EQ(notes("${A} (${B})", {{"A", "x"}, {"B", "y"}}), "x (y)");
  EXPECT_EQ(notes("${A}${B}", {{"A", "x"}, {"B", "y"}}), "xy");
}

TEST(Template, OfSeveralPartsIsBlankWhenAllPlaceholdersAre) {
  EXPECT_EQ(notes("${A} ${B}", {{"A", ""}, {"B", "y"}}), "y");
  EXPECT_EQ(notes("${A} and ${B}", {{"A", ""}, {"B", " "}}), "(absent)");
}

TEST(Template, TakesADollarWithoutABraceAsText) {
  EXPECT_EQ(notes("5 $ of ${A} $", {{"A", "x"}}), "5 $ of x $");
}

TEST(Template, UnescapesTextAndLeavesOtherBackslashesAlone) {
  EXPECT_EQ(notes("'\\${A} C:\\temp \\\\ \\| \\} ${B}'", {{"B", "x"}}), "${A} C:\\temp \\ | } x");
  EXPECT_EQ(notes("'\\${A}'", {}), "${A}");
}

TEST(Template, TakesArgumentsInWordsOrQuotes) {
  EXPECT_EQ(notes("${A | default not known}", {}), "not known");
  EXPECT_EQ(notes("${A|default \"a | b } c\"}", {}), "a | b } c");
  EXPECT_EQ(notes(R"(${A | default 'it\'s'})", {}), "it's");
}

TEST(Template, ReportsEveryFaultWithItsPlace) {
  const std::string problems = problems_of(R"(
referral:
  externalReferenceId: ${Id
  name: ${ | upper}
  customerProfile: { name: "${A | uper}", size: "${A | truncate 200}" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    notes: ${A | truncate none}
    currency: ${A | lookup curencies}
    closingDateTime: ${A | date %Y-%Q-%d}
    dealValue: ${A | number xx-YY | upper now}
tables: { currencies: { A: EUR } }
)");
  EXPECT_EQ(
      problems,
      "3:24: the placeholder \"${Id\" is not closed (add the missing }, put a value that holds # "
      "or : into quotes, or write \\${ if a dollar sign and a brace are meant)\n"
      "4:9: a placeholder names no column (write ${Column})\n"
      "5:28: in ${A}: unknown filter \"uper\" (did you mean \"upper\"?)\n"
      "8:12: in ${A}: \"truncate none\": the argument is no count of characters (write a "
      "whole number from 1, as in `truncate 200`)\n"
      "9:15: in ${A}: \"lookup curencies\": there is no such table (did you mean "
      "\"currencies\"?)\n"
      "10:22: in ${A}: \"date %Y-%Q-%d\": this is no date format: %Q is not known (known are "
      "%Y %y %m %d %b %B %a %A %H %I %p %M %S %f %z %F %T %R %D) (write the export's format "
      "as in `date %m/%d/%Y` or `date %d.%m.%Y %H:%M`)\n"
      "11:16: in ${A}: \"number xx-YY\": there is no such locale (write a locale such as "
      "en-US or de-DE, or leave it out)\n"
      "11:16: in ${A}: \"upper now\": upper takes no argument (remove \"now\")\n");
}

TEST(Template, ReportsABraceInAnArgumentWithoutQuotes) {
  const auto problem = [](const std::string& text) {
    return problems_of(std::string(least_referral) + "  name: '" + text + "'\n");
  };
  EXPECT_EQ(
      problem("${A | default ${B}}"),
      "7:9: a brace in the argument of default in \"${A | default ${B}}\" (for another column's "
      "cell write `if_blank \"B\"`; put the argument into quotes if braces are meant)\n");
  for (const char* text :
       {"${A | default {B}}", "${A | if_blank ${B}}", "${A | if_blank {B}}", "${A | when ${B} = x}",
        "${A | default x ${B | upper}}", "${A | split ; | map prefix ${B} | first}"})
    EXPECT_NE(problem(text).find("write `if_blank \"B\"`"), std::string::npos) << text;
  EXPECT_NE(problem("${A | replace { x}").find("put the argument into quotes"), std::string::npos);
  EXPECT_EQ(notes("${A | default \"{B}\"}", {}), "{B}");
  EXPECT_EQ(notes("'{${A}}'", {{"A", "x"}}), "{x}");
  EXPECT_EQ(notes("'${A | default x}}'", {}), "x}");
}

TEST(Template, ReportsAPlaceholderInsideOfAnother) {
  EXPECT_EQ(
      problems_of(std::string(least_referral) + "  name: ${A ${B}}\n"),
      "7:9: \"${\" inside of \"${A ${B}}\" (close the placeholder before with }, or write \\$ "
      "if the column's name holds a dollar sign)\n");
}

}  // namespace
}  // namespace referrald::mapping
