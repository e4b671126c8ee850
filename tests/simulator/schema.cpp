#include "tests/simulator/schema.hpp"

#include "tests/simulator/message.hpp"

namespace referrald::simulator {
namespace {

using enum MemberKind;

constexpr std::string_view types[] = {"Shared", "Independent"};
constexpr std::string_view qualifications[] = {"None", "Direct", "MarketingQualified",
                                               "SalesQualified"};
constexpr std::string_view target_types[] = {"None", "BusinessProfileLocation", "SolutionProfile"};
constexpr std::string_view solution_types[] = {"None", "Category", "Name"};
constexpr std::string_view profile_types[] = {"Duns", "External"};
constexpr std::string_view assistance_codes[] = {"Unknown",
                                                 "GeneralOrOther",
                                                 "CustomerTechnicalArchitecture",
                                                 "ProofOfConceptOrDemo",
                                                 "QuotesOrLicensing",
                                                 "PostSalesCustomerSuccess",
                                                 "WorkloadSpecificValueProposition"};
constexpr std::string_view sizes[] = {"",  // seen in real data
                                      "1to50employees",
                                      "51to500employees",
                                      "Morethan500employees",
                                      "1to9employees",
                                      "10to50employees",
                                      "51to250employees",
                                      "251to1000employees",
                                      "1001to5000employees",
                                      "5001to10000employees",
                                      "10001to20000employees",
                                      "Morethan20000employees"};

constexpr Member tag_members[] = {{"id", text, nullptr, {}, true}, {"name", text}};
constexpr Schema tag{tag_members};

constexpr Member solution_members[] = {
    {"id", text, nullptr, {}, true},
    {"name", text},
    {"type", choice, nullptr, solution_types},
    {"publisherName", text},
    {"solutionType", text},
    {"price", number},
    {"quantity", number},
    {"currency", currency},
    {"closingDateTime", time},
};
constexpr Schema solution{solution_members};

constexpr Member attribute_members[] = {{"id", text}, {"type", text}};
constexpr Schema attribute{attribute_members};

constexpr Member additional_members[] = {{"iot", opaque}, {"attributes", objects, &attribute}};
constexpr Schema additional{additional_members};

constexpr Member requirements_members[] = {
    {"industries", objects, &tag},
    {"products", objects, &tag},
    {"services", objects, &tag},
    {"solutions", objects, &solution, {}, false, false, 50},
    {"offers", opaque},
    {"salesPlays", opaque},
    {"additionalRequirements", object, &additional},
};
constexpr Schema requirements{requirements_members};

constexpr Member details_members[] = {
    {"notes", text},
    {"dealValue", number},
    {"currency", currency},
    {"closingDateTime", time},
    {"requirements", object, &requirements},
    {"customerRequestedContact", opaque},
    {"customerAction", opaque},
    {"incentiveLevel", opaque},
};
constexpr Schema details{details_members};

constexpr Member contact_preference_members[] = {{"locale", text}, {"disableNotifications", flag}};
constexpr Schema contact_preference{contact_preference_members};

constexpr Member person_members[] = {
    {"firstName", text},
    {"lastName", text},
    {"phoneNumber", text},
    {"email", text},
    {"title", text},
    {"contactPreference", object, &contact_preference},
    {"emailValidationStatus", server},
    {"phoneValidationStatus", server},
};
constexpr Schema person{person_members};

constexpr Member address_members[] = {
    {"addressLine1", text}, {"addressLine2", text}, {"city", text},   {"state", text},
    {"postalCode", text},   {"country", country},   {"region", text},
};
constexpr Schema address{address_members};

constexpr Member profile_id_members[] = {{"profileType", choice, nullptr, profile_types},
                                         {"id", text}};
constexpr Schema profile_id{profile_id_members};

constexpr Member customer_members[] = {
    {"name", text},
    {"address", object, &address},
    {"size", choice, nullptr, sizes},
    {"team", objects, &person},
    {"ids", objects, &profile_id},
    {"isMatchingComplete", server},
};
constexpr Schema customer{customer_members};

// The doubled "To" is the real name (reference, section 2.2); the corrected one is unknown here, so
// that the flag counts as missing.
constexpr Member consent_members[] = {
    {"consentToToShareInfoWithOthers", flag, nullptr, {}, true},
    {"consentToContact", flag, nullptr, {}, true},
    {"consentToShareReferralWithMicrosoftSellers", flag},
    {"consentToMicrosoftToContactSpecificPartners", flag},
};
constexpr Schema consent{consent_members};

constexpr Member target_members[] = {{"type", choice, nullptr, target_types, true},
                                     {"id", text, nullptr, {}, true}};
constexpr Schema target{target_members};

constexpr Member inviter_members[] = {{"organizationId", text}, {"organizationName", text}};
constexpr Schema inviter{inviter_members};

constexpr Member invite_members[] = {
    {"notes", text},
    {"assistanceRequestCode", choice, nullptr, assistance_codes},
    {"invitedMpnId", text},
    {"invitedBy", object, &inviter},
};
constexpr Schema invite{invite_members};

constexpr Member referral_members[] = {
    {"id", server},
    {"engagementId", server},
    {"organizationId", server},
    {"organizationName", server},
    {"name", text},
    {"externalReferenceId", text},
    {"createdDateTime", server},
    {"updatedDateTime", server},
    {"expirationDateTime", server},
    {"acceptedDateTime", server},
    {"closedDateTime", server},
    {"status", server},
    {"substatus", server},
    {"statusReason", text},
    {"type", choice, nullptr, types, true, true},
    {"qualification", choice, nullptr, qualifications},
    {"direction", server},
    {"target", objects, &target, {}, false, true},
    {"customerProfile", object, &customer, {}, true, true},
    {"consent", object, &consent, {}, true, true},
    {"details", object, &details, {}, true},
    {"team", objects, &person, {}, false, false, 50},
    {"inviteContext", object, &invite, {}, false, true},
    {"links", server},
    {"eTag", server},
    {"salesStage", text},
    {"campaignId", text},
    {"mpnId", text, nullptr, {}, false, true},
    {"favorite", flag},
    {"isSpam", flag},
    {"quality", server},
    {"dealSensitivity", server},
    {"referralProgram", server},
    {"referralSource", server},
    {"callToAction", server},
    {"createdVia", server},
    {"lastModifiedVia", server},
    {"lastRunId", server},
    {"tags", opaque},
    {"trackingInfo", server},
    {"registrationStatus", server},
    {"registrations", opaque},
    {"@odata.context", server},
};
constexpr Schema referral{referral_members};

}  // namespace

const Member* find_member(const Schema& schema, std::string_view name) {
  for (const auto& member : schema.members) {
    if (member.name == name) return &member;
  }
  for (const auto& member : schema.members) {
    if (equal_ignoring_case(member.name, name)) return &member;
  }
  return nullptr;
}

const Schema& referral_schema() {
  return referral;
}

}  // namespace referrald::simulator
