// Exports and pages of which a later one changes or withdraws what an earlier one asked for.
#include <gmock/gmock.h>

#include "daemon/sync/survey.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using ::testing::ElementsAre;

class SeveralExportsTest : public SyncTest {
 protected:
  std::vector<std::string> names_at_partner_center() const {
    std::vector<std::string> names;
    for (const auto& referral : world->held()) names.push_back(referral.name);
    return names;
  }

  // What `plan` says, and the names that it would show.
  std::pair<sync::SourcePlan, std::map<std::string, std::string>> planned() const {
    std::map<std::string, std::string> shown;
    sync::SurveyVisitor visitor;
    visitor.created = [&](const sync::ExportRow&, const mapping::Mapped& mapped) {
      shown[mapped.external_id] = *mapped.referral.find("name")->string();
    };
    visitor.withdrawn = [&](const std::string& id) { shown.erase(id); };
    const auto ledger = reader();
    sync::Survey survey(ledger.get(), visitor);
    for (const auto& what : sync::make_work_list(config, {}).exports) survey.read(what, {});
    return {survey.sources().at("leads"), shown};
  }
};

TEST_F(SeveralExportsTest, OfOneSourceAreReadBeforeAnythingIsSentAndTheLastOneCounts) {
  given_export("leads-9.csv", {{"id-1", "Old"}, {"id-2", "Same"}});
  given_export("leads-10.csv", {{"id-1", "New"}, {"id-2", "Same"}});
  const auto [plan, shown] = planned();
  EXPECT_EQ(plan.creates, 2u);
  EXPECT_EQ(plan.replaced, 1u);
  EXPECT_EQ(plan.tally.unchanged, 1u);
  EXPECT_EQ(shown.at("id-1"), "New");
  EXPECT_EQ(sync().summary.created, 2u);
  EXPECT_THAT(names_at_partner_center(), ElementsAre("New", "Same"));
}

TEST_F(SeveralExportsTest, ThatStayChangeNothingTheNextTime) {
  given_export("leads-1.csv", {{"id-1", "Old"}, {"id-2", "Same"}});
  given_export("leads-2.csv", {{"id-1", "Newer"}, {"id-2", "Same"}});
  given_export("leads-3.csv", {{"id-1", "Newest"}, {"id-2", "Same"}});
  config.guard = config::Guard{.max_creates = {}, .max_changed = 0.3};
  EXPECT_EQ(sync().summary.created, 2u);
  const auto plan = planned().first;
  EXPECT_EQ(plan.tally.changed, 0u);
  EXPECT_EQ(plan.tally.admitted, 0u) << "nothing waits";
  EXPECT_EQ(plan.replaced, 2u);
  given_export("leads-4.csv", {{"id-3", "Late"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok) << ::testing::PrintToString(outcome.messages);
  EXPECT_EQ(outcome.summary.changed, 0u);
  EXPECT_EQ(outcome.summary.created, 1u);
  given_export("leads-4.csv", {{"id-3", "Late"}, {"id-1", "Other"}});
  EXPECT_EQ(planned().first.tally.changed, 1u) << "now it differs";
}

TEST_F(SeveralExportsTest, MayWithdrawWhatEarlierOnesAskedFor) {
  given_export("leads-1.csv", {{"id-1", "Gone"}, {"id-2", "Stays", "co-sell"}});
  given_file("leads-2.csv", "Id,Name,Deal,Help,Include\nid-1,Gone,private,,no\n");
  const auto [plan, shown] = planned();
  EXPECT_EQ(plan.creates, 1u);
  EXPECT_EQ(plan.requests, 2u);
  EXPECT_EQ(plan.tally.excluded, 1u);
  EXPECT_EQ(shown.size(), 1u);
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_THAT(names_at_partner_center(), ElementsAre("Stays", "Stays"));
}

TEST_F(SeveralExportsTest, PagesOfADeltaCountToTheLast) {
  const auto pages = folder / "in" / "pages";
  std::filesystem::create_directories(pages);
  const auto lead = [](const char* id, const char* name) {
    return R"({"leadid":")" + std::string(id) + R"(","Name":")" + name +
           R"(","Deal":"private","Help":"","Include":"yes"})";
  };
  write_content(pages / "1.json", R"({"@odata.context":"https://x/$metadata#leads","value":[)" +
                                      lead("a", "Doomed") + "," + lead("b", "Old") + "]}");
  write_content(
      pages / "2.json",
      R"({"@odata.context":"https://x/$metadata#leads/$delta","value":[)"
      R"({"@odata.context":"https://x/$metadata#leads/$deletedEntity","id":"a","reason":"deleted"},)" +
          lead("b", "New") + "]}");
  std::string mapping = content_of(folder / "mapping.yaml");
  mapping.replace(mapping.find("${Id}"), 5, "${leadid}");
  write_content(folder / "mapping.yaml", "format: { type: json }\n" + mapping);
  config.sources[0].exports = pages;
  const auto [plan, shown] = planned();
  EXPECT_THAT(shown, ElementsAre(std::pair<const std::string, std::string>("b", "New")));
  const auto outcome = sync();
  EXPECT_EQ(outcome.summary.rejected, 0u) << ::testing::PrintToString(outcome.messages);
  EXPECT_THAT(names_at_partner_center(), ElementsAre("New"));
}

}  // namespace
}  // namespace referrald::test
