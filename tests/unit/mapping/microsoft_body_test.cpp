#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

TEST(MicrosoftBody, RepeatsTheOwnOneWithoutItsIdAndAddressedToMicrosoft) {
  const auto mapping = load_good(R"(
deal: co-sell
referral:
  externalReferenceId: ${Id}
  name: Renewal
  target: SOL-1
  customerProfile: { team: [ { firstName: Ada } ] }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: 1000.50 }
invitation: { notes: "${Notes}" }
)");
  const auto row = mapped(*mapping, {{"Id", "1"}, {"Notes", "Please \"help\""}});
  EXPECT_EQ(microsoft_body(row),
            R"({"name":"Renewal","customerProfile":{"team":[{"firstName":"Ada"}]},)"
            R"("consent":{"consentToToShareInfoWithOthers":true,"consentToContact":true,)"
            R"("consentToShareReferralWithMicrosoftSellers":true},"details":{"dealValue":1000.5},)"
            R"("type":"Shared","target":[{"type":"BusinessProfileLocation","id":"msft"}]})");
  EXPECT_EQ(complete_microsoft_body(R"({"name":"x"})", to_json(row.invitation), "e-1", "o-1"),
            R"({"engagementId":"e-1","inviteContext":{"invitedBy":{"organizationId":"o-1"},)"
            R"("notes":"Please \"help\""},"name":"x"})");
}

TEST(MicrosoftBody, LeavesOutAnInvitationThatSaysNothing) {
  EXPECT_EQ(complete_microsoft_body(R"({"name":"x"})", "{}", "e-1", ""),
            R"({"engagementId":"e-1","name":"x"})");
  EXPECT_EQ(
      complete_microsoft_body(R"({"name":"x"})", "", "e-1", "o"),
      R"({"engagementId":"e-1","inviteContext":{"invitedBy":{"organizationId":"o"}},"name":"x"})");
}

}  // namespace
}  // namespace referrald::mapping
