// Files that other programs wrote; tests/data/SOURCES.md says where they come from.
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/readers/json_reading.hpp"

namespace referrald::mapping {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = ExportError::Kind;

struct Outcome {
  std::string file;
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::string column = {};  // one of them, and its cell in the last row
  std::string cell = {};
  std::string refusal = {};  // part of the message
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << outcome.file;
}

const std::vector<Outcome> kOutcomes = {
    {"dataverse-webapi/contacts-read.json", 7, 2, "familystatuscode@formatted", "Single"},
    {"dataverse-webapi/contact-metadata/attributes.json", 9, 17, "Targets.0", "systemuser"},
    {"dataverse-webapi/contact-metadata/entity-definition.json", 12, 1,
     "DisplayCollectionName.UserLocalizedLabel.Label", "Contacts"},
    {"dataverse-webapi/contact-metadata/options-picklists.json", 0, 3, "LogicalName", "gendercode"},
    {"dataverse-webapi/contact-metadata/options-states.json", 0, 1,
     "OptionSet.Options.1.InvariantName", "Inactive"},
    {"dataverse-webapi/contact-metadata/options-statuses.json", 0, 1, "OptionSet.Options.1.Value",
     "2"},
    {"dataverse-webapi/business-central-customers/1-first-page.json", 28, 2, "balanceDue",
     "3036.6"},
    {"dataverse-webapi/business-central-customers/2-last-page.json", 0, 0},
    {"dataverse-webapi/business-central-customers/err-missing-environment.xml", 0, 0, "", "",
     "XML or HTML"},
    {"dataverse-webapi/docs/contacts-page-1.json", 3, 2, "contactid",
     "70bf4d48-34cb-ed11-b596-0022481d68cd"},
    {"dataverse-webapi/docs/contacts-page-2.json", 3, 2, "fullname", "Maria Campbell (sample)"},
    {"dataverse-webapi/docs/accounts-formatted-values.json", 13, 1, "revenue", "20000"},
    {"dataverse-webapi/docs/accounts-owner-lookup-annotations.json", 6, 2,
     "_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname", "systemuser"},
    {"dataverse-webapi/docs/accounts-count-annotations.json", 3, 3, "name",
     "Adventure Works (sample)"},
    {"dataverse-webapi/docs/accounts-expand-paged-child.json", 10, 1, "Account_Tasks.0.subject",
     "Task 1 for Litware"},
    {"dataverse-webapi/docs/accounts-deltalink-initial.json", 6, 1, "accountnumber", ""},
    {"dataverse-webapi/docs/accounts-delta-with-deleted.json", 5, 2, "accountid",
     "2e451703-c686-e711-80e5-00155db19e6d"},
    {"dataverse-webapi/docs/error-expand-ref.json", 0, 0, "", "",
     "a service's message about an error"},
    {"dataverse-webapi/docs/error-plugin-missing-comma.invalid.json", 0, 0, "", "",
     "line 9, byte 9: a comma or a closing bracket is missing"},
    {"other-crm/hubspot/contacts-response.json", 7, 3, "properties.email", "c@example.com"},
    {"other-crm/insightly-leads/1-first-page.json", 40, 2, "TAGS.0.TAG_NAME", "Washington"},
    {"other-crm/insightly-leads/2-second-page.json", 40, 1, "DATE_UPDATED_UTC",
     "2025-04-17 20:37:44"},
    {"other-crm/insightly-leads/3-last-page.json", 0, 0},
    {"other-crm/pipedrive/deals.json", 4, 1, "value", "1000"},
    {"other-crm/pipedrive/leads.json", 20, 1, "value", ""},
    {"other-crm/salesforce-api/read-list-leads.json", 13, 8, "Address.state", "CT"},
    {"other-crm/salesforce-api/read-opportunity-with-account.json", 7, 2, "Amount", "30000"},
    {"other-crm/salesforce-api/read-opportunity-with-contacts.json", 18, 1,
     "OpportunityContactRoles.records.1.Role", "Influencer"},
    {"other-crm/salesforce-api/bulk/partial-failure.json", 20, 1, "numberRecordsFailed", "1"},
    {"other-crm/salesforce-api/bulk/success.json", 20, 1, "numberRecordsProcessed", "3000"},
    {"other-crm/salesforce-api/bulk/complete-failure.json", 21, 1, "state", "Failed"},
};

class JsonGenuine : public testing::TestWithParam<Outcome> {};

TEST_P(JsonGenuine, HasTheDecidedOutcome) {
  const Outcome& wanted = GetParam();
  const JsonExport read = read_json_file(test_data(wanted.file));
  if (!wanted.refusal.empty()) {
    EXPECT_TRUE(read.error);
    EXPECT_THAT(read.message, HasSubstr(wanted.refusal));
    EXPECT_TRUE(read.rows.empty());
    return;
  }
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.faults(), Each(""));
  EXPECT_EQ(read.rows.size(), wanted.rows);
  if (wanted.columns != 0) {
    EXPECT_EQ(read.header.size(), wanted.columns);
  }
  if (wanted.rows != 0) {
    EXPECT_EQ(read.cell(wanted.rows - 1, wanted.column), wanted.cell);
  }
}

INSTANTIATE_TEST_SUITE_P(All, JsonGenuine, testing::ValuesIn(kOutcomes));

TEST(JsonGenuine, EveryFileHasAnOutcome) {
  std::set<std::string> decided;
  for (const Outcome& outcome : kOutcomes) decided.insert(outcome.file);
  for (const char* folder : {"dataverse-webapi", "other-crm"}) {
    for (const auto& at : std::filesystem::recursive_directory_iterator(test_data(folder))) {
      if (!at.is_regular_file() || at.path().extension() == ".csv") continue;
      const auto name = std::filesystem::relative(at.path(), test_data("")).string();
      EXPECT_TRUE(decided.contains(name)) << name;
    }
  }
}

TEST(JsonGenuine, FoldersOfPagesAreOneExport) {
  const JsonExport leads = read_json_folder(test_data("other-crm/insightly-leads"));
  ASSERT_FALSE(leads.error) << leads.message;
  ASSERT_EQ(leads.rows.size(), 3U);
  EXPECT_EQ(leads.rows[2].file, "2-second-page.json");
  EXPECT_EQ(leads.cell(2, "LEAD_ID"), "78563828");
  const JsonExport customers =
      read_json_folder(test_data("dataverse-webapi/business-central-customers"));
  EXPECT_EQ(customers.rows.size(), 2U);
}

}  // namespace
}  // namespace referrald::mapping
