#include "tests/simulator/validation.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace referrald::simulator {
namespace {

namespace json = boost::json;

// The smallest private deal on record (reference, section 4.1).
constexpr const char* private_deal = R"({
  "name": "Fabrikam storage renewal", "qualification": "SalesQualified", "type": "Independent",
  "externalReferenceId": "crm-1",
  "customerProfile": { "name": "Fabrikam GmbH", "size": "51to250employees",
    "address": { "addressLine1": "Example Street 1", "city": "Munich", "country": "DE" },
    "team": [ { "firstName": "Ada", "email": "ada@example.com" } ] },
  "consent": { "consentToToShareInfoWithOthers": true, "consentToContact": true,
    "consentToShareReferralWithMicrosoftSellers": false },
  "details": { "notes": "n", "dealValue": 50000, "currency": "EUR",
    "closingDateTime": "2026-03-31T00:00:00Z",
    "requirements": { "solutions": [ { "type": "Name", "id": "SOL-1", "solutionType": "3P" } ],
      "additionalRequirements": { "iot": {},
        "attributes": [ { "type": "CustomerMarketplaceIntent", "id": "HaveNotDecided" } ] } } },
  "team": [ { "firstName": "Sam", "email": "sam@example.com" } ],
  "target": [] })";

class Validation : public testing::Test {
 protected:
  // The deal with the value at `pointer` set to `value` (JSON), or removed when it is empty.
  static std::string deal_with(const std::string& pointer, const std::string& value) {
    json::value deal = json::parse(private_deal);
    const auto slash = pointer.rfind('/');
    auto& parent = (slash == 0 ? deal : deal.at_pointer(pointer.substr(0, slash))).as_object();
    const auto name = pointer.substr(slash + 1);
    if (value.empty()) {
      parent.erase(name);
    } else {
      parent[name] = json::parse(value);
    }
    return json::serialize(deal);
  }

  // The refused member; "" when the body is accepted.
  std::string refused(const std::string& body) {
    const auto refusal = validator_.create(body, draft_);
    if (!refusal) return "";
    EXPECT_EQ(refusal->status, 400U);
    EXPECT_EQ(refusal->code, "invalidRequest");
    EXPECT_FALSE(refusal->message.empty());
    return refusal->target.empty() ? "?" : refusal->target;
  }
  json::object kept() { return json::parse("{" + draft_.members + "}").as_object(); }

  Validator validator_;
  Draft draft_;
};

TEST_F(Validation, TheSmallestPrivateDealPasses) {
  EXPECT_EQ(refused(private_deal), "");
  EXPECT_EQ(draft_.external_id, "crm-1");
  EXPECT_EQ(draft_.type, Type::independent);
  EXPECT_EQ(draft_.qualification, Qualification::sales);
  EXPECT_FALSE(draft_.microsoft);
  EXPECT_FALSE(draft_.standing);
  EXPECT_TRUE(draft_.ignored.empty());
}

TEST_F(Validation, WhatIsKeptIsWhatWasSentAndTheServicesNulls) {
  ASSERT_EQ(refused(private_deal), "");
  auto expected = json::parse(private_deal).as_object();
  for (const char* name : {"statusReason", "salesStage", "campaignId"}) expected[name] = nullptr;
  expected["registrations"] = json::array{};
  EXPECT_EQ(kept(), expected);
}

TEST_F(Validation, EachOfTheFourRequiredMembersIsRequired) {
  for (const char* name : {"type", "customerProfile", "consent", "details"}) {
    EXPECT_EQ(refused(deal_with(std::string{"/"} + name, "")), name);
    EXPECT_EQ(refused(deal_with(std::string{"/"} + name, "null")), name);
  }
}

TEST_F(Validation, TheConsentFlagHasTheDoubledNameOnly) {
  auto deal = json::parse(private_deal);
  auto& consent = deal.at("consent").as_object();
  consent.erase("consentToToShareInfoWithOthers");
  consent["consentToShareInfoWithOthers"] = true;
  EXPECT_EQ(refused(json::serialize(deal)), "consent.consentToToShareInfoWithOthers");
  EXPECT_EQ(refused(deal_with("/consent/consentToContact", "")), "consent.consentToContact");
  EXPECT_EQ(refused(deal_with("/consent/consentToContact", "\"yes\"")), "consent.consentToContact");
}

struct Case {
  const char* pointer;
  const char* value;
  const char* target;
};

TEST_F(Validation, WrongValuesAreRefusedWithTheirPath) {
  const Case cases[] = {
      {"/type", "\"Private\"", "type"},
      {"/qualification", "\"Great\"", "qualification"},
      {"/customerProfile/address/country", "\"DEU\"", "customerProfile.address.country"},
      {"/customerProfile/address/country", "\"de\"", "customerProfile.address.country"},
      {"/customerProfile/size", "\"12\"", "customerProfile.size"},
      {"/customerProfile/team", "{}", "customerProfile.team"},
      {"/customerProfile/team/0/email", "5", "customerProfile.team[0].email"},
      {"/details/currency", "\"EURO\"", "details.currency"},
      {"/details/dealValue", "\"ten\"", "details.dealValue"},
      {"/details/dealValue", "true", "details.dealValue"},
      {"/details/closingDateTime", "\"31.03.2026\"", "details.closingDateTime"},
      {"/details/requirements/solutions/0/type", "\"Title\"",
       "details.requirements.solutions[0].type"},
      {"/name", "5", "name"},
      {"/team", "[5]", "team[0]"},
      {"/engagementId", "7", "engagementId"},
      {"/status", "\"Closed\"", "substatus"},
      {"/inviteContext", "{\"assistanceRequestCode\":\"Help\"}",
       "inviteContext.assistanceRequestCode"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(refused(deal_with(c.pointer, c.value)), c.target) << c.pointer << " " << c.value;
  }
}

TEST_F(Validation, BodiesThatAreNoObjectAreRefused) {
  for (const char* body :
       {"", "{", "[]", "5", "{\"type\":\"Shared\"} x", "\xef\xbb\xbf{}", "{\"name\":\"\xff\"}"}) {
    EXPECT_EQ(refused(body), "referral") << body;
  }
}

TEST_F(Validation, AMemberGivenTwiceIsRefused) {
  std::string body = private_deal;
  body.insert(1, R"("name":"other",)");
  EXPECT_EQ(refused(body), "name");
}

TEST_F(Validation, DealValueMayBeANumberInAString) {
  EXPECT_EQ(refused(deal_with("/details/dealValue", "\"10000.25\"")), "");
  EXPECT_EQ(kept()["details"].at("dealValue"), json::value(10000.25));
  EXPECT_EQ(refused(deal_with("/details/dealValue", "\"nan\"")), "details.dealValue");
}

TEST_F(Validation, ASharedDealNeedsATarget) {
  EXPECT_EQ(refused(deal_with("/type", "\"Shared\"")), "target");
  auto deal = json::parse(deal_with("/type", "\"Shared\""));
  deal.as_object()["target"] = json::parse(R"([{"type":"SolutionProfile","id":"SOL-1"}])");
  EXPECT_EQ(refused(json::serialize(deal)), "");
  EXPECT_FALSE(draft_.microsoft);
  deal.as_object()["target"] = json::parse(R"([{"type":"BusinessProfileLocation","id":"msft"}])");
  EXPECT_EQ(refused(json::serialize(deal)), "");
  EXPECT_TRUE(draft_.microsoft);
  deal.as_object()["target"] = json::parse(R"([{"type":"BusinessProfileLocation"}])");
  EXPECT_EQ(refused(json::serialize(deal)), "target[0].id");
}

TEST_F(Validation, ACreateMayAskForNewOrActiveOnly) {
  const auto with = [this](const char* status, const char* substatus) {
    auto deal = json::parse(private_deal).as_object();
    deal["status"] = status;
    deal["substatus"] = substatus;
    return refused(json::serialize(deal));
  };
  EXPECT_EQ(with("New", "Pending"), "");
  EXPECT_EQ(with("New", "Received"), "");
  EXPECT_EQ(with("New", "Accepted"), "");
  EXPECT_EQ(with("Active", "Accepted"), "");
  EXPECT_NE(with("Active", "Pending"), "");
  EXPECT_NE(with("Closed", "Won"), "");
  EXPECT_NE(with("Bogus", "Won"), "");
}

TEST_F(Validation, UnknownMembersAreNotKeptButNamed) {
  auto deal = json::parse(private_deal);
  deal.at("team").at(0).as_object()["emailAddress"] = "x";
  deal.as_object()["priority"] = 1;
  ASSERT_EQ(refused(json::serialize(deal)), "");
  EXPECT_EQ(draft_.ignored, (std::vector<std::string>{"team[0].emailAddress", "priority"}));
  EXPECT_FALSE(kept().contains("priority"));
  EXPECT_FALSE(kept()["team"].at(0).as_object().contains("emailAddress"));
}

TEST_F(Validation, TheServicesOwnMembersAreNotTakenFromAClient) {
  auto deal = json::parse(private_deal).as_object();
  deal["id"] = "mine";
  deal["organizationId"] = "mine";
  deal["eTag"] = 5;
  ASSERT_EQ(refused(json::serialize(deal)), "");
  EXPECT_FALSE(kept().contains("id"));
  EXPECT_FALSE(kept().contains("eTag"));
  EXPECT_TRUE(draft_.ignored.empty());
}

TEST_F(Validation, NamesAreBoundInAnyCaseAndKeptAsDocumented) {
  auto deal = json::parse(private_deal);
  auto& consent = deal.at("consent").as_object();
  consent.erase("consentToContact");
  consent["ConsentToContact"] = true;
  ASSERT_EQ(refused(json::serialize(deal)), "");
  EXPECT_TRUE(kept()["consent"].as_object().contains("consentToContact"));
}

TEST_F(Validation, AtMostFiftySolutionsAndTeamMembers) {
  auto deal = json::parse(private_deal);
  json::array team(50, json::parse(R"({"firstName":"Sam"})"));
  deal.as_object()["team"] = team;
  EXPECT_EQ(refused(json::serialize(deal)), "");
  team.push_back(team.front());
  deal.as_object()["team"] = team;
  EXPECT_EQ(refused(json::serialize(deal)), "team");
}

TEST_F(Validation, DeepNestingIsRefusedWithoutHarm) {
  const std::string deep(5000, '[');
  EXPECT_EQ(refused("{\"tags\":" + deep), "referral");
}

}  // namespace
}  // namespace referrald::simulator
