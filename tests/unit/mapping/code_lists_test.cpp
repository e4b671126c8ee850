// The lists of Microsoft's codes: as they are shipped, replaced by files, looked up, and checked.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "mapping/lists.hpp"
#include "mapping/schema.hpp"
#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view in_requirements = R"(
referral:
  externalReferenceId: ${Id}
  salesStage: ${Stage}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    currency: EUR
    requirements:
      products: [ { id: "${Product}" } ]
      services: [ { id: "${Service}" } ]
      industries: [ { id: "${Industry}" } ]
      solutions: [ { type: "${Type}", id: "${Solution}" } ]
      additionalRequirements:
        attributes:
          - { type: CustomerMarketplaceIntent, id: "${Intent}" }
          - { type: SolutionArea, id: "${Area}" }
          - { type: SolutionPlay, id: "${Play}" }
          - { type: Other, id: "${Other}" }
)";

Cells row(Cells cells) {
  cells["Id"] = "1";
  return cells;
}

std::string strict() {
  return std::string(in_requirements) + "rules: strict\n";
}

// With a mapping of strict rules: what it tells that is not about what the portal asks for, as
// "code member column: remedy".
std::string list_warnings(const Mapping& mapping, Cells cells) {
  std::string out;
  for (const Reason& reason : reasons(mapping, row(std::move(cells))))
    if (!reason.code.starts_with("portal-"))
      out += reason.code + " " + reason.member + " " + reason.column + ": " +
             reason.remedy.substr(0, reason.remedy.find(". ")) + "\n";
  return out;
}

std::string list_warnings(Cells cells) {
  return list_warnings(*load_good(strict()), std::move(cells));
}

TEST(CodeLists, KnowWhatIsShipped) {
  const CodeLists lists;
  EXPECT_TRUE(lists[ListId::products].has("DynamicsAX,GP,NAV,SL"));
  EXPECT_TRUE(lists[ListId::services].has("CustomSolution(ISV)"));
  EXPECT_TRUE(lists[ListId::industries].has("Agriculture, Forestry, & Fishing"));
  EXPECT_TRUE(lists[ListId::solutions].has("RegulatoryComplianceGDPR"));
  EXPECT_TRUE(lists[ListId::marketplace_intents].has("HaveNotDecided"));
  EXPECT_TRUE(lists[ListId::sales_stages].has("Propose"));
  EXPECT_TRUE(lists[ListId::solution_areas].empty());
  EXPECT_TRUE(lists[ListId::solution_plays].empty());
  EXPECT_FALSE(lists[ListId::products].has("azure"));
  EXPECT_EQ(lists.find("nothing"), nullptr);
  for (const auto name : list_names()) EXPECT_NE(lists.find(name), nullptr) << name;
}

TEST(CodeLists, HaveTheAssistanceCodesThatTheApiTakes) {
  const CodeLists lists;
  const MemberSpec* member = invitation_shape().find("assistanceRequestCode");
  ASSERT_NE(member, nullptr);
  EXPECT_FALSE(member->choices.empty());
  for (const auto code : member->choices)
    EXPECT_TRUE(lists[ListId::assistance_codes].has(code)) << code;
}

TEST(CodeLists, AcceptTheCodesThatTheyHave) {
  EXPECT_EQ(list_warnings({{"Product", "PowerBI"},
                           {"Service", "IPServices(ISV)"},
                           {"Industry", "Travel & Transportation"},
                           {"Type", "Category"},
                           {"Solution", "BigData"},
                           {"Intent", "HaveNotDecided"},
                           {"Stage", "Develop"}}),
            "");
  EXPECT_EQ(list_warnings({{"Stage", "100"}}), "");
}

TEST(CodeLists, WarnOfACodeThatTheyLackWithTheNearest) {
  EXPECT_EQ(list_warnings({{"Product", "Power BI"}}),
            "unknown-product details/requirements/products/0/id Product: If PowerBI is meant, "
            "write that\n");
  EXPECT_EQ(list_warnings({{"Product", "Azur"}}),
            "unknown-product details/requirements/products/0/id Product: If Azure is meant, write "
            "that\n");
  EXPECT_EQ(list_warnings({{"Service", "Hardwares"}}),
            "unknown-service details/requirements/services/0/id Service: If Hardware is meant, "
            "write that\n");
  EXPECT_EQ(list_warnings({{"Industry", "Communications and Media"}}),
            "unknown-industry details/requirements/industries/0/id Industry: If Communications & "
            "Media is meant, write that\n");
  EXPECT_EQ(list_warnings({{"Type", "Category"}, {"Solution", "Big data"}}),
            "unknown-solution details/requirements/solutions/0/id Solution: If BigData is meant, "
            "write that\n");
  EXPECT_EQ(list_warnings({{"Intent", "Have not decided"}}),
            "unknown-marketplace-intent "
            "details/requirements/additionalRequirements/attributes/0/id Intent: If "
            "HaveNotDecided is meant, write that\n");
  EXPECT_EQ(list_warnings({{"Stage", "Prospecting"}}),
            "unknown-sales-stage salesStage Stage: Take the code with `lookup sales_stages`, or "
            "name a newer list under `lists: { sales_stages: … }`.\n");
}

TEST(CodeLists, RejectWithStrictRulesOnly) {
  constexpr std::string_view text = R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { requirements: { products: [ { id: "${Product}" } ] } }
)";
  const Cells cells = row({{"Product", "Quantum"}});
  EXPECT_EQ(mapped(*load_good(text), cells).warnings.back(), "unknown-product");
  const auto found = reasons(*load_good("rules: strict\n" + std::string(text)), cells);
  EXPECT_EQ(codes(found).back(), "unknown-product");
  EXPECT_EQ(found.back().value, "Quantum");
}

TEST(CodeLists, SayNothingOfWhatNobodyPublished) {
  EXPECT_EQ(list_warnings({{"Area", "Security"}, {"Play", "Anything"}, {"Other", "x"}}), "");
}

TEST(CodeLists, DoNotHoldTheSolutionsOfTheCatalogue) {
  EXPECT_EQ(list_warnings({{"Type", "Name"}, {"Solution", "SOL-99999-ZZZ"}}), "");
  EXPECT_EQ(list_warnings({{"Type", "Name"}, {"Solution", "7F0E3C0A-6a52-4f35-9a51-0b3c0e7d9a11"}}),
            "");
}

class ListFiles : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  std::unique_ptr<Mapping> load_with(const std::string& lists) {
    return load_with(lists, strict());
  }
  std::unique_ptr<Mapping> load_with(const std::string& lists, std::string_view rest) {
    write("mapping.yaml", "lists: " + lists + std::string(rest));
    problems_ = {};
    return load_mapping(folder_ / "mapping.yaml", problems_);
  }

  std::string problems() const {
    std::string out;
    for (const auto& problem : problems_.list()) {
      std::string line = to_string(problem);
      for (auto at = line.find(folder_.string()); at != std::string::npos;
           at = line.find(folder_.string()))
        line.erase(at, folder_.string().size() + 1);
      out += line + "\n";
    }
    return out;
  }

  fs::path folder_ = fs::path(testing::TempDir()) / ("referrald-lists-" + std::to_string(getpid()));
  config::Problems problems_;
};

TEST_F(ListFiles, ReplaceTheListThatTheyAreNamedFor) {
  write("mine.csv", "code,name\nQuantum,Quantum Computing\n");
  const auto mapping = load_with("{ products: mine.csv }");
  ASSERT_NE(mapping, nullptr) << problems();
  EXPECT_EQ(list_warnings(*mapping, {{"Product", "Quantum"}, {"Service", "Hardware"}}), "");
  EXPECT_EQ(list_warnings(*mapping, {{"Product", "Azure"}}),
            "unknown-product details/requirements/products/0/id Product: Take the code with "
            "`lookup products`, or name a newer list under `lists: { "
            "products: … }`.\n");
}

TEST_F(ListFiles, CheckWhatNoShippedListDoes) {
  write("areas.csv", "code,name\nSEC,Security\n");
  write("plays.csv", "code,name\nP1,Migrate\n");
  const auto mapping = load_with("{ solution_areas: areas.csv, solution_plays: plays.csv }");
  ASSERT_NE(mapping, nullptr) << problems();
  EXPECT_EQ(list_warnings(*mapping, {{"Area", "SEC"}, {"Play", "P1"}}), "");
  EXPECT_EQ(list_warnings(*mapping, {{"Area", "Security"}, {"Play", "P2"}}),
            "unknown-solution-area details/requirements/additionalRequirements/attributes/0/id "
            "Area: If SEC is meant, write that\n"
            "unknown-solution-play details/requirements/additionalRequirements/attributes/1/id "
            "Play: If P1 is meant, write that\n");
}

TEST_F(ListFiles, ThatChangeAreTakenByTheNextLoad) {
  write("mine.csv", "code,name\nQuantum,Quantum Computing\n");
  const auto before = load_with("{ products: mine.csv }");
  EXPECT_EQ(before->files(),
            (std::vector<fs::path>{folder_ / "mapping.yaml", folder_ / "mine.csv"}));
  EXPECT_FALSE(before->files_changed());
  write("mine.csv", "code,name\nAzure,Microsoft Azure\n");
  EXPECT_TRUE(before->files_changed());
  const auto after = load_mapping(folder_ / "mapping.yaml", problems_);
  EXPECT_EQ(list_warnings(*after, {{"Product", "Azure"}}), "");
}

TEST_F(ListFiles, MayBeWrittenAsExcelWritesThem) {
  write("mine.csv",
        "\xEF\xBB\xBF"
        "name;remark;code\r\n\"Quanten; und mehr\";neu;Quantum\r\n");
  const auto mapping = load_with("{ products: mine.csv }");
  ASSERT_NE(mapping, nullptr) << problems();
  EXPECT_EQ(list_warnings(*mapping, {{"Product", "Quantum"}}), "");
}

TEST_F(ListFiles, ThatCannotBeUsedAreTheOnlyProblems) {
  constexpr std::string_view looking = R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { notes: "${P | lookup products.area} ${S | lookup services.size}" }
)";
  write("no-name.csv", "code,area\nA,B\n");
  write("empty.csv", "code,name,size\n");
  EXPECT_EQ(load_with("{ products: no-name.csv, services: empty.csv }", looking), nullptr);
  EXPECT_EQ(problems(),
            "mapping.yaml:1:20: no-name.csv: a list needs the column \"name\" (write the columns "
            "code and name in the first line)\n"
            "mapping.yaml:1:43: empty.csv: the list has no codes (write one a line, with its "
            "name)\n");
  EXPECT_EQ(load_with("{ products: [a, b], services: '', product: x.csv }", looking), nullptr);
  EXPECT_EQ(problems(),
            "mapping.yaml:1:10: lists: products must be the path of a file (write the file's name, "
            "relative to the mapping)\n"
            "mapping.yaml:1:28: lists: services must be the path of a file (write the file's name, "
            "relative to the mapping)\n"
            "mapping.yaml:1:42: lists has no key \"product\" (did you mean \"products\"?)\n");
  EXPECT_EQ(load_with("{ products: missing.csv, services: missing.csv }", looking), nullptr);
  EXPECT_EQ(problems_.list().size(), 2u) << problems();
  EXPECT_EQ(problems().substr(0, 31), "mapping.yaml:1:20: missing.csv:") << problems();
  EXPECT_EQ(load_with("mine.csv"), nullptr);
  EXPECT_EQ(problems(),
            "mapping.yaml:1:8: lists must be a map of files (write lists: { products: "
            "my-products.csv })\n");
}

TEST(ListLookup, TakesANameOrACodeToTheCode) {
  const auto product = [](const std::string& cell) {
    return notes("${P | lookup products}", {{"P", cell}});
  };
  EXPECT_EQ(product("Power BI"), "PowerBI");
  EXPECT_EQ(product("PowerBI"), "PowerBI");
  EXPECT_EQ(product("power bi"), "PowerBI");
  EXPECT_EQ(product("Dynamics AX, GP, NAV, SL"), "DynamicsAX,GP,NAV,SL");
  EXPECT_EQ(product("Fabric"), "rejected: lookup-miss");
  EXPECT_EQ(product(""), "(absent)");
  EXPECT_EQ(notes("${I | lookup industries}", {{"I", "communications AND media"}}),
            "Communications & Media");
  EXPECT_EQ(notes("${H | lookup assistance_codes}", {{"H", "Proof of Concept / Demo"}}),
            "ProofOfConceptOrDemo");
  EXPECT_EQ(notes("${I | lookup marketplace_intents}", {{"I", "Have not decided"}}),
            "HaveNotDecided");
  EXPECT_EQ(notes("${P | lookup products | default Office}", {{"P", "Fabric"}}), "Office");
}

TEST(ListLookup, GivesAnotherColumnWhereItIsNamed) {
  EXPECT_EQ(notes("${P | lookup products.name}", {{"P", "SkypeForBusiness"}}),
            "Skype for Business");
}

TEST(ListLookup, ShowsTheNearestOfAMiss) {
  const auto mapping = load_good(R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { notes: "${P | lookup products}" }
)");
  const auto found = reasons(*mapping, row({{"P", "Powr BI"}}));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].message,
            "\"Powr BI\" is not in the list products (did you mean \"PowerBI\"?)");
}

TEST(ListLookup, PrefersTheMappingsOwnTable) {
  EXPECT_EQ(notes("${P | lookup products}", {{"P", "ERP"}}, "tables: { products: { ERP: X } }\n"),
            "X");
  EXPECT_EQ(notes("${P | lookup products}", {{"P", "Azure"}}, "tables: { products: { ERP: X } }\n"),
            "rejected: lookup-miss");
}

TEST_F(ListFiles, AreLookedUpWithoutGuessing) {
  write("mine.csv",
        "code,name,area\n1,Same,a\n2,Same,b\n3,C#,c\n4,Quantum,d\nQuantum,Other,e\n5,,f\n");
  constexpr std::string_view looking = R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { notes: "${P | lookup products.area}", currency: EUR }
)";
  const auto mapping = load_with("{ products: mine.csv }", looking);
  ASSERT_NE(mapping, nullptr) << problems();
  const auto area = [&](const std::string& cell) {
    const Outcome outcome = map_row(*mapping, row({{"P", cell}}));
    if (std::holds_alternative<Rejected>(outcome)) return std::string("rejected");
    return *std::get<Mapped>(outcome).referral.at("details/notes")->string();
  };
  EXPECT_EQ(area("C#"), "c");
  EXPECT_EQ(area("C"), "rejected");
  EXPECT_EQ(area("2"), "b");
  EXPECT_EQ(area("Same"), "rejected");     // of two codes
  EXPECT_EQ(area("same"), "rejected");     // of two codes
  EXPECT_EQ(area("Quantum"), "rejected");  // one's name is another's code
  EXPECT_EQ(area("Other"), "e");
  EXPECT_EQ(area("5"), "f");
}

TEST(ListLookup, OfWhatIsNotThereIsAProblem) {
  const auto with_notes = [](const std::string& text) {
    std::string yaml(least_referral);
    return problems_of(yaml.replace(yaml.find("currency: EUR"), 13, "notes: \"" + text + "\""));
  };
  EXPECT_EQ(with_notes("${P | lookup product}"),
            "6:21: in ${P}: \"lookup product\": there is no such table (did you mean "
            "\"products\"?)\n");
  EXPECT_EQ(with_notes("${P | lookup products.nme}"),
            "6:21: in ${P}: \"lookup products.nme\": the list products has no column \"nme\" (did "
            "you mean \"name\"?)\n");
  EXPECT_EQ(with_notes("${P | lookup solution_areas}"),
            "6:21: in ${P}: \"lookup solution_areas\": Microsoft publishes no codes for this list "
            "(name a file with them under `lists: { solution_areas: … }`)\n");
}

TEST(ListLookup, TurnsEachValueOfASplitCell) {
  const auto mapping = load_good(R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    requirements:
      products: { each: '${Products | split ";"}', element: { id: "${item | lookup products}" } }
)");
  const Mapped row = mapped(*mapping, {{"Id", "1"}, {"Products", "Power BI; Teams"}});
  EXPECT_EQ(to_json(*row.referral.at("details/requirements/products")),
            R"([{"id":"PowerBI"},{"id":"Teams"}])");
}

}  // namespace
}  // namespace referrald::mapping
