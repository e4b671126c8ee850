#include "mapping/schema.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/diagnostics.hpp"
#include "mapping/company_size.hpp"
#include "mapping/countries.hpp"
#include "mapping/currencies.hpp"
#include "mapping/dates.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view referral_types[] = {"Shared", "Independent"};
constexpr std::string_view qualifications[] = {"None", "Direct", "MarketingQualified",
                                               "SalesQualified"};
constexpr std::string_view statuses[] = {"New", "Active", "Closed"};
constexpr std::string_view substatuses[] = {"Pending", "Received", "Accepted", "Won",
                                            "Lost",    "Declined", "Expired"};
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

constexpr MemberSpec tag_members[] = {{"id"}, {"name"}};
constexpr Shape tag{"a tag", tag_members};

constexpr MemberSpec solution_members[] = {
    {"id"},
    {"name"},
    {"type", Type::choice, nullptr, solution_types},
    {"publisherName"},
    {"solutionType"},
    {"price", Type::number},
    {"quantity", Type::number},
    {"currency", Type::currency},
    {"closingDateTime", Type::date_time},
};
constexpr Shape solution{"a solution", solution_members};

constexpr MemberSpec attribute_members[] = {{"id"}, {"type"}};
constexpr Shape attribute{"an attribute", attribute_members};

constexpr MemberSpec additional_members[] = {{"iot", Type::any},
                                             {"attributes", Type::list, &attribute}};
constexpr Shape additional{"the additional requirements", additional_members};

constexpr MemberSpec requirement_members[] = {
    {"industries", Type::list, &tag},
    {"products", Type::list, &tag},
    {"services", Type::list, &tag},
    {"solutions", Type::list, &solution},
    {"offers", Type::any},
    {"salesPlays", Type::any},
    {"additionalRequirements", Type::object, &additional},
};
constexpr Shape requirements{"the requirements", requirement_members};

constexpr MemberSpec detail_members[] = {
    {"notes"},
    {"dealValue", Type::number},
    {"currency", Type::currency},
    {"closingDateTime", Type::date_time},
    {"requirements", Type::object, &requirements},
    {"customerRequestedContact", Type::any},
    {"customerAction", Type::any},
    {"incentiveLevel", Type::any},
};
constexpr Refused detail_refused[] = {
    {"closeDate", "the API calls it closingDateTime"},
    {"amount", "the API calls it dealValue"},
};
constexpr Shape details{"the details", detail_members, detail_refused};

constexpr MemberSpec preference_members[] = {{"locale"}, {"disableNotifications", Type::boolean}};
constexpr Shape preference{"a contact preference", preference_members};

constexpr MemberSpec person_members[] = {
    {"firstName"}, {"lastName"}, {"phoneNumber"},
    {"email"},     {"title"},    {"contactPreference", Type::object, &preference},
};
constexpr Refused person_refused[] = {
    {"emailAddress", "the API calls it email"},
    {"phone", "the API calls it phoneNumber"},
    {"emailValidationStatus", "only the service sets it"},
    {"phoneValidationStatus", "only the service sets it"},
};
constexpr Shape person{"a team member", person_members, person_refused};

constexpr MemberSpec address_members[] = {
    {"addressLine1"}, {"addressLine2"},           {"city"},  {"state"},
    {"postalCode"},   {"country", Type::country}, {"region"}};
constexpr Shape address{"an address", address_members};

constexpr MemberSpec profile_id_members[] = {{"profileType", Type::choice, nullptr, profile_types},
                                             {"id"}};
constexpr Shape profile_id{"a profile id", profile_id_members};

constexpr Refused customer_refused[] = {{"isMatchingComplete", "only the service sets it"}};

constexpr MemberSpec consent_members[] = {
    {"consentToToShareInfoWithOthers", Type::boolean},
    {"consentToContact", Type::boolean},
    {"consentToShareReferralWithMicrosoftSellers", Type::boolean},
    {"consentToMicrosoftToContactSpecificPartners", Type::boolean},
};
constexpr Shape consent{"the consent", consent_members};

constexpr MemberSpec target_members[] = {{"type", Type::choice, nullptr, target_types}, {"id"}};
constexpr Shape target{"a target", target_members};

constexpr std::string_view of_service = "only the service sets it";
constexpr std::string_view of_marketplace = "the service sets it for marketplace leads";
constexpr std::string_view unproven = "no documentation says that a create may set it";
constexpr Refused referral_refused[] = {
    {"id", of_service},
    {"engagementId",
     "the service makes it, and referrald joins a co-sell deal's two referrals by it"},
    {"organizationId", of_service},
    {"organizationName", of_service},
    {"createdDateTime", of_service},
    {"updatedDateTime", of_service},
    {"expirationDateTime", of_service},
    {"acceptedDateTime", of_service},
    {"closedDateTime", of_service},
    {"direction", of_service},
    {"inviteContext", "its members are written under `invitation`, beside `referral`"},
    {"links", of_service},
    {"eTag", of_service},
    {"mpnId", unproven},
    {"favorite", unproven},
    {"isSpam", unproven},
    {"quality", of_service},
    {"dealSensitivity", of_service},
    {"referralProgram", of_marketplace},
    {"referralSource", of_marketplace},
    {"callToAction", of_marketplace},
    {"createdVia", of_service},
    {"lastModifiedVia", of_service},
    {"lastRunId", of_service},
    {"tags", unproven},
    {"trackingInfo", of_service},
    {"registrationStatus", of_service},
    {"registrations", "registering a deal is done at Partner Center"},
};

constexpr MemberSpec invitation_members[] = {
    {"notes"},
    {"assistanceRequestCode", Type::choice, nullptr, assistance_codes},
    {"invitedMpnId"},
};
constexpr Refused invitation_refused[] = {
    {"invitedBy", "referrald fills in the own organization from the first referral's answer"}};

std::string listed(std::span<const std::string_view> names) {
  std::string out;
  for (const auto name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

FormatFault choice_fault(const MemberSpec& spec, std::string_view text) {
  return {Code::bad_choice,
          fmt::format("\"{}\" is none of the API's values {}", text, listed(spec.choices)),
          config::nearest(text, spec.choices).value_or("")};
}

std::string code_or_nothing(const std::string* code) {
  return code == nullptr ? std::string{} : *code;
}

}  // namespace

const MemberSpec* Shape::find(std::string_view member) const {
  const auto found = std::ranges::find(members, member, &MemberSpec::name);
  return found == members.end() ? nullptr : &*found;
}

const Shape& referral_shape() {
  static const MemberSpec customer_members[] = {
      {"name"},
      {"address", Type::object, &address},
      {"size", Type::choice, nullptr, company_sizes()},
      {"team", Type::list, &person},
      {"ids", Type::list, &profile_id},
  };
  static const Shape customer{"the customer profile", customer_members, customer_refused};
  static const MemberSpec members[] = {
      {"name"},
      {"externalReferenceId"},
      {"type", Type::choice, nullptr, referral_types},
      {"qualification", Type::choice, nullptr, qualifications},
      {"target", Type::target, &target},
      {"customerProfile", Type::object, &customer},
      {"consent", Type::object, &consent},
      {"details", Type::object, &details},
      {"team", Type::list, &person},
      {"status", Type::choice, nullptr, statuses},
      {"substatus", Type::choice, nullptr, substatuses},
      {"statusReason"},
      {"salesStage"},
      {"campaignId"},
  };
  static const Shape referral{"a referral", members, referral_refused};
  return referral;
}

const Shape& invitation_shape() {
  static const Shape invitation{"the invitation", invitation_members, invitation_refused};
  return invitation;
}

UnknownMember explain_unknown(const Shape& shape, std::string_view member) {
  const auto refused = std::ranges::find(shape.refused, member, &Refused::name);
  if (refused != shape.refused.end())
    return {fmt::format("\"{}\" cannot be set: {}", member, refused->reason), "remove it"};
  std::vector<std::string_view> names;
  for (const auto& known : shape.members) names.push_back(known.name);
  const auto near = config::nearest(member, names);
  return {fmt::format("{} has no member \"{}\"", shape.name, member),
          near ? fmt::format("did you mean \"{}\"?", *near)
               : fmt::format("known are {}", listed(names))};
}

std::optional<FormatFault> check_format(const MemberSpec& spec, std::string_view text) {
  switch (spec.type) {
    case Type::choice:
      if (std::ranges::find(spec.choices, text) == spec.choices.end())
        return choice_fault(spec, text);
      break;
    case Type::country:
      if (!is_country_code(text))
        return FormatFault{Code::bad_country_code,
                           fmt::format("\"{}\" is no ISO 3166-1 code of two capital letters", text),
                           code_or_nothing(find_country(text))};
      break;
    case Type::currency:
      if (!is_currency_code(text))
        return FormatFault{Code::bad_currency_code,
                           fmt::format("\"{}\" is no ISO 4217 code of three capital letters", text),
                           code_or_nothing(find_currency(text))};
      break;
    case Type::date_time:
      if (!is_utc_date_time(text))
        return FormatFault{
            Code::bad_date_time,
            fmt::format("\"{}\" is no date and time such as 2026-03-31T00:00:00Z", text),
            {}};
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace referrald::mapping
