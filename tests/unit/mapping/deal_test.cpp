#include "mapping/deal.hpp"

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

// A mapping whose rows may be any deal; `more` is added to the referral.
std::string of_any_deal(std::string_view more = {}) {
  return R"(
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  customerProfile:
    name: Fabrikam
    team: [ { firstName: "${First}", lastName: Example, phoneNumber: "1", email: a@example.com } ]
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    currency: EUR
    requirements: { solutions: [ { id: "${Solution 1}" }, { id: "${Solution 2}" } ] }
)" + std::string(more);
}

std::string json(const Value* value) {
  return value == nullptr ? "" : to_json(*value);
}

const Value* sellers(const Mapped& row) {
  return row.referral.at("consent/consentToShareReferralWithMicrosoftSellers");
}

TEST(Deal, IsReadInAnySpelling) {
  for (const char* text : {"private", "Private", "PRIVATE"})
    EXPECT_EQ(parse_deal(text), Deal::private_) << text;
  for (const char* text : {"partner-led", "Partner led", "partner_led", "PartnerLed"})
    EXPECT_EQ(parse_deal(text), Deal::partner_led) << text;
  for (const char* text : {"co-sell", "Co-sell", "co_sell", "Cosell", "CO SELL"})
    EXPECT_EQ(parse_deal(text), Deal::co_sell) << text;
  for (const char* text : {"", "shared", "co-sell!", "private deal"})
    EXPECT_EQ(parse_deal(text), std::nullopt) << text;
}

TEST(Deal, PrivateIsSeenByNobody) {
  const auto row = mapped(*load_good(of_any_deal()), {{"Id", "1"}, {"Deal", "private"}});
  EXPECT_EQ(row.deal, Deal::private_);
  EXPECT_EQ(json(row.referral.find("type")), "\"Independent\"");
  EXPECT_EQ(json(sellers(row)), "false");
  EXPECT_EQ(json(row.referral.find("target")), "[]");
}

TEST(Deal, PartnerLedIsShownToSellers) {
  const auto row = mapped(*load_good(of_any_deal()), {{"Id", "1"}, {"Deal", "Partner-led"}});
  EXPECT_EQ(row.deal, Deal::partner_led);
  EXPECT_EQ(json(row.referral.find("type")), "\"Independent\"");
  EXPECT_EQ(json(sellers(row)), "true");
  EXPECT_EQ(json(row.referral.find("target")), "[]");
}

TEST(Deal, CoSellIsAddressedToItsFirstCatalogueSolution) {
  const auto row = mapped(*load_good(of_any_deal()), {{"Id", "1"},
                                                      {"Deal", "co-sell"},
                                                      {"First", "Ada"},
                                                      {"Solution 1", "0f0e-guid"},
                                                      {"Solution 2", "SOL-34104-EBB"}});
  EXPECT_EQ(row.deal, Deal::co_sell);
  EXPECT_EQ(json(row.referral.find("type")), "\"Shared\"");
  EXPECT_EQ(json(sellers(row)), "true");
  EXPECT_EQ(json(row.referral.find("target")),
            R"([{"type":"SolutionProfile","id":"SOL-34104-EBB"}])");
}

TEST(Deal, CoSellTakesTheMappingsTargetFirst) {
  const auto mapping = load_good(of_any_deal("  target: ${Target}\n"));
  EXPECT_EQ(json(mapped(*mapping, {{"Id", "1"},
                                   {"Deal", "co-sell"},
                                   {"First", "Ada"},
                                   {"Target", "SOL-1"},
                                   {"Solution 1", "SOL-2"}})
                     .referral.find("target")),
            R"([{"type":"SolutionProfile","id":"SOL-1"}])");
  EXPECT_EQ(json(mapped(*mapping, {{"Id", "1"}, {"Deal", "private"}}).referral.find("target")),
            "[]");
}

TEST(Deal, CoSellWithoutTargetIsRejected) {
  EXPECT_EQ(
      codes(reasons(*load_good(of_any_deal()),
                    {{"Id", "1"}, {"Deal", "co-sell"}, {"First", "Ada"}, {"Solution 1", "guid"}})),
      std::vector<std::string>{"co-sell-target-missing"});
}

TEST(Deal, OwnReferralIsNeverAddressedToMicrosoft) {
  const auto mapping = load_good(
      of_any_deal("  target: [ { type: BusinessProfileLocation, id: \"${Target}\" } ]\n"));
  for (const char* id : {"msft", "MSFT", "Microsoft"})
    EXPECT_EQ(codes(reasons(*mapping,
                            {{"Id", "1"}, {"Deal", "co-sell"}, {"First", "A"}, {"Target", id}})),
              std::vector<std::string>{"target-is-microsoft"})
        << id;
}

TEST(Deal, TargetOfADealThatIsNotCoSellIsRejected) {
  const auto mapping =
      load_good(of_any_deal("  target: [ { type: SolutionProfile, id: \"${Target}\" } ]\n"));
  EXPECT_EQ(codes(reasons(*mapping, {{"Id", "1"}, {"Deal", "private"}, {"Target", "SOL-1"}})),
            std::vector<std::string>{"target-without-co-sell"});
}

TEST(Deal, ThatIsBlankOrUnknownIsRejected) {
  const auto mapping = load_good(of_any_deal());
  const auto found = reasons(*mapping, {{"Id", "1"}, {"Deal", "shared"}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"bad-deal"});
  EXPECT_EQ(found[0].column, "Deal");
  EXPECT_EQ(found[0].value, "shared");
  EXPECT_EQ(codes(reasons(*mapping, {{"Id", "1"}})), std::vector<std::string>{"bad-deal"});
}

TEST(Deal, ThatARowContradictsIsRejected) {
  const auto mapping = load_good(of_any_deal("  type: ${Type}\n"));
  EXPECT_EQ(codes(reasons(*mapping, {{"Id", "1"}, {"Deal", "private"}, {"Type", "Shared"}})),
            std::vector<std::string>{"deal-contradiction"});
  EXPECT_EQ(mapped(*mapping, {{"Id", "1"}, {"Deal", "private"}, {"Type", "Independent"}}).deal,
            Deal::private_);
}

TEST(Deal, ThatTheMappingContradictsIsAProblem) {
  EXPECT_EQ(
      problems_of(R"(deal: private
referral:
  externalReferenceId: ${Id}
  type: Shared
  target: [ { type: SolutionProfile, id: SOL-1 } ]
  customerProfile: { name: Fabrikam }
  consent:
    consentToToShareInfoWithOthers: true
    consentToContact: true
    consentToShareReferralWithMicrosoftSellers: true
  details: { currency: EUR }
)"),
      "4:9: type contradicts `deal: private`, which makes it Independent (remove the member, "
      "or change the deal)\n"
      "10:49: consent/consentToShareReferralWithMicrosoftSellers contradicts `deal: private`, "
      "which makes it false (remove the member, or change the deal)\n"
      "5:11: target contradicts `deal: private`, which makes it empty (remove the member, or "
      "change the deal)\n");
}

TEST(Deal, ThatIsAbsentIsPrivate) {
  EXPECT_EQ(mapped(*load_good(least_referral), {{"Id", "1"}}).deal, Deal::private_);
}

TEST(Deal, ThatIsUnknownIsAProblem) {
  EXPECT_EQ(problems_of("deal: shared\n" + std::string(least_referral)),
            "1:7: deal: \"shared\" is not known (write private, partner-led, co-sell or a template "
            "that yields one of them)\n");
}

TEST(Invitation, IsOfCoSellDealsOnly) {
  const auto mapping = load_good(
      "tables: { need: { Demo: ProofOfConceptOrDemo } }\n"
      "invitation: { notes: \"${Notes}\", assistanceRequestCode: \"${Help | lookup need}\" }\n" +
      of_any_deal());
  const Cells co_sell{{"Id", "1"},      {"Deal", "co-sell"},
                      {"First", "Ada"}, {"Solution 1", "SOL-1"},
                      {"Notes", "Hi."}, {"Help", "Demo"}};
  EXPECT_EQ(to_json(mapped(*mapping, co_sell).invitation),
            R"({"notes":"Hi.","assistanceRequestCode":"ProofOfConceptOrDemo"})");
  EXPECT_TRUE(
      mapped(*mapping, {{"Id", "1"}, {"Deal", "private"}, {"Help", "?"}}).invitation.absent());
  Cells unknown = co_sell;
  unknown["Help"] = "?";
  const auto found = reasons(*mapping, unknown);
  ASSERT_EQ(codes(found), std::vector<std::string>{"lookup-miss"});
  EXPECT_EQ(found[0].member, "invitation/assistanceRequestCode");
}

}  // namespace
}  // namespace referrald::mapping
