// What is wrong with a template is told when the mapping is loaded, with its place.
#include "mapping/template.hpp"
#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

// The problem of a template in the member `name`, without its place, which is always the same.
std::string problem(const std::string& text) {
  const std::string all = problems_of("tables: { need: { A: b } }\n" + std::string(least_referral) +
                                      "  name: '" + text + "'\n");
  const std::string place = "8:9: in ${A}: ";
  EXPECT_TRUE(all.starts_with(place)) << all;
  return all.size() > place.size() ? all.substr(place.size(), all.size() - place.size() - 1) : all;
}

TEST(FilterLoading, NamesTheFilterThatIsMeant) {
  EXPECT_EQ(problem("${A | truncat 5}"), "unknown filter \"truncat\" (did you mean \"truncate\"?)");
  EXPECT_EQ(problem("${A | datetime %d.%m.%Y %H:%M}"),
            "unknown filter \"datetime\" (write `date`, which reads times as well: `date %d.%m.%Y "
            "%H:%M`)");
  EXPECT_EQ(problem("${A | coalesce B}"),
            "unknown filter \"coalesce\" (write `if_blank`, as in `if_blank \"Mobile Phone\"`)");
  EXPECT_EQ(problem("${A | }").substr(0, 46), "a filter's name is missing behind | (filters a");
}

TEST(FilterLoading, CountsArguments) {
  EXPECT_EQ(problem("${A | default}"), "default needs an argument (write it as in `default USD`)");
  EXPECT_EQ(problem("${A | replace \"-\"}"),
            "replace needs 2 arguments (write it as in `replace \"-\" \"\"`)");
  EXPECT_EQ(problem("${A | replace a b c}"),
            "\"replace a b c\": replace takes 2 arguments (write it as in `replace \"-\" \"\"`; an "
            "argument that holds blanks goes into quotes)");
  EXPECT_EQ(problem("${A | slug x}"), "\"slug x\": slug takes no argument (remove \"x\")");
}

TEST(FilterLoading, ChecksArguments) {
  EXPECT_EQ(problem("${A | replace \"\" x}"),
            "replace needs a text to look for (write it as in `replace \"-\" \"\"`)");
  EXPECT_EQ(problem("${A | match [0-9]+}"),
            "\"match [0-9]+\": a regular expression stands in quotes (write it as in `match "
            "'[0-9]+'`; in the quotes backslashes are its own)");
  EXPECT_EQ(problem("${A | match \"(\"}"),
            "\"match (\": the regular expression is wrong: missing ): ( (the syntax is that of "
            "RE2, without look-around and back-references)");
  EXPECT_EQ(problem("${A | replace_match \"a\" \"\\1\"}").substr(0, 57),
            "\"replace_match \"a\" \"\\1\"\": the replacement is wrong: Rewri");
  EXPECT_EQ(problem("${A | phone 0049}"),
            "\"phone 0049\": the argument is no country calling code (write its one to three "
            "digits, as in `phone 49`)");
  EXPECT_EQ(problem("${A | bool Ja}"),
            "\"bool Ja\": bool takes two words, for true and for false, or none (write it as in "
            "`bool \"Opted in\" \"Opted out\"`)");
  EXPECT_EQ(problem("${A | trim ä}"),
            "\"trim ä\": trim takes ASCII characters (take others away with `replace_match`)");
  EXPECT_EQ(problem("${A | truncate 0}").substr(0, 14), "\"truncate 0\": ");
  EXPECT_EQ(problem("${A | truncate 99999999999999999999}").substr(0, 10), "\"truncate ");
}

TEST(FilterLoading, ChecksConditions) {
  EXPECT_EQ(problem("${A | when Status Reason = Won}"),
            "\"when Status Reason = Won\": behind the column stands = or != (write it as in `when "
            "\"Status Reason\" = Won or \"In Progress\"`; a column's name that holds blanks goes "
            "into quotes)");
  EXPECT_EQ(problem("${A | when B = In Progress}"),
            "\"when B = In Progress\": between the values stands `or` (write it as in `when "
            "\"Status Reason\" = Won or \"In Progress\"`; a value that holds blanks goes into "
            "quotes)");
  EXPECT_EQ(problem("${A | when B}"),
            "when needs 3 arguments (write it as in `when \"Status Reason\" = Won`)");
}

TEST(FilterLoading, ChecksFormatsAndZones) {
  EXPECT_EQ(problem("${A | date dd.MM.yyyy HH:mm}"),
            "\"date dd.MM.yyyy HH:mm\": this is no date format: its parts are written as %Y, %m, "
            "%d (write `date %d.%m.%Y %H:%M`)");
  EXPECT_EQ(problem("${A | date M/d/yyyy h:mm tt}"),
            "\"date M/d/yyyy h:mm tt\": this is no date format: its parts are written as %Y, %m, "
            "%d (write `date %m/%d/%Y %I:%M %p`)");
  EXPECT_EQ(problem("${A | date | timezone Europe/Berln}"),
            "\"timezone Europe/Berln\": there is no such time zone (did you mean Europe/Berlin?)");
  EXPECT_EQ(problem("${A | timezone Europe/Berlin}"),
            "timezone says in which zone `date` reads times, and there is no date (add it: `date "
            "%d.%m.%Y %H:%M | timezone Europe/Berlin`)");
  EXPECT_EQ(problem("${A | date | timezone UTC | timezone UTC}"),
            "timezone occurs twice (keep one)\n8:9: in ${A}: timezone occurs twice (keep one)");
}

TEST(FilterLoading, RefusesAChainThatCanNeverWork) {
  EXPECT_EQ(problem("${A | number | split \",\" | first}"),
            "split cannot take what number yields: a number (put split before number, or remove "
            "one of them)");
  EXPECT_EQ(problem("${A | bool | date}"),
            "date cannot take what bool yields: true or false (put date before bool, or remove one "
            "of them)");
  EXPECT_EQ(problem("x${A | number | date %Y%m%d}"),
            "date cannot take what number yields (write `date excel`, `date unix` or `date "
            "unix_ms` if the numbers are such, or remove number)");
  EXPECT_EQ(problem("${A | first}"),
            "first takes a list, and there is one value (put split before it, as in `split "
            "\";\"`)");
  EXPECT_EQ(problem("${A | split \";\" | upper}"),
            "upper takes one value, and split yields a list (put first, last or join before it, or "
            "write `map upper`)");
  EXPECT_EQ(problem("${A | split \";\" | default x | first}").substr(0, 54),
            "default takes one value, and split yields a list (put ");
  EXPECT_EQ(problem("${A | split \";\"}"),
            "the template ends in a list (add join or first: `join \", \"`)");
  EXPECT_EQ(problem("${A | split \";\" | map join , | first}"),
            "\"map join\": join is no filter for one element of a list (write filters such as `map "
            "upper` or `map lookup need`)");
  EXPECT_EQ(problem("${A | split \";\" | map | first}"),
            "map names no filter (write the filter behind it: `map upper`)");
  EXPECT_EQ(problem("${A | split \";\" | map uper | first}"),
            "unknown filter \"uper\" (did you mean \"upper\"?)");
}

TEST(FilterLoading, ChecksADefaultAgainstWhatComesBefore) {
  EXPECT_EQ(problem("x${A | number | default none}"),
            "\"default none\" behind number must be a number such as 1000.50");
  EXPECT_EQ(problem("${A | date | default soon}"),
            "\"default soon\" behind date must be a date: it does not read as ISO 8601 (such as "
            "2026-03-31) (write it as in `default 2026-12-31`)");
  EXPECT_EQ(problem("${A | bool | default perhaps}"),
            "\"default perhaps\" behind bool must be true or false");
}

TEST(FilterLoading, ChecksTheDefaultBehindCountryAndCurrency) {
  EXPECT_EQ(problem("${A | currency | default eur}"),
            "\"default eur\" behind currency must be a code such as EUR (write `default EUR`)");
  EXPECT_EQ(problem("${A | country | required | default Germany}"),
            "\"default Germany\" behind country must be a code such as DE (write `default DE`)");
  EXPECT_EQ(problem("${A | country | default Germny}"),
            "\"default Germny\" behind country must be a code such as DE (did you mean Germany "
            "(DE)?)");
  EXPECT_EQ(problem("${A | currency | default ???}"),
            "\"default ???\" behind currency must be a code such as EUR");
  for (const char* good :
       {"${A | currency | default EUR}", "${A | country | default DE}",
        "${A | default Germany | country}", "${A | currency | default usd | upper}",
        "${A | country | default DE | if_blank B}", "${A | default eur}"})
    load_good(std::string(least_referral) + "  name: '" + good + "'\n");
}

TEST(FilterLoading, AsksTheHeaderForColumnsThatArgumentsName) {
  const auto mapping = load_good(std::string(least_referral) +
                                 "  name: '${A | if_blank \"Bee\" | when C = x | hash D}'\n");
  EXPECT_EQ(mapping->columns(), (std::vector<std::string>{"Id", "A", "Bee", "C", "D"}));
  config::Problems problems;
  EXPECT_EQ(mapping->bind(std::vector<std::string>{"Id", "A", "Beee", "C", "D"}, problems),
            nullptr);
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(problems.list()[0].message, "column \"Bee\" is not in the export");
  EXPECT_EQ(problems.list()[0].remedy, "did you mean \"Beee\"?");
}

// A template on its own, as lists use it.
struct Parsed {
  FilterSettings settings{number_format("en-US").value(), {}, {}};
  Columns columns;
  config::Problems problems;
  Template list;

  explicit Parsed(std::string_view text)
      : list(Template::parse(text, settings, columns, {"m.yaml", 1, 1}, problems, Yield::list)) {}

  std::string elements(std::string_view cell, std::vector<Template::Fault>& faults) const {
    const std::vector<Cell> cells(columns.names().size(), Cell{cell});
    std::string out;
    for (const Constant& one : list.evaluate_list(cells, settings, faults))
      out += "[" + one.text + "]" + (one.kind == ScalarKind::number ? "n" : "");
    return out;
  }
};

TEST(ListTemplate, YieldsItsElements) {
  const Parsed parsed("${Products | split \";\" | map upper}");
  EXPECT_TRUE(parsed.problems.empty());
  EXPECT_EQ(parsed.list.kind(), ScalarKind::list);
  std::vector<Template::Fault> faults;
  EXPECT_EQ(parsed.elements(" a; ;ö ;c", faults), "[A][Ö][C]");
  EXPECT_EQ(parsed.elements("", faults), "");
  EXPECT_EQ(parsed.elements(";;", faults), "");
  EXPECT_TRUE(faults.empty());
}

TEST(ListTemplate, KeepsTheTypeOfItsElements) {
  const Parsed parsed("${Prices | split \";\" | map number}");
  std::vector<Template::Fault> faults;
  EXPECT_EQ(parsed.elements("1,000.50; 2", faults), "[1000.5]n[2]n");
  EXPECT_EQ(parsed.elements("1; two", faults), "");
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].failure.code, Code::bad_number);
  EXPECT_EQ(faults[0].failure.value, "two");
}

TEST(ListTemplate, MustEndInAList) {
  for (const char* text :
       {"${A}", "text", "", "x${A | split \";\" }", "${A | split \";\" | first}"}) {
    const Parsed parsed(text);
    ASSERT_EQ(parsed.problems.list().size(), 1U) << text;
    EXPECT_EQ(to_string(parsed.problems.list()[0]),
              "m.yaml:1:1: here a list is needed, and the template yields one value (write one "
              "placeholder that ends in a list: ${Column | split \";\"})");
  }
}

TEST(FilterLoading, RefusesADefaultThatMayMeanThousands) {
  const auto problems = problems_of("format: { locale: de-DE }\n" + std::string(least_referral) +
                                    "  name: \"${N | number | default 1.000}\"\n");
  EXPECT_NE(problems.find("\"default 1.000\" may mean thousands in de-DE"), std::string::npos)
      << problems;
}

TEST(FilterLoading, ChecksWhatGoesThroughMap) {
  EXPECT_EQ(
      problem("${A | split , | map bool | map date | join ;}"),
      "\"map date\": date cannot take what the elements are by then (put it before the filter "
      "that makes them so, or remove one of them)");
}

TEST(MappingFile, TakesNoPlaceholderOfAnotherProgramForAText) {
  for (const char* text : {"$Name", "$(Name)", "'{{Name}}'", "'%Name%'"}) {
    const auto problems = problems_of(std::string(least_referral) + "  name: " + text + "\n");
    EXPECT_NE(problems.find("would be sent as it is for every row (a column's cell is written "
                            "${Column})"),
              std::string::npos)
        << problems;
  }
  for (const char* text : {"'\\$Name'", "100 %", "'$5 off'", "'50% of 50%'"})
    load_good(std::string(least_referral) + "  name: " + text + "\n");
}

}  // namespace
}  // namespace referrald::mapping
