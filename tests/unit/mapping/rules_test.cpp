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
      solutions: [ { type: Name, id: "${Solution}", name: "${Solution Name}", price: "${Price | number}", currency: EUR } ]
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

std::vector<std::string> warnings(std::string_view yaml, const Cells& cells) {
  const auto found = mapped(*load_good(yaml), cells).warnings;
  return {found.begin(), found.end()};
}

// All that strict rules reject a row with, which else are warnings and no more.
std::vector<Reason> strictly(std::string_view yaml, const Cells& cells) {
  const auto outcome = map_row(*load_good("rules: strict\n" + std::string(yaml)), cells);
  const auto* rejected = std::get_if<Rejected>(&outcome);
  const auto found = rejected == nullptr ? std::vector<Reason>{} : rejected->reasons;
  EXPECT_EQ(codes(found), warnings(yaml, cells));
  return found;
}

std::vector<std::string> warnings(const Cells& cells) {
  return warnings(complete, cells);
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
  EXPECT_EQ(warnings(least_referral, {{"Id", "1"}})[0], "portal-name");
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
  const auto without = std::string(yaml).erase(at, yaml.find('\n', at) - at);
  EXPECT_EQ(warnings(without, with("Deal", "co-sell")), Codes{"portal-help"});
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

// With everything that a deal without a warning needs, and what the test adds to the customer, to
// the requirements and to the referral.
std::vector<Reason> told_strictly_with(const std::string& customer, const std::string& requirements,
                                       const std::string& referral, const Cells& cells) {
  std::string yaml(complete);
  const auto put = [&](std::string_view before, const std::string& text) {
    yaml.insert(yaml.find(before), text);
  };
  put("    address:", customer);
  put("      industries:", requirements);
  put("  consent:", referral);
  Cells row = everything;
  for (const auto& [column, cell] : cells) row[column] = cell;
  return strictly(yaml, row);
}

TEST(Rules, WarnOfASolutionIdThatCannotBeOne) {
  for (const char* id : {"SOL-34104-EBB", "sol-1", "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11"})
    EXPECT_EQ(warnings(with("Solution", id)), Codes{}) << id;
  for (const char* id :
       {"Backup", "SOL-", "SOL-34104 EBB", "SOL-34104-", "SOL34104",
        "{7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11}", "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a1g"})
    EXPECT_EQ(warnings(with("Solution", id)), Codes{"bad-solution-id"}) << id;
  const auto found = strictly(complete, with("Solution", "BigData"));
  ASSERT_EQ(codes(found), Codes{"bad-solution-id"});
  EXPECT_EQ(found[0].member, "details/requirements/solutions/0/id");
  EXPECT_EQ(found[0].column, "Solution");
  EXPECT_EQ(found[0].value, "BigData");
  EXPECT_TRUE(found[0].remedy.starts_with("This is a category: write `type: Category`"));
}

TEST(Rules, WarnOfATargetThatCannotBeASolutionOnce) {
  const auto found = [](const char* target, const char* solution) {
    return told_strictly_with("", "", "  target: ${Target}\n",
                              {{"Deal", "co-sell"}, {"Target", target}, {"Solution", solution}});
  };
  EXPECT_EQ(codes(found("SOL-2", "SOL-1")), Codes{});
  const auto other = found("Backup", "SOL-1");
  ASSERT_EQ(codes(other), Codes{"bad-solution-id"});
  EXPECT_EQ(other[0].member, "target/0/id");
  const auto same = found("Backup", "Backup");
  ASSERT_EQ(codes(same), Codes{"bad-solution-id"});
  EXPECT_EQ(same[0].member, "details/requirements/solutions/0/id");
}

TEST(Rules, WarnOfASolutionWithoutTypeOrCurrency) {
  std::string yaml(complete);
  yaml.replace(yaml.find("type: Name, "), 12, "");
  auto found = strictly(yaml, everything);
  ASSERT_EQ(codes(found), Codes{"portal-solution-type"});
  EXPECT_EQ(found[0].member, "details/requirements/solutions/0/type");
  yaml = complete;
  yaml.replace(yaml.find(", currency: EUR"), 15, "");
  found = strictly(yaml, with("Price", "5"));
  ASSERT_EQ(codes(found), Codes{"portal-solution-price"});
  EXPECT_EQ(found[0].member, "details/requirements/solutions/0/currency");
  EXPECT_EQ(warnings(yaml, everything), Codes{});
}

TEST(Rules, RejectPartsOfPairs) {
  const auto rejected = [](const std::string& customer, const std::string& requirements) {
    std::string yaml(complete);
    yaml.insert(yaml.find("    address:"), customer);
    yaml.replace(yaml.find("attributes: [ "), 14, "attributes: [ " + requirements);
    Cells cells = everything;
    if (yaml.find("${X}") != std::string::npos) cells["X"] = "x";
    if (yaml.find("${Profile}") != std::string::npos) cells["Profile"] = "External";
    return reasons(*load_good(yaml), cells);
  };
  auto found = rejected("    ids: [ { id: '${X}' } ]\n", "");
  ASSERT_EQ(codes(found), Codes{"required-member"});
  EXPECT_EQ(found[0].member, "customerProfile/ids/0/profileType");
  found = rejected("", "{ id: '${X}' }, ");
  ASSERT_EQ(codes(found), Codes{"required-member"});
  EXPECT_EQ(found[0].member, "details/requirements/additionalRequirements/attributes/0/type");
  found = rejected("    ids: [ { profileType: '${Profile}' } ]\n", "{ type: '${X}' }, ");
  EXPECT_EQ(codes(found), (Codes{"required-member", "required-member"}));
}

TEST(Rules, WarnOfADunsNumberWithoutNineDigits) {
  const auto found = [](const char* type, const char* id) {
    return codes(told_strictly_with(
        "    ids: [ { profileType: " + std::string(type) + ", id: '${Number}' } ]\n", "", "",
        {{"Number", id}}));
  };
  EXPECT_EQ(found("Duns", "081466849"), Codes{});
  EXPECT_EQ(found("Duns", ""), Codes{});
  EXPECT_EQ(found("External", "8.15E+08"), Codes{});
  for (const char* id : {"8.15E+08", "81466849", "0814668490", "08-146-6849"})
    EXPECT_EQ(found("Duns", id), Codes{"bad-duns"}) << id;
}

TEST(Rules, WarnOfAQualificationThatIsNotOfAPartnersDeal) {
  const auto found = [](const char* qualification) {
    return codes(told_strictly_with("", "", "  qualification: ${Q}\n", {{"Q", qualification}}));
  };
  EXPECT_EQ(found("SalesQualified"), Codes{});
  EXPECT_EQ(found("None"), Codes{});
  EXPECT_EQ(found(""), Codes{});
  EXPECT_EQ(found("Direct"), Codes{"portal-qualification"});
  EXPECT_EQ(found("MarketingQualified"), Codes{"portal-qualification"});
}

TEST(Rules, WarnOfANameThatMicrosoftsConnectorMarked) {
  for (const char* name : {"\u2714 Renewal", "Renewal \u2714", "\u2718Renewal", "Renewal \u2705",
                           "Renewal \u2714\uFE0F", "\u274C Renewal"})
    EXPECT_EQ(warnings(with("Name", name)), Codes{"connector-mark"}) << name;
  for (const char* name : {"Renewal", "Check \u2714 mark", "x Renewal", "Renewal X"})
    EXPECT_EQ(warnings(with("Name", name)), Codes{}) << name;
}

TEST(Rules, WarnOfACoSellDealWhoseHelpMeansNone) {
  Cells cells = with("Deal", "co-sell");
  cells["Help"] = "Unknown";
  EXPECT_EQ(warnings(cells), Codes{"portal-help"});
  cells["Deal"] = "partner-led";
  EXPECT_EQ(warnings(cells), Codes{});
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

TEST(Rules, RefuseIdsThatASpreadsheetHasShortened) {
  for (const char* id : {"1.23457E+11", "1,23457E+11", "1E+12", "2.70402e+13"})
    EXPECT_EQ(rejections(with("Id", id)), Codes{"shortened-id"}) << id;
  for (const char* id : {"1.2E11", "5.0E10", "-1.2E+11"})
    EXPECT_EQ(rejections(with("Id", id)), Codes{"shortened-id"}) << id;
  for (const char* id : {"123456789012", "A1.2E+3", "1.2E+3A", "E+3", "1E3", "12E+3", "1.2E3"})
    EXPECT_EQ(warnings(with("Id", id)), Codes{}) << id;
}

TEST(Rules, RefuseShortenedIdsWhateverIsMadeOfThem) {
  const auto reasons_of = [](const std::string& id) {
    auto mapping = std::string(least_referral);
    mapping.replace(mapping.find("${Id}"), 5, id);
    Cells cells{{"Id", "1.2E+11"}};
    if (id.find("No") != std::string::npos) cells["No"] = "7";
    const auto outcome = map_row(*load_good(mapping), cells);
    const auto& rejected = std::get<Rejected>(outcome);
    EXPECT_EQ(rejected.external_id, "") << "it would be that of several rows";
    return codes(rejected.reasons);
  };
  for (const char* id : {"SF-${Id}", "\"${Id}-${No}\"", "${Id | hash No}"})
    EXPECT_EQ(reasons_of(id), Codes{"shortened-id"}) << id;
  config::Problems problems;
  const auto bound = load_good(least_referral)->bind({"Id"}, problems);
  Row row;
  row.types = {CellType::number};
  row.cells = {"123457000000000000"};
  EXPECT_TRUE(std::holds_alternative<Rejected>(bound->map(row)));
  row.cells = {"123456789012345"};
  EXPECT_TRUE(std::holds_alternative<Mapped>(bound->map(row)));
}

TEST(Rules, RefuseErrorsOfSpreadsheetPrograms) {
  for (const char* error :
       {"#N/A", "#NV", "#REF!", "#WERT!", "#NAME?", "#\u00a1VALOR!", "########", "#RIF!", "#N/B",
        "#LICZBA!", "#\u0417\u041d\u0410\u0427!", "#\u041d/\u0414", "Err:502"})
    EXPECT_EQ(rejections(with("Customer", error)), Codes{"cell-error"}) << error;
  for (const char* name : {"#1 Bikes", "C#", "#", "##", "#yolo!", "Err: none", "#Hope!"})
    EXPECT_EQ(warnings(with("Customer", name)), Codes{}) << name;
}

TEST(Rules, RefuseAnAmountInAnotherCurrencyThanTheReferrals) {
  for (const char* amount : {"USD 1,234.50", "$ 99.00", "\u00a3100", "100 CHF"})
    EXPECT_EQ(rejections(with("Value", amount)), Codes{"currency-mismatch"}) << amount;
  for (const char* amount : {"\u20ac 1,234.50", "100 EUR", "100", "-0"})
    EXPECT_EQ(warnings(with("Value", amount)), Codes{}) << amount;
  Cells dollars = with("Currency", "CAD");
  dollars["Value"] = "$100.00";
  EXPECT_EQ(warnings(dollars), Codes{}) << "a dollar, too";
  for (const char* mismatch : {"kr 1000", "Fr. 100", "Rs. 900", "R 5"})
    EXPECT_EQ(rejections(with("Value", mismatch)), Codes{"currency-mismatch"}) << mismatch;
  for (const auto& [code, amount] : {std::pair{"SEK", "kr 1000"},
                                     {"CHF", "Fr. 100"},
                                     {"INR", "Rs. 900"},
                                     {"EGP", "\u00a3100"},
                                     {"NIO", "$5"}}) {
    Cells cells = with("Currency", code);
    cells["Value"] = amount;
    EXPECT_EQ(warnings(cells), Codes{}) << code;
  }
  dollars["Value"] = "US$100.00";
  EXPECT_EQ(rejections(dollars), Codes{"currency-mismatch"});
}

}  // namespace
}  // namespace referrald::mapping
