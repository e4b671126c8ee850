// Lists whose elements come from numbered columns or a split cell, and columns that an export may
// lack.
#include <algorithm>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

std::string with_team(const std::string& team, const std::string& more = {}) {
  return more + R"(
referral:
  externalReferenceId: ${Id}
  customerProfile:
    name: Fabrikam
    team:
)" + team +
         R"(
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)";
}

constexpr const char* contacts = R"(
      each: 1..3
      element: { firstName: "${Contact # First Name}", email: "${Contact # Mail | lower}", title: Contact }
)";

std::string team_of(const Mapping& mapping, const Cells& cells) {
  const Mapped row = mapped(mapping, cells);
  const Value* team = row.referral.at("customerProfile/team");
  return team == nullptr ? "(absent)" : to_json(*team);
}

std::string bind_problems(const Mapping& mapping, const std::vector<std::string>& header) {
  config::Problems problems;
  const bool bound = mapping.bind(header, problems) != nullptr;
  EXPECT_EQ(bound, problems.empty());
  std::string out;
  for (config::Problem problem : problems.list()) {
    problem.place.file.clear();
    out += to_string(problem) + "\n";
  }
  return out;
}

TEST(NumberedColumns, MakeOneElementEach) {
  const auto mapping = load_good(with_team(contacts));
  EXPECT_EQ(
      team_of(*mapping, {{"Id", "1"},
                         {"Contact 1 First Name", "Ada"},
                         {"Contact 1 Mail", "A@example.com"},
                         {"Contact 2 First Name", "Bob"},
                         {"Contact 3 Mail", "c@example.com"}}),
      R"([{"firstName":"Ada","email":"a@example.com","title":"Contact"},)"
      R"({"firstName":"Bob","title":"Contact"},{"email":"c@example.com","title":"Contact"}])");
}

TEST(NumberedColumns, ThatAreBlankVanish) {
  const auto mapping = load_good(with_team(contacts));
  EXPECT_EQ(team_of(*mapping, {{"Id", "1"}, {"Contact 2 First Name", "Bob"}}),
            R"([{"firstName":"Bob","title":"Contact"}])");
  EXPECT_EQ(team_of(*mapping, {{"Id", "1"}}), "(absent)");
}

TEST(NumberedColumns, StandAmongOtherElements) {
  const auto mapping = load_good(with_team(R"(
      - { firstName: "${First Name}" }
      - each: 01..02
        element: { firstName: "${First#}" }
      - { firstName: Eve }
)"));
  EXPECT_EQ(mapping->columns(),
            (std::vector<std::string>{"Id", "First Name", "First01", "First02"}));
  EXPECT_EQ(team_of(*mapping, {{"Id", "1"}, {"First Name", "Ada"}, {"First02", "Bob"}}),
            R"([{"firstName":"Ada"},{"firstName":"Bob"},{"firstName":"Eve"}])");
}

TEST(NumberedColumns, TakeAMarkBehindABackslashAsItIs) {
  const auto mapping = load_good(with_team(R"(
      each: 1..2
      element: { firstName: '${Name\##}', lastName: "No. # ${Order \\# | default \"\\#\"}" }
)"));
  EXPECT_EQ(mapping->columns(), (std::vector<std::string>{"Id", "Name#1", "Order #", "Name#2"}));
  EXPECT_EQ(team_of(*mapping, {{"Id", "1"}, {"Name#2", "Bob"}}),
            R"([{"lastName":"No. # #"},{"firstName":"Bob","lastName":"No. # #"}])");
}

TEST(NumberedColumns, HaveTheirNumberInNamesOfColumnsAndNotInPatterns) {
  const auto mapping = load_good(with_team(R"(
      each: 1..2
      element:
        firstName: '${First # | if_blank "Nick #" | replace "#" "no. "}'
        lastName: "${Last # | match '#([0-9]+)'}"
)"));
  EXPECT_EQ(team_of(*mapping,
                    {{"Id", "1"}, {"First 1", "#7 Ann 1"}, {"Nick 2", "Bo"}, {"Last 2", "x #12"}}),
            R"([{"firstName":"no. 7 Ann 1"},{"firstName":"Bo","lastName":"12"}])");
}

TEST(NumberedColumns, AreThoseThatTheExportHas) {
  const auto mapping = load_good(with_team(contacts));
  EXPECT_EQ(bind_problems(*mapping, {"Id", "Contact 1 First Name", "Contact 1 Mail"}), "");
  EXPECT_EQ(bind_problems(*mapping, {"Id", "Contact 1 First Name", "Contact 1 Mail",
                                     "Contact 3 Mail", "Contact 3 First Name"}),
            "");
  config::Problems none;
  const auto bound = mapping->bind(
      {"Id", "Contact 3 Mail", "Contact 1 First Name", "Contact 1 Mail", "Contact 3 First Name"},
      none);
  Row row;
  row.cells = {"1", "c@example.com", "Ada", "", "Cy"};
  const auto mapped = std::get<Mapped>(bound->map(row));
  EXPECT_EQ(to_json(*mapped.referral.at("customerProfile/team")),
            R"([{"firstName":"Ada","title":"Contact"},)"
            R"({"firstName":"Cy","email":"c@example.com","title":"Contact"}])");
}

TEST(NumberedColumns, OfTheFirstNumberMustExistAndThoseOfAnotherAllOrNone) {
  const auto mapping = load_good(with_team(contacts));
  EXPECT_EQ(bind_problems(*mapping, {"Id", "Contact 1 Mail"}),
            "9:29: column \"Contact 1 First Name\" is not in the export (names must be as "
            "in the export's header)\n");
  EXPECT_EQ(
      bind_problems(*mapping, {"Id", "Contact 1 First Name", "Contact 1 Mail", "Contact 2 Mail"}),
      "9:29: column \"Contact 2 First Name\" is not in the export, though \"Contact 2 Mail\" "
      "is (add it to the export, or to `optional_columns`)\n");
  const auto lenient = load_good(with_team(contacts, "optional_columns: [Contact 2 First Name]"));
  EXPECT_EQ(
      bind_problems(*lenient, {"Id", "Contact 1 First Name", "Contact 1 Mail", "Contact 2 Mail"}),
      "");
}

TEST(NumberedColumns, ThatElsewhereAreTakenByNameMustExist) {
  const auto mapping = load_good(with_team(R"(
      - each: 1..2
        element: { firstName: "${First #}" }
      - { firstName: "${First 2}" }
)"));
  EXPECT_EQ(bind_problems(*mapping, {"Id", "First 1"}),
            "10:22: column \"First 2\" is not in the export (did you mean \"First 1\"?)\n");
}

TEST(NumberedColumns, AreReportedByThePlaceInTheReferralAndTheColumn) {
  const auto mapping = load_good(with_team(R"(
      each: 1..3
      element: { email: "${Mail #}", contactPreference: { disableNotifications: "${Quiet #}" } }
)",
                                           "rules: strict"));
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Mail 2", "no address"}, {"Quiet 3", "hm"}});
  const auto bad_boolean = std::ranges::find(found, "bad-boolean", &Reason::code);
  ASSERT_NE(bad_boolean, found.end());
  EXPECT_EQ(bad_boolean->member, "customerProfile/team/1/contactPreference/disableNotifications");
  EXPECT_EQ(bad_boolean->column, "Quiet 3");
  const auto bad_email = std::ranges::find(found, "bad-email", &Reason::code);
  ASSERT_NE(bad_email, found.end());
  EXPECT_EQ(bad_email->member, "customerProfile/team/0/email");
  EXPECT_EQ(bad_email->column, "Mail 2");
}

TEST(NumberedColumns, WithFaultsAreProblemsOnce) {
  EXPECT_EQ(
      problems_of(with_team(R"(
      - each: 1..5
        element: { firstName: "${First # | uper}" }
      - each: 1..5
        element: { firstName: "${First}" }
      - each: 5..1
        element: { firstName: "${First #}" }
      - each: 1..51
        element: { firstName: "${First #}" }
      - each: 1...5
        element: { firstName: "${First #}" }
      - each: 1..2
        elements: { firstName: "${First #}" }
      - each: [1]
        element: x
)")),
      "9:31: in ${First 1}: unknown filter \"uper\" (did you mean \"upper\"?)\n"
      "11:18: customerProfile/team: no template of the element holds a # (write # where the "
      "columns' names have the number: ${Contact # Email})\n"
      "12:15: customerProfile/team: each cannot be 5..1 (write the first and the last number, "
      "as in 1..5, at most 50 of them)\n"
      "14:15: customerProfile/team: each cannot be 1..51 (write the first and the last number, "
      "as in 1..5, at most 50 of them)\n"
      "16:15: customerProfile/team: each cannot be 1...5 (write the first and the last number, "
      "as in 1..5, at most 50 of them)\n"
      "19:9: a list with `each` has no key \"elements\" (did you mean \"element\"?)\n"
      "18:9: customerProfile/team: each needs an `element` beside it (write element: and what "
      "each element of the list is)\n"
      "20:15: customerProfile/team: each must be numbers or a template (write each: 1..5, or "
      "each: ${Column | split \";\"})\n");
}

std::string with_solutions(const std::string& solutions) {
  return R"(deal: ${Deal | default private}
tables: { ids: { Storage: SOL-1, Backup: SOL-2 } }
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam, team: [ { firstName: Ada } ] }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    currency: EUR
    requirements:
)" + solutions;
}

constexpr const char* split_solutions = R"(
      solutions:
        each: ${Solutions | split ";"}
        element: { type: Name, id: "${item | lookup ids}", name: "${item} for ${Topic}" }
)";

TEST(SplitCells, MakeOneElementEach) {
  const auto mapping = load_good(with_solutions(split_solutions));
  EXPECT_EQ(mapping->columns(), (std::vector<std::string>{"Deal", "Id", "Solutions", "Topic"}));
  const Mapped row =
      mapped(*mapping, {{"Id", "1"}, {"Solutions", "Storage; ;Backup;"}, {"Topic", "x"}});
  EXPECT_EQ(to_json(*row.referral.at("details/requirements")),
            R"({"solutions":[{"type":"Name","id":"SOL-1","name":"Storage for x"},)"
            R"({"type":"Name","id":"SOL-2","name":"Backup for x"}]})");
  EXPECT_EQ(mapped(*mapping, {{"Id", "1"}, {"Solutions", " ; "}, {"Topic", "x"}})
                .referral.at("details/requirements"),
            nullptr);
}

TEST(SplitCells, AreReportedByThePlaceInTheReferralAndTheColumn) {
  const auto mapping = load_good(with_solutions(split_solutions));
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Solutions", "Storage;Backpu;Backup;Tape"}});
  ASSERT_EQ(codes(found), (std::vector<std::string>{"lookup-miss", "lookup-miss"}));
  EXPECT_EQ(found[0].member, "details/requirements/solutions/1/id");
  EXPECT_EQ(found[1].member, "details/requirements/solutions/3/id");
  EXPECT_EQ(found[0].column, "Solutions");
  EXPECT_EQ(found[0].value, "Backpu");
}

TEST(SplitCells, FillTheTargetOfACoSellDealAndAreLimited) {
  const auto mapping = load_good(with_solutions(split_solutions));
  const Mapped row = mapped(*mapping, {{"Id", "1"}, {"Deal", "co-sell"}, {"Solutions", "Backup"}});
  EXPECT_EQ(to_json(*row.referral.find("target")), R"([{"type":"SolutionProfile","id":"SOL-2"}])");
  std::string many;
  for (int i = 0; i < 51; ++i) many += "Storage;";
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Solutions", many}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"too-many-solutions"});
  EXPECT_EQ(found[0].column, "Solutions, Topic");
}

TEST(SplitCells, StandWithinNumberedColumnsAndOtherMembers) {
  const auto mapping = load_good(with_solutions(R"(
      salesPlays:
        - each: ${Plays | split ","}
          element: ${item | upper}
        - last
      industries:
        each: ${Industry#1 | split ","}
        element: { id: "${item}", name: "${item#1}" }
)"));
  const Mapped row = mapped(
      *mapping, {{"Id", "1"}, {"Plays", "a,b"}, {"Industry#1", "Education"}, {"item#1", "n"}});
  EXPECT_EQ(to_json(*row.referral.at("details/requirements")),
            R"({"salesPlays":["A","B","last"],"industries":[{"id":"Education","name":"n"}]})");
}

TEST(SplitCells, WithFaultsAreProblems) {
  EXPECT_EQ(
      problems_of(with_solutions(R"(
      solutions:
        - each: ${Solutions | upper}
          element: { id: "${item}" }
        - each: ${Solutions | split ";"}
          element: { id: SOL-1 }
        - each: Solutions
          element: { id: "${item}" }
)")),
      "12:17: here a list is needed, and the template yields one value (write one placeholder "
      "that ends in a list: ${Column | split \";\"})\n"
      "15:20: details/requirements/solutions: the element takes nothing from the row (write "
      "${item} where the element of the list belongs)\n"
      "16:17: details/requirements/solutions: each cannot be \"Solutions\" (write each: 1..5, "
      "or each: ${Column | split \";\"})\n");
}

TEST(Lists, WithABlankElementBeforeReportThePlaceInTheReferral) {
  const auto mapping = load_good(with_team(R"(
      - { email: "${Mail A}" }
      - { email: "${Mail B}" }
)",
                                           "rules: strict"));
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Mail B", "no address"}});
  const auto bad_email = std::ranges::find(found, "bad-email", &Reason::code);
  ASSERT_NE(bad_email, found.end());
  EXPECT_EQ(bad_email->member, "customerProfile/team/0/email");
  EXPECT_EQ(bad_email->column, "Mail B");
}

TEST(OptionalColumns, AreBlankInAnExportWithoutThem) {
  const auto mapping = load_good("optional_columns: [' Website ', Fax]\n" +
                                 with_team("      - { title: \"${Website}\", email: \"${Fax}\" }"));
  EXPECT_EQ(bind_problems(*mapping, {"Id"}), "");
  EXPECT_EQ(bind_problems(*mapping, {"Website"}),
            "4:24: column \"Id\" is not in the export (names must be as in the export's header)\n");
  config::Problems none;
  Row row;
  row.cells = {"1"};
  const Outcome outcome = mapping->bind(std::vector<std::string>{"Id"}, none)->map(row);
  EXPECT_EQ(std::get<Mapped>(outcome).referral.at("customerProfile/team"), nullptr);
}

TEST(OptionalColumns, ThatNothingTakesAreProblems) {
  EXPECT_EQ(problems_of("optional_columns: [Websit, [x], '']\n" +
                        with_team("      - { title: \"${Website}\" }")),
            "1:20: optional_columns: nothing in the mapping takes \"Websit\" (did you mean "
            "\"Website\"?)\n"
            "1:28: optional_columns: a column's name must be a single value (write it as in ${…}, "
            "without the filters)\n"
            "1:33: optional_columns: a column's name must be a single value (write it as in ${…}, "
            "without the filters)\n");
  EXPECT_EQ(problems_of("optional_columns: Fax\n" + with_team("      []")),
            "1:19: optional_columns must be a list of columns (write optional_columns: [Fax, "
            "Website])\n");
}

}  // namespace
}  // namespace referrald::mapping
