// Create, get, patch and put: reference, section 11, points 2 to 5 and 7.
#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class ApiTest : public ServiceTest {
 protected:
  // The id of a new own referral.
  std::string created(const std::string& external_id = "crm-1") {
    const auto told = create(own_referral(external_id));
    EXPECT_EQ(told.status, 201U) << told.body;
    return told.text("/id");
  }
  Told patch(const std::string& id, const std::string& operations, const std::string& match = "") {
    Asked asked = patch_of(id, operations);
    asked.if_match = match;
    asked.prefer = "return=representation";
    return ask(asked);
  }
  static void expect_refused(const Told& told, unsigned status, const std::string& code,
                             const std::string& target) {
    EXPECT_EQ(told.status, status) << told.body;
    EXPECT_EQ(told.text("/error/code"), code);
    EXPECT_EQ(told.text("/error/target"), target);
  }
};

TEST_F(ApiTest, ACreateSetsTheServicesMembers) {
  const auto told = create(own_referral("crm-1"));
  ASSERT_EQ(told.status, 201U) << told.body;
  EXPECT_TRUE(parse_guid(told.text("/id")));
  EXPECT_TRUE(parse_guid(told.text("/engagementId")));
  EXPECT_FALSE(told.text("/organizationId").empty());
  EXPECT_EQ(told.text("/createdDateTime"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(told.text("/acceptedDateTime"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(told.text("/status"), "Active");
  EXPECT_EQ(told.text("/substatus"), "Accepted");
  EXPECT_EQ(told.text("/direction"), "Outgoing");
  EXPECT_EQ(told.text("/externalReferenceId"), "crm-1");
  EXPECT_EQ(told.text("/links/self/uri"),
            "http://127.0.0.1/v1.0/engagements/referrals/" + told.text("/id"));
  EXPECT_THAT(told.headers, HasSubstr("request-id: "));
}

TEST_F(ApiTest, TheEtagHasItsQuotesAndTheSecondOfTheLastChange) {
  const auto told = create(own_referral("crm-1"));
  EXPECT_THAT(told.text("/eTag"), MatchesRegex("\"[0-9a-f]{8}-0000-0100-0000-6955b9000000\""));
  EXPECT_THAT(told.headers, HasSubstr("ETag: " + told.text("/eTag") + "\r\n"));
}

TEST_F(ApiTest, TheSameBodyTwiceIsTwoReferrals) {
  EXPECT_NE(created("same"), created("same"));
  EXPECT_EQ(admin("GET", "state").json().at("duplicate_external_reference_ids").to_number<int>(),
            1);
}

TEST_F(ApiTest, ARepeatedMsRequestIdReplaysOnlyWhenSwitchedOn) {
  settings_.replay_ms_request_id = true;
  Asked asked{"POST", referrals_path, own_referral("same")};
  asked.ms_request_id = "one";
  const auto first = ask(asked);
  EXPECT_EQ(ask(asked).body, first.body);
  asked.ms_request_id = "two";
  EXPECT_NE(ask(asked).body, first.body);
}

TEST_F(ApiTest, MsRequestIdIsIgnoredByDefault) {
  Asked asked{"POST", referrals_path, own_referral("same")};
  asked.ms_request_id = "one";
  EXPECT_NE(ask(asked).text("/id"), ask(asked).text("/id"));
}

TEST_F(ApiTest, AConnectedReferralJoinsItsEngagementAndWaitsForMicrosoft) {
  const auto first = create(own_referral("crm-1"));
  const auto told = create(invitation(first.text("/engagementId")));
  ASSERT_EQ(told.status, 201U) << told.body;
  EXPECT_EQ(told.text("/engagementId"), first.text("/engagementId"));
  EXPECT_EQ(told.text("/status"), "New");
  EXPECT_EQ(told.text("/substatus"), "Pending");
  EXPECT_EQ(told.text("/expirationDateTime"), "2026-01-15T00:00:00.0000001Z");
}

TEST_F(ApiTest, AnUnknownEngagementIsNotFound) {
  const auto body = invitation("00000000-0000-4000-8000-000000000000");
  expect_refused(create(body), 404, "itemNotFound", "engagementId");
}

TEST_F(ApiTest, AnUnknownEngagementIsABadRequestWhenSwitchedSo) {
  settings_.engagement_unknown = 400;
  expect_refused(create(invitation("nonsense")), 400, "invalidRequest", "engagementId");
}

TEST_F(ApiTest, ContentMustBeJsonAndHaveALength) {
  Asked asked{"POST", referrals_path, own_referral("x")};
  asked.content_type = "application/json-patch+json";
  expect_refused(ask(asked), 415, "invalidRequest", "content-type");
  expect_refused(ask({"POST", referrals_path}), 411, "invalidRequest", "content-length");
}

TEST_F(ApiTest, CallersAreChecked) {
  const auto call = [this](const std::string& token) {
    return ask_as(token, {"GET", referrals_path});
  };
  expect_refused(call(""), 401, "unauthenticated", "authorization");
  expect_refused(call("made-up"), 401, "unauthenticated", "authorization");
  EXPECT_THAT(call("made-up").headers, HasSubstr("WWW-Authenticate: Bearer"));
  expect_refused(call(sign_in("no-role")), 403, "accessDenied", "referral");
  const auto graph = grant(
      "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token"
      "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default");
  expect_refused(call(graph.text("/access_token")), 401, "unauthenticated", "authorization");
  const auto token = sign_in();
  EXPECT_EQ(call(token).status, 200U);
  clock_.advance(std::chrono::seconds{3600});
  expect_refused(call(token), 401, "unauthenticated", "authorization");
}

TEST_F(ApiTest, AStrictServiceWantsTheRequestId) {
  settings_.strict_request_id = true;
  expect_refused(list(""), 400, "invalidRequest", "client-request-id");
  Asked asked{"GET", referrals_path};
  asked.client_request_id = "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11";
  const auto told = ask(asked);
  EXPECT_EQ(told.status, 200U);
  EXPECT_THAT(told.headers, HasSubstr("client-request-id: " + asked.client_request_id));
}

TEST_F(ApiTest, OtherRoutesAreNotFoundAndDeleteIsNotAllowed) {
  const auto id = created();
  expect_refused(ask({"GET", "/v1.0/engagements"}), 404, "itemNotFound", "path");
  expect_refused(ask({"GET", "/"}), 404, "itemNotFound", "path");
  expect_refused(ask({"DELETE", fmt::format("{}/{}", referrals_path, id)}), 405, "invalidRequest",
                 "method");
  expect_refused(ask({"PUT", referrals_path, "{}"}), 405, "invalidRequest", "method");
}

TEST_F(ApiTest, GetAnswersTheReferralOrNotFound) {
  const auto made = create(own_referral("crm-1"));
  EXPECT_EQ(get(made.text("/id")).body, made.body);
  expect_refused(get("7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11"), 404, "itemNotFound", "referral");
  expect_refused(get("nonsense"), 404, "itemNotFound", "referral");
}

TEST_F(ApiTest, LinksAreMisspelledOnDemand) {
  settings_.misspelled_links = true;
  EXPECT_THAT(create(own_referral("x")).text("/links/self/uri"), HasSubstr("/engagments/"));
}

TEST_F(ApiTest, APatchChangesWhatItNamesAndTheEtag) {
  const auto made = create(own_referral("crm-1"));
  clock_.advance(std::chrono::seconds{5});
  const auto told = patch(made.text("/id"), R"([
      {"op":"replace","path":"/details/dealValue","value":"10000"},
      {"op":"add","path":"/details/closingDateTime","value":"2026-05-01T00:00:00Z"},
      {"op":"add","path":"/team/-","value":{"email":"new@example.com"}}])");
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.json().at_pointer("/details/dealValue"), json::value(10000));
  EXPECT_EQ(told.text("/team/1/email"), "new@example.com");
  EXPECT_EQ(told.text("/details/notes"), "n");
  EXPECT_EQ(told.text("/createdDateTime"), made.text("/createdDateTime"));
  EXPECT_EQ(told.text("/updatedDateTime"), "2026-01-01T00:00:05Z");
  EXPECT_NE(told.text("/eTag"), made.text("/eTag"));
  EXPECT_EQ(get(made.text("/id")).body, told.body);
}

TEST_F(ApiTest, APatchAnswersNothingUnlessAsked) {
  const auto told =
      ask(patch_of(created(), R"([{"op":"replace","path":"/details/notes","value":"m"}])"));
  EXPECT_EQ(told.status, 204U);
  EXPECT_EQ(told.body, "");
  EXPECT_THAT(told.headers, HasSubstr("request-id: "));
}

TEST_F(ApiTest, APatchWithAStaleEtagIsRefused) {
  const auto made = create(own_referral("crm-1"));
  const std::string notes = R"([{"op":"replace","path":"/details/notes","value":"m"}])";
  EXPECT_EQ(patch(made.text("/id"), notes, made.text("/eTag")).status, 200U);
  expect_refused(patch(made.text("/id"), notes, made.text("/eTag")), 412, "preconditionFailed",
                 "if-match");
  const auto now = get(made.text("/id")).text("/eTag");
  expect_refused(patch(made.text("/id"), notes, now.substr(1, now.size() - 2)), 412,
                 "preconditionFailed", "if-match");
  EXPECT_EQ(patch(made.text("/id"), notes, "*").status, 200U);
}

TEST_F(ApiTest, APatchThatCannotBeIsRefusedWhole) {
  const auto id = created();
  const auto before = get(id).body;
  const std::pair<const char*, const char*> bad[] = {
      {R"({"op":"remove","path":"/details/notes"})", "/details/notes"},
      {R"({"op":"test","path":"/name","value":"x"})", "/name"},
      {R"({"op":"replace","path":"/details/closingDateTime","value":"2026-05-01T00:00:00Z"})",
       "/details/closingDateTime"},
      {R"({"op":"add","path":"/team/7","value":{}})", "/team/7"},
      {R"({"op":"replace","path":"/team/-","value":{}})", "/team/-"},
      {R"({"op":"replace","path":"/customerProfile/name","value":"x"})", "/customerProfile/name"},
      {R"({"op":"replace","path":"/consent/consentToContact","value":true})",
       "/consent/consentToContact"},
      {R"({"op":"replace","path":"/type","value":"Shared"})", "/type"},
      {R"({"op":"replace","path":"/id","value":"x"})", "/id"},
      {R"({"op":"add","path":"/nothing","value":"x"})", "/nothing"},
      {R"({"op":"add","path":"/details/nothing","value":"x"})", "details.nothing"},
      {R"({"op":"replace","path":"/details/currency","value":"EURO"})", "details.currency"},
      {R"({"op":"replace","path":"","value":{}})", ""},
      {R"({"op":"replace","path":"/name"})", "/name"},
      {R"(5)", "referral"},
  };
  for (const auto& [operation, target] : bad) {
    const auto told = patch(
        id, fmt::format(R"([{{"op":"replace","path":"/name","value":"new"}},{}])", operation));
    expect_refused(told, 400, "invalidRequest", target);
  }
  expect_refused(patch(id, "{}"), 400, "invalidRequest", "referral");
  expect_refused(patch(id, "[nonsense"), 400, "invalidRequest", "referral");
  EXPECT_EQ(get(id).body, before);
}

TEST_F(ApiTest, ClosingTakesStatusAndSubstatusAndFreezes) {
  const auto id = created();
  expect_refused(patch(id, R"([{"op":"replace","path":"/status","value":"Closed"}])"), 400,
                 "invalidRequest", "substatus");
  const auto told = patch(id, R"([{"op":"replace","path":"/status","value":"Closed"},
                                  {"op":"replace","path":"/substatus","value":"Won"}])");
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/substatus"), "Won");
  EXPECT_EQ(told.text("/closedDateTime"), told.text("/updatedDateTime"));
  expect_refused(patch(id, R"([{"op":"replace","path":"/details/notes","value":"m"}])"), 400,
                 "invalidRequest", "status");
}

TEST_F(ApiTest, AnActiveReferralDoesNotBecomeNewAgain) {
  expect_refused(patch(created(), R"([{"op":"replace","path":"/status","value":"New"},
                                      {"op":"replace","path":"/substatus","value":"Pending"}])"),
                 400, "invalidRequest", "status");
}

class PutTest : public ApiTest {
 protected:
  Told put(const json::object& referral, const std::string& match) {
    Asked asked{"PUT", fmt::format("{}/{}", referrals_path, id_), json::serialize(referral)};
    asked.if_match = match;
    return ask(asked);
  }
  json::object read() {
    if (id_.empty()) id_ = created();
    auto referral = get(id_).json().as_object();
    referral.erase("links");
    return referral;
  }
  static std::string etag(const json::object& referral) {
    return std::string{referral.at("eTag").as_string()};
  }
  std::string id_;
};

TEST_F(PutTest, ReplacesTheReferralAsItWasRead) {
  auto referral = read();
  referral["externalReferenceId"] = "crm-2";
  const auto told = put(referral, etag(referral));
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/externalReferenceId"), "crm-2");
  EXPECT_EQ(told.text("/id"), id_);
  EXPECT_EQ(put(referral, etag(referral)).status, 412U);
}

TEST_F(PutTest, NeedsIfMatch) {
  expect_refused(put(read(), ""), 400, "invalidRequest", "if-match");
  settings_.put_without_if_match = 412;
  expect_refused(put(read(), ""), 412, "preconditionFailed", "if-match");
}

TEST_F(PutTest, RefusesLinksOtherIdsAndChangedFrozenMembers) {
  const auto referral = read();
  auto linked = referral;
  linked["links"] = json::object{};
  expect_refused(put(linked, etag(referral)), 400, "invalidRequest", "links");
  auto other = referral;
  other["id"] = "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11";
  expect_refused(put(other, etag(referral)), 400, "invalidRequest", "id");
  auto untagged = referral;
  untagged.erase("eTag");
  expect_refused(put(untagged, etag(referral)), 400, "invalidRequest", "eTag");
  auto moved = referral;
  moved["customerProfile"].at("address").as_object()["city"] = "Berlin";
  expect_refused(put(moved, etag(referral)), 400, "invalidRequest", "customerProfile");
}

TEST_F(ApiTest, MembersUnknownToTheServiceAreCounted) {
  create(own_referral("x", R"(,"priority":1)"));
  EXPECT_EQ(admin("GET", "state").json().at("ignored_members").at("priority").to_number<int>(), 1);
}

TEST_F(ApiTest, MessagesAreAlwaysValidJsonText) {
  const auto told = list("$orderby=%ff%22%0a");
  EXPECT_EQ(told.status, 400U);
  EXPECT_THAT(told.text("/error/message"), Not(HasSubstr("\xff")));
}

}  // namespace
}  // namespace referrald::simulator
