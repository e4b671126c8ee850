#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "tests/unit/commands/workplace.hpp"

namespace referrald::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* two_leads =
    "Id,Topic,Company,Value,Owner,\n"
    "L-1,\"Storage \"\"fast\"\"\",Contoso,1124741.15,Kim,x\n"
    "L-2,Backup,Fabrikam,5,Kim,\n";

TEST(Plan, ShowsTheFirstReferralsAsTheyWouldBeSent) {
  const Workplace workplace;
  workplace.write("leads/a.csv", two_leads);
  const auto ran = workplace.run({"plan", "--show", "1"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, HasSubstr("\nWould be created:\n"
                                 "  L-1 (a.csv line 2), private\n"
                                 "    {\n"
                                 "      \"externalReferenceId\": \"L-1\",\n"
                                 "      \"name\": \"Storage \\\"fast\\\"\",\n"));
  EXPECT_THAT(ran.out, HasSubstr("        \"dealValue\": 1124741.15,\n"));
  EXPECT_THAT(ran.out, HasSubstr("      \"target\": []\n    }\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("L-2")));
}

TEST(Plan, ShowsBothReferralsOfACoSellDeal) {
  const Workplace workplace;
  workplace.change("lead.yaml", "deal: private", "deal: co-sell");
  workplace.change("lead.yaml", "  qualification: SalesQualified\n",
                   "  qualification: SalesQualified\n  target: SOL-12345-ABCDE\n");
  workplace.change("lead.yaml", "city: Oslo, country: \"NO\" }\n",
                   "city: Oslo, country: \"NO\" }\n    team: [ { firstName: Kim, lastName: "
                   "Akers, email: kim@contoso.example, phoneNumber: \"+4721\" } ]\n");
  workplace.change("lead.yaml", "tests:", "invitation: { notes: Please help }\ntests:");
  workplace.write("leads/a.csv", two_leads);
  const auto ran = workplace.run({"plan", "--show", "9", "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto document = boost::json::parse(ran.out).as_object();
  const auto& shown = document.at("referrals").as_array();
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].at("external_id"), "L-1");
  EXPECT_EQ(shown[0].at("deal"), "co-sell");
  EXPECT_EQ(shown[0].at("referral").at("details").at("dealValue"), 1124741.15);
  const auto& microsoft = shown[0].at("microsoft").as_object();
  EXPECT_FALSE(microsoft.contains("externalReferenceId"));
  EXPECT_EQ(microsoft.at("engagementId"), "(the engagementId of the first)");
  EXPECT_EQ(microsoft.at("inviteContext").at("notes"), "Please help");
  EXPECT_EQ(microsoft.at("target").at(0).at("id"), "msft");
  EXPECT_FALSE(document.contains("columns")) << "it was not asked for";
}

TEST(Plan, CountsReplacedRowsInTheWholeToo) {
  const Workplace workplace;
  workplace.write("leads/a.csv", std::string(two_leads) + "L-1,Storage,Contoso,1,Kim,\n");
  const auto document = boost::json::parse(workplace.run({"plan", "--json"}).out).as_object();
  EXPECT_EQ(document.at("replaced"), 1);
  EXPECT_EQ(document.at("created"), 2);
  EXPECT_EQ(document.at("sources").at("leads").at("replaced"), 1);
}

TEST(Plan, SaysWhenThereIsNothingToShow) {
  const Workplace workplace;
  workplace.write("leads/a.csv", "Id,Topic,Company,Value\n");
  EXPECT_THAT(workplace.run({"plan", "--show", "3"}).out,
              HasSubstr("No referral would be created: there is none to show.\n"));
}

TEST(Plan, TellsTheColumnsOfJsonThatOnlyLaterRecordsHave) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "leads/*.csv", "leads/*");
  workplace.write("leads/a.ndjson",
                  "{\"Id\":\"1\",\"Topic\":\"a\",\"Company\":\"b\",\"Value\":5}\n"
                  "{\"Id\":\"2\",\"Topic\":\"a\",\"Company\":\"b\",\"Value\":5,\"Late\":1}\n");
  EXPECT_THAT(workplace.run({"plan", "--columns"}).out, HasSubstr("  not used  Late\n"));
}

TEST(Plan, TellsTheColumnsOfJsonWhoseMappedOnesAreBlankThroughout) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "leads/*.csv", "leads/*");
  workplace.change("lead.yaml", "name: ${Topic}", "name: ${Topic@formatted}${parent.name}");
  workplace.write("leads/a.json",
                  R"([{"Id":"1","Company":"b","Value":5,"Topic":null,"parent":null,"other":1,)"
                  R"("other@OData.Community.Display.V1.FormattedValue":"x"}])");
  const auto ran = workplace.run({"plan", "--columns"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Columns of a.json\n"));
}

TEST(Plan, TellsWhichColumnsAreUsedAndWhichAreNot) {
  const Workplace workplace;
  workplace.write("leads/a.csv", two_leads);
  const auto ran = workplace.run({"plan", "--columns"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, HasSubstr("\nColumns of a.csv\n"
                                 "  used      Id, Topic, Company, Value\n"
                                 "  not used  Owner, (no name)\n"));
  const auto document = boost::json::parse(workplace.run({"plan", "--columns", "--json"}).out);
  const auto& columns = document.at("columns").at(0).as_object();
  EXPECT_EQ(columns.at("export"), "a.csv");
  EXPECT_EQ(columns.at("used").as_array().size(), 4U);
  EXPECT_EQ(columns.at("unused"), (boost::json::array{"Owner", ""}));
}

}  // namespace
}  // namespace referrald::test
