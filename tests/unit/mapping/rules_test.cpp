#include "mapping/rules.hpp"

#include <algorithm>
#include <set>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view complete = R"(
deal: ${Deal | default private}
invitation: { assistanceRequestCode: "${Help | default GeneralOrOther}" }
referral:
  externalReferenceId: ${Id | default 1}
  name: ${Name | default Renewal}
  customerProfile:
    name: ${Customer | default Fabrikam}
    address: { addressLine1: "${Line}", city: "${City}", country: "${Country}" }
    team: [ { firstName: "${Contact}", lastName: "${Contact}", phoneNumber: "${Contact}", email: "${Mail}" } ]
  consent: { consentToToShareInfoWithOthers: "${Share | default true}", consentToContact: true }
  details:
    notes: ${Notes}
    dealValue: ${Value | number}
    currency: ${Currency}
    closingDateTime: ${Close | date}
    requirements:
      solutions: [ { id: "${Solution}", name: "${Solution Name}", price: "${Price | number}" } ]
      industries: [ { id: "${Industry}", name: "${Industry Name}" } ]
      additionalRequirements: { attributes: [ { type: CustomerMarketplaceIntent, id: "${Intent}" } ] }
  team: [ { firstName: "${Seller}", lastName: x, phoneNumber: "1", email: s@example.com } ]
)";

const Cells everything{
    {"Line", "Street 1"},         {"City", "Munich"},        {"Country", "DE"},
    {"Contact", "Ada"},           {"Mail", "a@example.com"}, {"Value", "100"},
    {"Currency", "EUR"},          {"Close", "2026-03-31"},   {"Solution", "SOL-1"},
    {"Intent", "HaveNotDecided"}, {"Seller", "Sam"}};

Cells with(std::string_view column, std::string_view cell) {
  Cells cells = everything;
  cells[std::string(column)] = cell;
  return cells;
}

std::vector<std::string> warnings(const Cells& cells) {
  return codes(mapped(*load_good(complete), cells).warnings);
}

std::vector<std::string> rejections(const Cells& cells) {
  return codes(reasons(*load_good(complete), cells));
}

using Codes = std::vector<std::string>;

TEST(Rules, FindNothingWrongWithACompleteRow) {
  EXPECT_EQ(warnings(everything), Codes{});
  EXPECT_EQ(warnings(with("Deal", "co-sell")), Codes{});
}

TEST(Rules, WarnOfWhatThePortalAsksFor) {
  EXPECT_EQ(warnings(with("Line", "")), Codes{"portal-address-line"});
  EXPECT_EQ(warnings(with("City", "")), Codes{"portal-city"});
  EXPECT_EQ(warnings(with("Country", "")), Codes{"portal-country"});
  EXPECT_EQ(warnings(with("Value", "")), Codes{"portal-deal-value"});
  EXPECT_EQ(warnings(with("Currency", "")), Codes{"portal-currency"});
  EXPECT_EQ(warnings(with("Close", "")), Codes{"portal-closing-date"});
  EXPECT_EQ(warnings(with("Solution", "")), Codes{"portal-solution"});
  EXPECT_EQ(warnings(with("Intent", "")), Codes{"portal-marketplace-intent"});
  EXPECT_EQ(warnings(with("Seller", "")), Codes{"portal-seller"});
  EXPECT_EQ(warnings(with("Share", "false")), Codes{"consent-not-given"});
  EXPECT_EQ(codes(mapped(*load_good(least_referral), {{"Id", "1"}}).warnings)[0], "portal-name");
}

TEST(Rules, WarnOfTextsThatAreUnusuallyLong) {
  EXPECT_EQ(warnings(with("Name", std::string(200, 'x'))), Codes{});
  EXPECT_EQ(warnings(with("Name", std::string(201, 'x'))), Codes{"long-name"});
  EXPECT_EQ(warnings(with("Id", std::string(101, 'x'))), Codes{"long-external-id"});
  EXPECT_EQ(warnings(with("Notes", std::string(4001, 'x'))), Codes{"long-notes"});
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "ü";
  EXPECT_EQ(warnings(with("Name", umlauts)), Codes{});
}

TEST(Rules, StrictRejectsWhatIsAWarningElse) {
  const auto strict = load_good("rules: strict" + std::string(complete));
  EXPECT_EQ(codes(reasons(*strict, with("City", ""))), Codes{"portal-city"});
  EXPECT_EQ(mapped(*strict, everything).external_id, "1");
}

TEST(Rules, RejectNegativeAndEndlessNumbers) {
  EXPECT_EQ(rejections(with("Value", "-0.01")), Codes{"negative-value"});
  EXPECT_EQ(rejections(with("Price", "-1")), Codes{"negative-value"});
  EXPECT_EQ(rejections(with("Value", "1000000000000000")), Codes{"value-too-large"});
  EXPECT_EQ(warnings(with("Value", "999999999999999.99")), Codes{});
  EXPECT_EQ(rejections(with("Value", "1." + std::string(28, '1'))), Codes{"value-too-large"});
}

TEST(Rules, RejectASolutionOrTagWithoutId) {
  Cells cells = with("Solution", "");
  cells["Solution Name"] = "Backup";
  EXPECT_EQ(rejections(cells), Codes{"required-member"});
  EXPECT_EQ(rejections(with("Industry Name", "Education")), Codes{"required-member"});
}

TEST(Rules, RejectACoSellDealWithoutContact) {
  Cells cells = with("Deal", "co-sell");
  cells["Contact"] = "";
  EXPECT_EQ(warnings(cells), Codes{"portal-contact"});
  cells["Mail"] = "";
  EXPECT_EQ(rejections(cells), Codes{"co-sell-contact-missing"});
  cells["Deal"] = "private";
  EXPECT_EQ(warnings(cells), Codes{});
}

TEST(Rules, WarnOfACoSellDealWithoutHelpWanted) {
  const std::string yaml(complete);
  const auto at = yaml.find("invitation:");
  const auto mapping = load_good(std::string(yaml).erase(at, yaml.find('\n', at) - at));
  EXPECT_EQ(codes(mapped(*mapping, with("Deal", "co-sell")).warnings), Codes{"portal-help"});
}

TEST(Rules, RejectADetailsThatIsBlankAltogether) {
  const auto mapping = load_good(R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: "${A}", consentToContact: true }
  details: { notes: "${Notes}" }
)");
  const auto found = reasons(*mapping, {{"Id", "1"}});
  ASSERT_EQ(codes(found), (Codes{"required-member", "required-member"}));
  EXPECT_EQ(found[0].member, "details");
  EXPECT_EQ(found[0].column, "Notes");
  EXPECT_EQ(found[1].member, "consent/consentToToShareInfoWithOthers");
  EXPECT_EQ(found[1].column, "A");
}

TEST(Rules, RejectMoreThanFiftySolutionsOrMembers) {
  std::string list;
  for (int i = 0; i < 51; ++i) list += "{ id: x }, ";
  std::string people;
  for (int i = 0; i < 51; ++i) people += "{ firstName: x }, ";
  const auto mapping = load_good(R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { team: [ )" + people +
                                 R"( ] }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { requirements: { solutions: [ )" +
                                 list + R"( ] } }
  team: [ )" + people + R"( ]
)");
  EXPECT_EQ(codes(reasons(*mapping, {{"Id", "1"}})),
            (Codes{"too-many-solutions", "too-many-team-members", "too-many-team-members"}));
}

TEST(Rules, HaveNamesThatDiffer) {
  std::set<std::string_view> names;
  for (const Rule& rule : all_rules()) {
    EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
    EXPECT_EQ(find_rule(rule.name), &rule);
    EXPECT_NE(rule.cause, "");
    EXPECT_NE(rule.remedy, "");
  }
  EXPECT_EQ(find_rule("nothing"), nullptr);
}

}  // namespace
}  // namespace referrald::mapping
