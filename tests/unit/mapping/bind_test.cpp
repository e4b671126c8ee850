#include <fmt/format.h>
#include <gmock/gmock.h>

#include "mapping/rules.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view yaml = R"(
include: [ { column: Status, in: [Open] } ]
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Topic}, ${City}
  customerProfile: { name: "${Topic}" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)";

std::vector<std::string> bind(const std::vector<std::string>& header) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind(header, problems);
  EXPECT_EQ(bound == nullptr, !problems.empty());
  std::vector<std::string> out;
  for (config::Problem problem : problems.list()) {
    problem.place.file.clear();
    out.push_back(to_string(problem));
  }
  return out;
}

TEST(Bind, NamesEachColumnOnce) {
  EXPECT_EQ(load_good(yaml)->columns(),
            (std::vector<std::string>{"Status", "Deal", "Id", "Topic", "City"}));
}

TEST(Bind, FindsColumnsInAnyOrder) {
  EXPECT_TRUE(bind({"City", "x", "Topic", "Id", "Deal", "y", "Status"}).empty());
}

TEST(Bind, ReportsAllMissingAndDoubledColumnsWithTheirPlaceInTheMapping) {
  EXPECT_EQ(
      bind({"Status", "topic", "Id", "Town", "Deal", "Id"}),
      (std::vector<std::string>{
          "5:24: column \"Id\" occurs twice in the export (write Id#1 or Id#2 to say which one "
          "is meant, or rename one)",
          "6:9: column \"Topic\" is not in the export (did you mean \"topic\"?)",
          "6:9: column \"City\" is not in the export (names must be as in the export's "
          "header)"}));
}

std::string bind_export(std::string_view text) {
  const test::TemporaryFolder folder;
  const auto reader = open_export(folder.write("export.csv", text));
  config::Problems problems;
  EXPECT_EQ(load_good(yaml)->bind(*reader, problems), nullptr);
  return problems.empty() ? ""
                          : fmt::format("{} ({})", problems.list().front().message,
                                        problems.list().front().remedy);
}

TEST(Bind, SaysWhatWasTakenForTheHeaderWhenMostColumnsAreMissing) {
  EXPECT_EQ(bind_export("Pipeline Q4\n\nStatus;Deal;Id;Topic;City\nOpen;private;1;a;b\n"),
            "in the export line 1 was taken for the header: 1 column with the delimiter \",\" (if "
            "the header is further down, say `format: { header: N }`; if another sign stands "
            "between the cells, `format: { delimiter: \"^\" }`)");
  EXPECT_THAT(bind_export("\na\tb\n1\t2\n"),
              testing::StartsWith("in the export line 2 was taken for the header: 2 columns with "
                                  "the delimiter tab ("));
  // With most of the columns there, a missing one is misspelt.
  EXPECT_THAT(bind_export("Status,Deal,Id,Topic\nOpen,private,1,a\n"),
              testing::StartsWith("column \"City\" is not in the export"));
}

TEST(Bind, LeavesDoubledColumnsAloneThatAreNotMapped) {
  EXPECT_TRUE(bind({"Status", "x", "x", "Topic", "Id", "City", "Deal"}).empty());
}

TEST(Bind, TakesADoubledColumnByItsNumber) {
  config::Problems problems;
  const auto bound = load_good(R"(
referral:
  externalReferenceId: ${Id}
  name: ${Email#2} ${#1} ${A#1}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)")
                         ->bind({"Email", "Id", "Email", "A#1", "A"}, problems);
  ASSERT_NE(bound, nullptr);
  Row row;
  row.cells = {"first", "7", "second", "as it is called", "a"};
  EXPECT_EQ(*std::get<Mapped>(bound->map(row)).referral.find("name")->string(),
            "second first as it is called");
}

TEST(Bind, FindsAColumnWhoseNameDiffersInWhatNobodySees) {
  const std::string mapping(yaml);
  config::Problems problems;
  EXPECT_NE(load_good(mapping)->bind({"City", "To\u200bpic", "Id", "Deal", "Status"}, problems),
            nullptr);
  const std::string umlaut = [&] {
    std::string out = mapping;
    for (auto at = out.find("${City"); at != std::string::npos; at = out.find("${City", at + 1))
      out.replace(at, 6, "${Gr\u00f6\u00dfe 1");
    return out;
  }();
  EXPECT_NE(load_good(umlaut)->bind({"Gro\u0308\u00dfe\u00a01", "Topic", "Id", "Deal", "Status"},
                                    problems),
            nullptr)
      << lines(listed(problems));
  EXPECT_EQ(load_good(mapping)->bind({"City", "To\u200bpic", "To\u200cpic", "Id", "Deal", "Status"},
                                     problems),
            nullptr)
      << "which of the two?";
}

TEST(Bind, FindsAColumnByItsAliasWhenNoNameFits) {
  config::Problems problems;
  const std::vector<std::string> names{"Status", "Deal", "Id", "Thema", "City"};
  const std::vector<std::string> aliases{"", "City", "", "Topic", ""};
  const auto bound = load_good(yaml)->bind(Header{.names = names, .aliases = aliases}, problems);
  ASSERT_NE(bound, nullptr);
  Row row;
  row.cells = {"Open", "private", "7", "Backup", "Rome"};
  EXPECT_EQ(*std::get<Mapped>(bound->map(row)).referral.find("name")->string(), "Backup, Rome");
}

TEST(Bind, TakesMissingColumnsForBlankWhereTheExportCannotTell) {
  config::Problems problems;
  const std::vector<std::string> names{"Id"};
  EXPECT_NE(
      load_good(yaml)->bind(Header{.names = names, .aliases = {}, .complete = false}, problems),
      nullptr);
  EXPECT_TRUE(problems.empty());
}

// Blank in each row, it would be left out without a word.
TEST(Bind, RefusesAnOptionalColumnOfWhichTheExportHasPartsOnly) {
  const std::string optional = "optional_columns: [Topic]\n" + std::string(yaml);
  const std::vector<std::string> names{"City", "Topic.0", "Topic.1", "Id", "Deal", "Status"};
  config::Problems problems;
  EXPECT_EQ(
      load_good(optional)->bind(Header{.names = names, .aliases = {}, .has_paths = true}, problems),
      nullptr);
  EXPECT_THAT(lines(listed(problems)), testing::HasSubstr("such as \"Topic.0\""));
  config::Problems none;
  EXPECT_NE(load_good(optional)->bind(Header{.names = names, .aliases = {}}, none), nullptr);
}

TEST(Bind, LeavesOutARowThatTheExportCallsDeleted) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind({"City", "Topic", "Id", "Deal", "Status"}, problems);
  Row row;
  row.cells = {"Rome", "Backup", "7", "private", "Open"};
  row.deleted = true;
  EXPECT_EQ(std::get<Excluded>(bound->map(row)).external_id, "7");
}

TEST(Bind, TakesTypedCellsAsTheyAreWhateverLocaleAndFormat) {
  config::Problems problems;
  const auto bound = load_good(R"(
format: { locale: de-DE, timezone: Europe/Berlin }
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: "${Ok}" }
  details:
    dealValue: ${Value | number}
    closingDateTime: ${Close | date %m/%d/%Y}
)")
                         ->bind({"Id", "Ok", "Value", "Close"}, problems);
  Row row;
  row.cells = {"7", "true", "1.234", "2026-03-31T14:30:00"};
  row.types = {CellType::text, CellType::boolean, CellType::number, CellType::date};
  const auto outcome = bound->map(row);
  const auto& mapped = std::get<Mapped>(outcome);
  EXPECT_EQ(mapped.referral.at("details/dealValue")->number()->text, "1.234");
  EXPECT_EQ(*mapped.referral.at("details/closingDateTime")->string(), "2026-03-31T12:30:00Z");
}

TEST(Bind, MapsEachRowByItsHeader) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind({"City", "Topic", "Id", "Deal", "Status"}, problems);
  Row row;
  row.cells = {"Rome", "Backup", "7", "private", "Open"};
  const auto outcome = bound->map(row);
  EXPECT_EQ(std::get<Mapped>(outcome).external_id, "7");
  EXPECT_EQ(*std::get<Mapped>(outcome).referral.find("name")->string(), "Backup, Rome");
}

TEST(Bind, OutlivesTheMapping) {
  config::Problems problems;
  auto mapping = load_good(yaml);
  const auto bound = mapping->bind(mapping->columns(), problems);
  mapping.reset();
  Row row;
  row.cells = {"Open", "private", "7", "Backup", "Rome"};
  EXPECT_EQ(std::get<Mapped>(bound->map(row)).external_id, "7");
}

TEST(Bind, RejectsARowWithAFaultForThatFault) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind({"City", "Topic", "Id", "Deal", "Status"}, problems);
  Row row;
  row.cells = {"Rome", "B\xff", "7", "private", "Open"};
  row.fault = RowFault{"invalid-bytes", "column 2 is no UTF-8"};
  auto outcome = bound->map(row);
  const auto& rejected = std::get<Rejected>(outcome);
  EXPECT_EQ(rejected.external_id, "7");
  ASSERT_EQ(codes(rejected.reasons), std::vector<std::string>{"invalid-bytes"});
  EXPECT_EQ(rejected.reasons[0].message, "column 2 is no UTF-8");
  EXPECT_NE(rejected.reasons[0].remedy, "");
}

TEST(Bind, EveryFaultOfAReaderHasARemedyAndIsDamage) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind({"City", "Topic", "Id", "Deal", "Status"}, problems);
  for (const char* code : {"cell-count", "invalid-bytes", "nul-byte", "bad-quoting",
                           "bad-line-break", "row-too-long", "cell-error", "duplicate-key",
                           "bad-escape", "wrong-shape", "bad-version", "repeated-header"}) {
    Row row;
    row.cells = {"Rome", "Backup", "7", "private", "Open"};
    row.fault = RowFault{code, "what is wrong"};
    const auto outcome = bound->map(row);
    const auto& reason = std::get<Rejected>(outcome).reasons.at(0);
    EXPECT_EQ(reason.code, code);
    EXPECT_NE(reason.remedy, "") << code;
    EXPECT_TRUE(is_damage(code)) << code;
  }
  EXPECT_TRUE(is_damage("not-mended"));
  for (const char* code : {"bad-date", "duplicate-id", "portal-name", "", "http-422"}) {
    EXPECT_FALSE(is_damage(code)) << code;
  }
}

TEST(Bind, TellsNoIdOfARowWhoseCellsMayBeShiftedOrDamaged) {
  config::Problems problems;
  const auto bound = load_good(yaml)->bind({"City", "Topic", "Id", "Deal", "Status"}, problems);
  Row row;
  row.cells = {"Rome", "Ba", "ckup", "7"};
  row.fault = RowFault{"cell-count", "4 cells instead of 5"};
  EXPECT_EQ(std::get<Rejected>(bound->map(row)).external_id, "");
  row.cells = {"Rome", "Backup", "7\xff", "private", "Open"};
  row.fault = RowFault{"invalid-bytes", "no UTF-8"};
  EXPECT_EQ(std::get<Rejected>(bound->map(row)).external_id, "");
}

}  // namespace
}  // namespace referrald::mapping
