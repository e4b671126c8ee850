// Exports of every kind through the whole program, into a real HTTP service and a real ledger.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/integration/setting.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Preset {
  const char* name;
  const char* exports;  // below tests/data/presets
  const char* mapping;  // below config/mappings
};

class PresetTest : public IntegrationTest, public ::testing::WithParamInterface<Preset> {};

// Every shipped mapping with a sample of its CRM's export.
TEST_P(PresetTest, SyncsItsCrmsExportAndASecondSyncSendsNothing) {
  const fs::path source = REFERRALD_SOURCE_DIR;
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(),
             .mapping = (source / "config/mappings" / GetParam().mapping).string(),
             .exports = (source / "tests/data/presets" / GetParam().exports).string()});
  const auto checked = referrald({"check"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err << checked.out;
  const auto first = referrald({"sync", "--json", "--no-progress"});
  ASSERT_LE(first.exit_code, 1) << first.err;
  const auto summary = json(first.out);
  EXPECT_GT(summary.at("created").as_int64(), 0) << first.out;
  EXPECT_EQ(static_cast<std::int64_t>(simulator.referrals().size()),
            summary.at("created").as_int64());
  const auto second = json(referrald({"sync", "--json", "--no-progress"}).out);
  EXPECT_EQ(second.at("requests").as_int64(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Shipped, PresetTest,
    ::testing::Values(
        Preset{"DynamicsLead", "dynamics-lead.xlsx", "dynamics-lead.yaml"},
        Preset{"DynamicsLeadInGerman", "dynamics-lead-german.xlsx", "dynamics-lead-logical.yaml"},
        Preset{"DataverseLeadPages", "dataverse-leads", "dynamics-lead-logical.yaml"},
        Preset{"DynamicsOpportunity", "dynamics-opportunity.xlsx", "dynamics-opportunity.yaml"},
        Preset{"DataverseOpportunities", "dataverse-opportunities.json",
               "dynamics-opportunity-logical.yaml"},
        Preset{"SynapseLead", "synapse", "synapse-lead.yaml"},
        Preset{"SynapseOpportunity", "synapse", "synapse-opportunity.yaml"},
        Preset{"SalesforceLead", "salesforce-lead.csv", "salesforce-lead.yaml"},
        Preset{"SalesforceOpportunity", "salesforce-opportunity.csv",
               "salesforce-opportunity.yaml"},
        Preset{"SalesforceOpportunityJson", "salesforce-opportunity.json",
               "salesforce-opportunity.yaml"},
        Preset{"HubspotDeal", "hubspot-deal.csv", "hubspot-deal.yaml"},
        Preset{"PipedriveDeal", "pipedrive-deal.csv", "pipedrive-deal.yaml"}),
    [](const auto& test) { return test.param.name; });

class FormatTest : public IntegrationTest {
 protected:
  // A mapping of columns id, company, country, value and close, with this `format`.
  void given_mapping(const std::string& format) const {
    write("mapping.yaml", "format: " + format + R"(
referral:
  externalReferenceId: ${id}
  customerProfile: { name: "${company}", address: { country: "${country | country}" } }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${value | number}", closingDateTime: "${close | date %d.%m.%Y}" }
)");
  }

  // Syncs an export with one row that is rejected for its country "Atlantis", mends what `rejects`
  // writes, and syncs that. Answers the mended row's referral.
  boost::json::object mended(const Simulator& simulator) const {
    const auto first = referrald({"sync", "--no-progress"});
    EXPECT_EQ(first.exit_code, 1) << first.err << first.out;
    EXPECT_EQ(simulator.referrals().size(), 1U);
    std::string rejects = referrald({"rejects"}).out;
    const auto at = rejects.find("Atlantis");
    if (at == std::string::npos) {
      ADD_FAILURE() << rejects;
      return {};
    }
    rejects.replace(at, 8, "Greece");
    write("rejects.csv", rejects);
    const auto second = referrald({"sync", "--no-progress", (folder / "rejects.csv").string()});
    EXPECT_EQ(second.exit_code, 0) << second.err << second.out;
    for (const auto& referral : simulator.referrals())
      if (referral.at("externalReferenceId") == "L-2") return referral;
    ADD_FAILURE() << "L-2 was not sent";
    return {};
  }
};

TEST_F(FormatTest, RejectsOfAGermanExportAreReadBackThoughTheMappingSaysHowTheExportIsWritten) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_mapping("{ type: csv, encoding: windows-1252, delimiter: \";\", locale: de-DE }");
  write("in/leads.csv",
        "id;company;country;value;close\r\n"
        "L-1;B\xE4"
        "cker;DE;1.234,50;31.03.2027\r\n"
        "L-2;M\xFCller;Atlantis;2.345,60;01.04.2027\r\n");
  const auto referral = mended(simulator);
  EXPECT_EQ(referral.at("customerProfile").at("name"), "Müller");
  EXPECT_EQ(referral.at("details").at("dealValue"), 2345.6);
  EXPECT_THAT(boost::json::serialize(referral), HasSubstr("2027-04-01"));
}

TEST_F(FormatTest, RejectsOfTypedCellsAreReadBackAsTheSameValues) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(), .exports = "in"});
  given_mapping("{ type: cdm, table: lead, locale: de-DE }");
  write("in/model.json", R"({ "entities": [ { "name": "lead", "attributes": [
      { "name": "id", "dataType": "string" }, { "name": "company", "dataType": "string" },
      { "name": "country", "dataType": "string" }, { "name": "value", "dataType": "decimal" },
      { "name": "close", "dataType": "dateTime" } ] } ] })");
  fs::create_directories(folder / "in/lead");
  write("in/lead/1.csv",
        "L-1,\"Fabrikam\",\"DE\",1.5,2027-03-31\n"
        "L-2,\"Contoso, Ltd.\",\"Atlantis\",1.234,2027-04-01T10:30:00\n");
  const auto referral = mended(simulator);
  EXPECT_EQ(referral.at("details").at("dealValue"), 1.234);
  EXPECT_THAT(boost::json::serialize(referral), HasSubstr("2027-04-01T10:30:00"));
}

TEST_F(FormatTest, AnIdThatIsANumberIsTheSameIdWhenItsRowComesBackFromRejects) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_mapping("{ locale: de-DE }");
  const std::string good =
      R"([{"id":2026.001,"company":"A","country":"DE","value":1.5,"close":null},)";
  const std::string bad =
      R"({"id":2026.002,"company":"B","country":"Atlantis","value":1.234,"close":null}])";
  write("in/leads.json", good + bad);
  EXPECT_EQ(referrald({"sync", "--no-progress"}).exit_code, 1);
  std::string rejects = referrald({"rejects"}).out;
  const auto at = rejects.find("Atlantis");
  ASSERT_NE(at, std::string::npos);
  write("rejects.csv", rejects.replace(at, 8, "Greece"));
  EXPECT_EQ(referrald({"sync", "--no-progress", (folder / "rejects.csv").string()}).exit_code, 0);
  // The CRM is mended, too: the next export must not be new.
  write("in/leads.json",
        good + R"({"id":2026.002,"company":"B","country":"GR","value":1.234,"close":null}])");
  EXPECT_EQ(referrald({"sync", "--no-progress"}).exit_code, 0);
  std::vector<std::string> ids;
  for (const auto& referral : simulator.referrals()) {
    ids.emplace_back(referral.at("externalReferenceId").as_string());
    if (ids.back() == "2026.002") {
      EXPECT_EQ(referral.at("details").at("dealValue"), 1.234);
    }
  }
  EXPECT_THAT(ids, testing::UnorderedElementsAre("2026.001", "2026.002"));
}

TEST_F(FormatTest, ACellThatAPersonChangesInRejectsGoesByTheMappingsLocale) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_mapping("{ locale: de-DE }");
  write("in/leads.json",
        R"([{"id":"L-2","company":"B","country":"Atlantis","value":2.5,"close":null}])");
  (void)referrald({"sync", "--no-progress"});
  std::string rejects = referrald({"rejects"}).out;
  rejects.replace(rejects.find("Atlantis,2.5"), 12, "Greece,\"1.300,50\"");
  write("rejects.csv", rejects);
  EXPECT_EQ(referrald({"sync", "--no-progress", (folder / "rejects.csv").string()}).exit_code, 0);
  EXPECT_EQ(simulator.referrals().at(0).at("details").at("dealValue"), 1300.5);
}

TEST_F(FormatTest, RejectsOfAWorksheetHaveTheNamesByWhichTheMappingKnowsTheColumns) {
  const fs::path source = REFERRALD_SOURCE_DIR;
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(),
             .exports = (source / "tests/data/presets/dynamics-lead-german.xlsx").string()});
  write("mapping.yaml", R"(
tables: { none: { x: y } }
referral:
  externalReferenceId: ${leadid}
  name: ${subject | lookup none}
  customerProfile: { name: "${companyname}" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)");
  (void)referrald({"sync", "--no-progress"});
  const auto rejects = referrald({"rejects"}).out;
  ASSERT_THAT(rejects, HasSubstr("leadid,"));
  write("rejects.csv", rejects);
  const auto again = referrald({"sync", "--no-progress", (folder / "rejects.csv").string()});
  EXPECT_EQ(again.exit_code, 1) << again.err << "they are as they were";
  EXPECT_THAT(again.err, Not(HasSubstr("is not in the export")));
}

TEST_F(FormatTest, APageThatNamesANextOneIsNotedByPlanAndSync) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_mapping("{ type: json }");
  write("in/leads.json",
        R"({"value": [{"id": "7", "company": "Contoso", "country": "DE", "value": 5, "close":
        "2027-04-01"}], "@odata.nextLink": "https://x/leads?page=2"})");
  EXPECT_THAT(referrald({"plan"}).out,
              testing::HasSubstr("note: leads.json: the last page says that more follow"));
  const auto ended = referrald({"sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, testing::HasSubstr("leads.json: the last page says that more follow"));
}

TEST_F(FormatTest, AFolderIsOneExportAndIsArchivedWhole) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(), .more = "    archive: done\n"});
  given_mapping("{ type: cdm, table: lead }");
  for (const std::string day : {"2027-01-01T00.00.00Z", "2027-01-02T00.00.00Z"}) {
    fs::create_directories(folder / "in" / day / "lead");
    write("in/" + day + "/model.json", R"({ "entities": [ { "name": "lead", "attributes": [
        { "name": "id" }, { "name": "company" }, { "name": "country" }, { "name": "value" },
        { "name": "close" } ] } ] })");
    write("in/" + day + "/lead/1.csv", day + ",Contoso,DE,5,2027-04-01\n");
  }
  fs::create_directories(folder / "in/Changelog");
  write("in/Changelog/changelog.info", "2027-01-02T00.00.00Z");
  const auto ended = referrald({"sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(simulator.referrals().size(), 1U) << "the one still being written waits";
  EXPECT_TRUE(fs::exists(folder / "done/2027-01-01T00.00.00Z/lead/1.csv"));
  EXPECT_FALSE(fs::exists(folder / "in/2027-01-01T00.00.00Z"));
  EXPECT_TRUE(fs::exists(folder / "in/2027-01-02T00.00.00Z"));
}

}  // namespace
}  // namespace referrald::test
