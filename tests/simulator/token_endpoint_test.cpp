#include <gmock/gmock.h>

#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* v1 = "/common/oauth2/token";
constexpr const char* v1_form =
    "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token"
    "&resource=https%3A%2F%2Fapi.partner.microsoft.com&scope=openid";

class TokenTest : public ServiceTest {
 protected:
  static void expect_error(const Told& told, unsigned status, const std::string& error, int code) {
    EXPECT_EQ(told.status, status) << told.body;
    EXPECT_EQ(told.text("/error"), error);
    EXPECT_EQ(told.json().at_pointer("/error_codes/0").to_number<int>(), code);
    EXPECT_THAT(told.text("/error_description"), StartsWith(fmt::format("AADSTS{}: ", code)));
  }
  std::string device_code() {
    Asked asked{"POST", "/contoso/oauth2/v2.0/devicecode",
                "client_id=app&scope=https://api.partner.microsoft.com/.default%20offline_access"};
    asked.content_type = "application/x-www-form-urlencoded";
    const auto told = ask_as("", asked);
    EXPECT_EQ(told.status, 200U) << told.body;
    EXPECT_EQ(told.json().at("expires_in").to_number<int>(), 900);
    EXPECT_THAT(told.text("/message"), HasSubstr(told.text("/user_code")));
    return told.text("/device_code");
  }
  Told poll(const std::string& code) {
    clock_.advance(std::chrono::seconds{5});
    return grant(
        "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=app&device_code=" +
        code);
  }
};

TEST_F(TokenTest, V2AnswersNumbersAndARotatedRefreshToken) {
  const auto told = refresh("simulator-refresh-token");
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/token_type"), "Bearer");
  EXPECT_EQ(told.json().at("expires_in"), boost::json::value(3600));
  EXPECT_NE(told.text("/refresh_token"), "simulator-refresh-token");
  EXPECT_EQ(refresh(told.text("/refresh_token")).status, 200U);
}

TEST_F(TokenTest, V1AnswersNumbersInStringsAndNeedsTheResource) {
  const auto told = grant(v1_form, v1);
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/expires_in"), "3600");
  EXPECT_EQ(told.text("/expires_on"), "1767229200");
  EXPECT_EQ(told.text("/resource"), api_audience);
  EXPECT_EQ(told.text("/scope"), "user_impersonation");
  EXPECT_FALSE(told.text("/id_token").empty());
  EXPECT_EQ(ask_as(told.text("/access_token"), {"GET", referrals_path}).status, 200U);
  const std::string form = v1_form;
  expect_error(grant(form.substr(0, form.find("&resource")), v1), 400, "invalid_resource", 500011);
}

TEST_F(TokenTest, V2AnswersStringsWhenSwitchedSo) {
  settings_.token_v1_numbers = true;
  EXPECT_EQ(refresh("simulator-refresh-token").text("/expires_in"), "3600");
}

TEST_F(TokenTest, WithoutOfflineAccessThereIsNoRefreshToken) {
  const auto told = grant(
      "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token"
      "&scope=https://api.partner.microsoft.com/.default");
  EXPECT_FALSE(told.json().as_object().contains("refresh_token"));
}

TEST_F(TokenTest, UnknownRefreshTokensAreRefused) {
  for (const char* token : {"other", "simulator-refresh-token.x",
                            "simulator-refresh-token.0123456789abcdef.0123456789abcdef"}) {
    expect_error(refresh(token), 400, "invalid_grant", 700082);
  }
}

TEST_F(TokenTest, ASuccessorIsKnownToALaterSimulator) {
  const auto next = refresh("simulator-refresh-token").text("/refresh_token");
  Service later(settings_, faults_, clock_, 99);
  Request request;
  request.method = "POST";
  request.target = "/contoso/oauth2/v2.0/token";
  request.content_type = "application/x-www-form-urlencoded";
  request.body = "grant_type=refresh_token&client_id=app&refresh_token=" + next;
  Answer answer;
  later.answer(request, answer);
  EXPECT_EQ(answer.status, 200U) << answer.body;
}

TEST_F(TokenTest, AReplacedTokenIsStillGoodUnlessRefused) {
  refresh("simulator-refresh-token");
  EXPECT_EQ(refresh("simulator-refresh-token").status, 200U);
}

TEST_F(TokenTest, AReplacedTokenIsRefusedWhenSwitchedSo) {
  settings_.refuse_old_refresh_token = true;
  const auto next = refresh("simulator-refresh-token").text("/refresh_token");
  expect_error(refresh("simulator-refresh-token"), 400, "invalid_grant", 50173);
  EXPECT_EQ(refresh(next).status, 200U);
}

TEST_F(TokenTest, WithoutRotationTheTokenStays) {
  settings_.rotate_refresh_token = false;
  settings_.refuse_old_refresh_token = true;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(refresh("simulator-refresh-token").text("/refresh_token"), "simulator-refresh-token");
  }
}

TEST_F(TokenTest, ARefreshTokenExpiresNinetyDaysAfterItsLastUse) {
  const auto next = refresh("simulator-refresh-token").text("/refresh_token");
  clock_.advance(std::chrono::hours{90 * 24});
  expect_error(refresh(next), 400, "invalid_grant", 700082);
}

TEST_F(TokenTest, TheRoleIsLostForAllDescendantsOfNoRole) {
  const auto next = refresh("no-role").text("/refresh_token");
  EXPECT_EQ(ask_as(sign_in(next), {"GET", referrals_path}).status, 403U);
}

TEST_F(TokenTest, ASecretIsComparedWhenThereIsOne) {
  settings_.client_secret = "s3cret&";
  const std::string form =
      "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token";
  expect_error(grant(form), 401, "invalid_client", 7000218);
  expect_error(grant(form + "&client_secret=wrong"), 401, "invalid_client", 7000215);
  EXPECT_EQ(grant(form + "&client_secret=s3cret%26").status, 200U);
}

TEST_F(TokenTest, TheClientIsComparedWhenThereIsOne) {
  settings_.client_id = "mine";
  expect_error(refresh("simulator-refresh-token"), 400, "unauthorized_client", 700016);
}

TEST_F(TokenTest, WrongRequestsAreTold) {
  const std::string form =
      "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token";
  expect_error(grant("grant_type=password&client_id=app"), 400, "unsupported_grant_type", 70003);
  expect_error(grant("grant_type=refresh_token"), 400, "invalid_request", 900144);
  expect_error(grant("grant_type=refresh_token&client_id=app"), 400, "invalid_request", 900144);
  expect_error(grant(form + "&scope=nonsense"), 400, "invalid_scope", 70011);
  expect_error(grant(form + "&resource=x"), 400, "invalid_request", 9010010);
  expect_error(ask_as("", {"GET", "/contoso/oauth2/v2.0/token"}), 405, "invalid_request", 900561);
  expect_error(ask_as("", {"POST", "/contoso/oauth2/v2.0/token", "{}"}), 400, "invalid_request",
               900144);
}

TEST_F(TokenTest, ADeviceCodeIsPendingThenApproved) {
  const auto code = device_code();
  expect_error(poll(code), 400, "authorization_pending", 70016);
  const auto told = poll(code);
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(ask_as(told.text("/access_token"), {"GET", referrals_path}).status, 200U);
  EXPECT_EQ(refresh(told.text("/refresh_token")).status, 200U);
  expect_error(poll(code), 400, "bad_verification_code", 70018);
}

TEST_F(TokenTest, VersionOneGivesADeviceCodeInItsOwnWords) {
  Asked asked{"POST", "/contoso/oauth2/devicecode",
              "client_id=app&resource=https://api.partner.microsoft.com"};
  asked.content_type = "application/x-www-form-urlencoded";
  const auto code = ask_as("", asked);
  ASSERT_EQ(code.status, 200U) << code.body;
  EXPECT_EQ(code.text("/expires_in"), "900");
  EXPECT_EQ(code.text("/interval"), "5");
  EXPECT_EQ(code.text("/verification_url"), "https://microsoft.com/devicelogin");
  settings_.device_pending = 0;
  const auto told =
      grant("grant_type=device_code&client_id=app&code=" + code.text("/device_code"), v1);
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/expires_in"), "3600");
  EXPECT_EQ(ask_as(told.text("/access_token"), {"GET", referrals_path}).status, 200U);
  EXPECT_FALSE(told.text("/id_token").empty());

  asked.body = "client_id=app";
  expect_error(ask_as("", asked), 400, "invalid_resource", 500011);
}

TEST_F(TokenTest, ARefreshGrantMayAnswerWithoutARefreshToken) {
  settings_.omit_refresh_token = true;
  EXPECT_FALSE(refresh("simulator-refresh-token").json().as_object().contains("refresh_token"));
  EXPECT_FALSE(grant(v1_form, v1).json().as_object().contains("refresh_token"));
}

TEST_F(TokenTest, ADeviceCodeCanBeDeclined) {
  settings_.device_outcome = Settings::DeviceOutcome::decline;
  settings_.device_pending = 0;
  expect_error(poll(device_code()), 400, "authorization_declined", 70019);
}

TEST_F(TokenTest, ADeviceCodeExpires) {
  settings_.device_outcome = Settings::DeviceOutcome::never;
  const auto code = device_code();
  expect_error(poll(code), 400, "authorization_pending", 70016);
  clock_.advance(std::chrono::minutes{15});
  expect_error(poll(code), 400, "expired_token", 70020);
}

TEST_F(TokenTest, PollingTooOftenIsToldToSlowDown) {
  const auto code = device_code();
  poll(code);
  const auto form =
      "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=app&device_code=" + code;
  clock_.advance(std::chrono::seconds{4});
  expect_error(grant(form), 400, "slow_down", 70017);
  clock_.advance(std::chrono::milliseconds{4950});
  EXPECT_EQ(grant(form).status, 200U);
}

}  // namespace
}  // namespace referrald::simulator
