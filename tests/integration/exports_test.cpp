// Genuine exports of other people's CRMs, by mappings written from the documentation.
#include <gmock/gmock.h>

#include "tests/integration/setting.hpp"

namespace referrald::test {
namespace {

struct Genuine {
  const char* name;
  const char* file;     // below tests/data
  const char* mapping;  // below tests/data/mappings
  int rows;
};

class GenuineExportTest : public IntegrationTest, public ::testing::WithParamInterface<Genuine> {};

TEST_P(GenuineExportTest, SyncsAndASecondSyncSendsNothing) {
  const std::filesystem::path data = REFERRALD_TEST_DATA;
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(),
             .mapping = (data / "mappings" / GetParam().mapping).string(),
             .exports = (data / GetParam().file).string()});
  EXPECT_EQ(referrald({"check"}).exit_code, 0);
  const auto first = referrald({"sync", "--json", "--no-progress"});
  ASSERT_EQ(first.exit_code, 0) << first.err << first.out;
  const auto summary = json(first.out);
  EXPECT_EQ(summary.at("rows_read").as_int64(), GetParam().rows);
  EXPECT_EQ(summary.at("created").as_int64() + summary.at("excluded").as_int64() +
                summary.at("unchanged").as_int64(),
            GetParam().rows);
  EXPECT_GT(summary.at("created").as_int64(), 0);
  const auto second = json(referrald({"sync", "--json", "--no-progress"}).out);
  EXPECT_EQ(second.at("requests").as_int64(), 0);
  EXPECT_EQ(static_cast<std::int64_t>(simulator.referrals().size()),
            summary.at("created").as_int64());
}

INSTANTIATE_TEST_SUITE_P(
    OtherCrms, GenuineExportTest,
    ::testing::Values(Genuine{"SalesforceLead", "readers/salesforce/Lead.csv",
                              "salesforce-lead.yaml", 60},
                      Genuine{"SalesforceOpportunity", "readers/salesforce/Opportunity.csv",
                              "salesforce-opportunity.yaml", 50},
                      Genuine{"DataLoaderOpportunity", "readers/salesforce/opportunityData.csv",
                              "dataloader-opportunity.yaml", 38},
                      Genuine{"ContosoContacts", "readers/dynamics/Contoso Contacts.csv",
                              "contoso-contacts.yaml", 147}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace referrald::test
