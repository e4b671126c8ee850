#include <algorithm>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

std::string referral_of(std::string_view yaml, const Cells& cells) {
  return to_json(mapped(*load_good(yaml), cells).referral);
}

TEST(Row, BecomesAReferralInTheMappingsOrder) {
  EXPECT_EQ(
      referral_of(R"(
tables: { agreed: { "Yes": true, "No": false }, prices: { A: 12.50 } }
referral:
  name: 'Say "hi" & <go>: ${Topic}'
  externalReferenceId: ${Id}
  customerProfile: { address: { postalCode: 01234, city: "${City}" }, ids: [ { profileType: Duns, id: 5 } ] }
  consent: { consentToToShareInfoWithOthers: "${Agreed | lookup agreed}", consentToContact: "${Contact}" }
  details:
    dealValue: ${Value | number}
    customerAction: ${City}
    requirements: { solutions: [ { id: "${Solution}", price: "${P | lookup prices}", quantity: 2.50 } ] }
)",
                  {{"Id", "1"},
                   {"Topic", "R&D"},
                   {"Agreed", "Yes"},
                   {"Contact", "NO"},
                   {"Value", "1,124,741.15"},
                   {"Solution", "SOL-1"},
                   {"P", "A"}}),
      R"({"name":"Say \"hi\" & <go>: R&D","externalReferenceId":"1",)"
      R"("customerProfile":{"address":{"postalCode":"01234"},"ids":[{"profileType":"Duns","id":"5"}]},)"
      R"("consent":{"consentToToShareInfoWithOthers":true,"consentToContact":false,)"
      R"("consentToShareReferralWithMicrosoftSellers":false},)"
      R"("details":{"dealValue":1124741.15,"requirements":{"solutions":[{"id":"SOL-1","price":12.5,"quantity":2.5}]}},)"
      R"("type":"Independent","target":[]})");
}

TEST(Row, DropsWhatIsBlankAndWhatBecameEmpty) {
  const std::string yaml = std::string(least_referral) + R"(  name: ${Name}
  team:
    - { firstName: "${First}", contactPreference: { locale: en-us } }
    - { firstName: Sam }
)";
  EXPECT_EQ(referral_of(yaml, {{"Id", "1"}}),
            R"({"externalReferenceId":"1","customerProfile":{"name":"Fabrikam"},)"
            R"("consent":{"consentToToShareInfoWithOthers":true,"consentToContact":true,)"
            R"("consentToShareReferralWithMicrosoftSellers":false},"details":{"currency":"EUR"},)"
            R"("team":[{"firstName":"Sam"}],"type":"Independent","target":[]})");
}

TEST(Row, KeepsAnObjectWhoseConstantsAreLeft) {
  const std::string yaml = R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { address: { city: "${City}", country: DE } }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)";
  EXPECT_NE(referral_of(yaml, {{"Id", "1"}}).find(R"("address":{"country":"DE"})"),
            std::string::npos);
}

TEST(Row, WithoutItsWholeIdIsRejected) {
  const auto mapping = load_good(R"(
referral:
  externalReferenceId: contoso-${Account}-${Email}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)");
  EXPECT_EQ(mapped(*mapping, {{"Account", "a"}, {"Email", "b"}}).external_id, "contoso-a-b");
  const auto found = reasons(*mapping, {{"Account", "a"}, {"Email", " "}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"missing-external-id"});
  EXPECT_EQ(found[0].column, "Account, Email");
}

TEST(Row, IsRejectedWithEveryReasonAtOnce) {
  const auto mapping = load_good(R"(
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  qualification: ${Q}
  customerProfile:
    size: ${Size | company_size}
    address: { country: "${Country | country}" }
    team: [ { email: "${Email}" } ]
  consent: { consentToToShareInfoWithOthers: "${Agreed}", consentToContact: true }
  details:
    dealValue: ${Value | number}
    currency: ${Currency}
    closingDateTime: ${Close}
)");
  auto outcome = map_row(*mapping, {{"Id", "7"},
                                    {"Deal", "?"},
                                    {"Q", "Hot"},
                                    {"Size", "many"},
                                    {"Country", "Atlantis"},
                                    {"Email", "x"},
                                    {"Agreed", "perhaps"},
                                    {"Value", "-5"},
                                    {"Currency", "eur"},
                                    {"Close", "2026-03-31"}});
  const auto& rejected = std::get<Rejected>(outcome);
  EXPECT_EQ(rejected.external_id, "7");
  EXPECT_EQ(codes(rejected.reasons),
            (std::vector<std::string>{"bad-deal", "bad-choice", "bad-company-size",
                                      "unknown-country", "bad-boolean", "bad-currency-code",
                                      "bad-date-time", "negative-value"}));
  for (const Reason& reason : rejected.reasons) {
    EXPECT_NE(reason.member, "") << reason.code;
    EXPECT_NE(reason.column, "") << reason.code;
    EXPECT_NE(reason.value, "") << reason.code;
    EXPECT_NE(reason.message, "") << reason.code;
    EXPECT_NE(reason.remedy, "") << reason.code;
  }
}

TEST(Row, WithAMailAddressThatCannotBeOneIsSentWithAWarning) {
  const std::string text = R"(referral:
  externalReferenceId: ${Id}
  customerProfile: { name: x, team: [ { email: "${Email}" } ] }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)";
  for (const char* mail : {"jimmy@lamna healthcare", "mailto:jimmy@lamna.example"}) {
    SCOPED_TRACE(mail);
    const Cells cells{{"Id", "7"}, {"Email", mail}};
    const auto outcome = map_row(*load_good(text), cells);
    const auto& warnings = std::get<Mapped>(outcome).warnings;
    ASSERT_FALSE(warnings.empty());
    EXPECT_EQ(warnings.front(), "bad-email");
    const auto strict = reasons(*load_good("rules: strict\n" + text), cells);
    ASSERT_FALSE(strict.empty());
    EXPECT_EQ(strict.front().code, "bad-email");
    EXPECT_EQ(strict.front().column, "Email");
  }
}

TEST(Row, WithAFailedMemberIsNotToldThatItIsMissing) {
  const auto mapping = load_good(R"(
rules: strict
referral:
  externalReferenceId: ${Id}
  name: x
  customerProfile: { name: x, address: { addressLine1: x, city: x, country: DE } }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${Value | number}" }
)");
  const auto found = codes(reasons(*mapping, {{"Id", "1"}, {"Value", "much"}}));
  EXPECT_EQ(std::ranges::count(found, "bad-number"), 1);
  EXPECT_EQ(std::ranges::count(found, "required-member"), 0);
  EXPECT_EQ(std::ranges::count(found, "portal-deal-value"), 0);
  EXPECT_EQ(std::ranges::count(found, "portal-currency"), 1);
}

TEST(Row, WithATextWhereANumberBelongsIsRejected) {
  const auto mapping = load_good(R"(
tables: { t: { a: "12", b: 12 } }
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${A | lookup t}" }
)");
  EXPECT_EQ(
      mapped(*mapping, {{"Id", "1"}, {"A", "b"}}).referral.at("details/dealValue")->number()->text,
      "12");
  EXPECT_EQ(codes(reasons(*mapping, {{"Id", "1"}, {"A", "a"}})),
            std::vector<std::string>{"not-a-number"});
}

}  // namespace
}  // namespace referrald::mapping
