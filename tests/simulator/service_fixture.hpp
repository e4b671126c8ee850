// A service without sockets, and words for asking it.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/simulator/service.hpp"

namespace referrald::simulator {

struct Asked {
  std::string method = "GET";
  std::string target;
  std::string body = {};
  std::string if_match = {};
  std::string prefer = {};
  std::string fault = {};
  std::string content_type = "application/json";
  std::string client_request_id = {};
  std::string ms_request_id = {};
};

struct Told {
  unsigned status = 0;
  std::string headers;
  std::string body;
  Outcome outcome;

  boost::json::value json() const { return boost::json::parse(body); }
  std::string text(const char* pointer) const {
    return std::string{json().at_pointer(pointer).as_string()};
  }
};

inline constexpr const char* referrals_path = "/v1.0/engagements/referrals";

inline std::string own_referral(const std::string& external_id, const std::string& more = "") {
  return fmt::format(
      R"({{"name":"Storage renewal","externalReferenceId":"{}","type":"Independent",)"
      R"("qualification":"SalesQualified","customerProfile":{{"name":"Fabrikam GmbH",)"
      R"("address":{{"addressLine1":"Street 1","city":"Munich","country":"DE"}}}},)"
      R"("consent":{{"consentToToShareInfoWithOthers":true,"consentToContact":true}},)"
      R"("details":{{"notes":"n","dealValue":5,"currency":"EUR"}},)"
      R"("team":[{{"email":"sam@example.com"}}]{}}})",
      external_id, more);
}

inline std::string invitation(const std::string& engagement) {
  return fmt::format(
      R"({{"engagementId":"{}","type":"Shared",)"
      R"("target":[{{"type":"BusinessProfileLocation","id":"msft"}}],"customerProfile":{{}},)"
      R"("consent":{{"consentToToShareInfoWithOthers":true,"consentToContact":true}},)"
      R"("details":{{}}}})",
      engagement);
}

// 2026-01-01T00:00:00Z, standing still.
class ServiceTest : public testing::Test {
 protected:
  // Settings and faults may be changed before the first request.
  Service& service() {
    if (!service_) service_ = std::make_unique<Service>(settings_, faults_, clock_, 42);
    return *service_;
  }

  Told ask(const Asked& asked) {
    if (token_.empty()) token_ = sign_in();
    return ask_as(token_, asked);
  }
  Told ask_as(const std::string& token, const Asked& asked) {
    Request request;
    request.method = asked.method;
    request.target = asked.target;
    request.body = asked.body;
    request.has_length = !asked.body.empty();
    request.content_type = asked.body.empty() ? "" : asked.content_type;
    request.authorization = token.empty() ? "" : "Bearer " + token;
    request.if_match = asked.if_match;
    request.prefer = asked.prefer;
    request.fault = asked.fault;
    request.client_request_id = asked.client_request_id;
    request.ms_request_id = asked.ms_request_id;
    Answer answer;
    const Outcome outcome = service().answer(request, answer);
    return {answer.status, answer.headers, answer.body, outcome};
  }

  Told grant(const std::string& form, const std::string& path = "/contoso/oauth2/v2.0/token") {
    Asked asked{"POST", path, form};
    asked.content_type = "application/x-www-form-urlencoded";
    return ask_as("", asked);
  }
  Told refresh(const std::string& refresh_token) {
    return grant("grant_type=refresh_token&client_id=app&refresh_token=" + refresh_token +
                 "&scope=https%3A%2F%2Fapi.partner.microsoft.com%2F.default+offline_access");
  }
  std::string sign_in(const std::string& refresh_token = "simulator-refresh-token") {
    return refresh(refresh_token).text("/access_token");
  }

  Told create(const std::string& body) { return ask({"POST", referrals_path, body}); }
  Told list(const std::string& query) {
    return ask({"GET", fmt::format("{}{}{}", referrals_path, query.empty() ? "" : "?", query)});
  }
  Told get(const std::string& id) { return ask({"GET", fmt::format("{}/{}", referrals_path, id)}); }
  Asked patch_of(const std::string& id, const std::string& operations) {
    return {"PATCH", fmt::format("{}/{}", referrals_path, id), operations};
  }
  Told admin(const std::string& method, const std::string& route, const std::string& body = "") {
    return ask_as("", {method, "/__simulator/" + route, body});
  }

  // The externalReferenceIds of a list's page, in its order.
  static std::vector<std::string> external_ids(const Told& page) {
    std::vector<std::string> ids;
    const auto list = page.json();
    for (const auto& item : list.at("value").as_array()) {
      ids.emplace_back(item.at("externalReferenceId").as_string());
    }
    return ids;
  }
  static std::string skiptoken(const Told& page) {
    const auto link = page.text("/@odata.nextLink");
    return link.substr(link.find("$skiptoken="));
  }

  Settings settings_;
  FaultSettings faults_;
  ManualClock clock_{*parse_time("2026-01-01T00:00:00Z")};

 private:
  std::unique_ptr<Service> service_;
  std::string token_;
};

}  // namespace referrald::simulator
