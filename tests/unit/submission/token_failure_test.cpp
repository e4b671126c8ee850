// What the token source says and does when there is no access token to be had.
#include <optional>
#include <string>

#include "daemon/spawn.hpp"
#include "tests/unit/submission/token_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Exchange;
using submission::Request;
using submission::Response;
using GrantKind = TokenResult::Kind;
using Trouble = Exchange::Trouble;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Token = TokenTest;

struct Refusal {
  const char* name;
  int status;
  const char* error;
  const char* code;
  const char* words;
  const char* remedy;
};

class RefusedToken : public Token, public testing::WithParamInterface<Refusal> {};

TEST_P(RefusedToken, SaysWhyAndWhatToDoAndIsNotAskedForAgain) {
  const Refusal& refusal = GetParam();
  transport_.otherwise([&](const Request&) {
    return answered(refusal.status, oauth_error(refusal.error, refusal.code));
  });
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, AllOf(HasSubstr(refusal.words), HasSubstr(refusal.remedy),
                                  HasSubstr(std::string("AADSTS") + refusal.code)));
  EXPECT_THAT(result.error, AllOf(Not(HasSubstr("someone@")), Not(HasSubstr("Trace"))));
  EXPECT_EQ(asked(), 1U);
  get();  // one of many callers, right after
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(content(file_), "refresh-0\n");
}

INSTANTIATE_TEST_SUITE_P(
    ByTheService, RefusedToken,
    testing::Values(
        Refusal{"Expired", 400, "invalid_grant", "700082", "expired", "referrald login"},
        Refusal{"Revoked", 400, "invalid_grant", "50173", "revoked", "referrald login"},
        Refusal{"UnknownGrant", 400, "invalid_grant", "1", "refresh token is refused",
                "referrald login"},
        Refusal{"Interaction", 400, "interaction_required", "50076", "multifactor",
                "referrald login"},
        Refusal{"Consent", 400, "consent_required", "65001", "consent", "administrator"},
        Refusal{"WrongSecret", 401, "invalid_client", "7000215", "client secret is refused",
                "new client secret"},
        Refusal{"ExpiredSecret", 401, "invalid_client", "7000222", "expired", "new client secret"},
        Refusal{"UnknownClient", 400, "unauthorized_client", "700016", "not known in the tenant",
                "client_id"},
        Refusal{"Scope", 400, "invalid_scope", "70011", "scope", "permission"},
        Refusal{"Request", 400, "invalid_request", "900144", "request is refused", "client_id"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Token, AMissingClientSecretIsSaidToBeMissing) {
  auth_.client_secret.reset();
  service_answers(401, R"({"error":"invalid_client"})");
  EXPECT_THAT(get().error, HasSubstr("set partner_center.auth.client_secret"));
}

TEST_F(Token, AnErrorThatIsNoOAuthErrorPointsToTheAuthority) {
  for (const std::string body : {"<html>not here</html>", "", "{\"message\":\"no\"}", "[1]"}) {
    service_answers(404, body);
    const TokenResult result = get();
    EXPECT_EQ(result.kind, GrantKind::not_authorised) << body;
    EXPECT_THAT(result.error, AllOf(HasSubstr("404"), HasSubstr("partner_center.auth.authority")));
    clock_.advance(1min);
  }
}

TEST_F(Token, TheServicesWordsAreNotRepeatedWhereTheyCouldBeAnything) {
  service_answers(400, R"({"error":"refresh-0 is bad","error_description":"refresh-0"})");
  EXPECT_EQ(get().kind, GrantKind::not_authorised);  // get() looks for the token in the text
}

TEST_F(Token, IsTriedAgainWhenTheServiceIsInTrouble) {
  retry_.attempts = 10;
  for (const auto& exchange :
       {answered(429), answered(503),
        answered(400, oauth_error("temporarily_unavailable", "90033")), unknown(Trouble::closed),
        unknown(Trouble::timeout), not_sent(Trouble::connect), answered(200, "<html>"),
        answered(200, grant("two words"))}) {
    transport_.then(exchange);
  }
  service_answers(200, grant("access-1"));
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(asked(), 9U);
}

TEST_F(Token, BacksOffBetweenTriesAndThenGivesUp) {
  retry_.attempts = 5;
  transport_.otherwise([](const Request&) { return answered(503, "busy"); });
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::unavailable);
  EXPECT_FALSE(result.fatal);
  EXPECT_THAT(result.error, HasSubstr("503"));
  EXPECT_EQ(asked(), 5U);
  // Half of 1, 2, 4 and 8 seconds.
  EXPECT_EQ(clock_.elapsed(), 7500ms);
  get();
  EXPECT_EQ(asked(), 5U) << "the failure is remembered for a while";
  clock_.advance(30s);
  get();
  EXPECT_EQ(asked(), 10U);
}

TEST_F(Token, SaysWhereToLookWhenTheHostCannotBeReached) {
  retry_.attempts = 1;
  for (const auto trouble : {Trouble::resolve, Trouble::connect}) {
    transport_.then(not_sent(trouble, "connect to login.example.com: connection refused"));
    EXPECT_THAT(get().error,
                AllOf(HasSubstr("connection refused; check"),
                      HasSubstr("partner_center.auth.authority"), HasSubstr("firewall or proxy")));
    clock_.advance(31s);
  }
}

TEST_F(Token, HonoursRetryAfter) {
  Response busy;
  busy.status = 429;
  busy.retry_after = "57";
  transport_.then(answered(busy));
  service_answers(200, grant("access-1"));
  get();
  EXPECT_GE(clock_.elapsed(), 57s);
  EXPECT_LT(clock_.elapsed(), 60s);
}

TEST_F(Token, ARefusedCertificateIsFatalAtOnce) {
  transport_.then(not_sent(Trouble::tls, "the certificate of login.example.com has expired"));
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::unavailable);
  EXPECT_TRUE(result.fatal);
  EXPECT_THAT(result.error, AllOf(HasSubstr("has expired"), HasSubstr("partner_center.ca_file")));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(Token, AProxyThatRefusesIsFatalAtOnceAndNothingElseIsBlamed) {
  transport_.then(not_sent(Trouble::proxy, "the proxy p:3128 (HTTPS_PROXY) does not allow it"));
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::unavailable);
  EXPECT_TRUE(result.fatal);
  EXPECT_THAT(result.error, AllOf(HasSubstr("the proxy p:3128 (HTTPS_PROXY) does not allow it"),
                                  Not(HasSubstr("partner_center."))));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(Token, AHostNeverReachedIsTriedThreeTimesQuickly) {
  for (const Trouble trouble : {Trouble::connect, Trouble::resolve}) {
    source_.reset();
    const std::size_t before = asked();
    const auto began = clock_.elapsed();
    transport_.otherwise([=](const Request&) { return not_sent(trouble, "refused"); });
    EXPECT_EQ(get().kind, GrantKind::unavailable);
    EXPECT_EQ(asked() - before, 3U);
    EXPECT_LE(clock_.elapsed() - began, 2s);
  }
}

TEST_F(Token, AHostThatWasReachedIsTriedPatiently) {
  service_answers(200, grant("access-1"));
  get();
  source().reject("access-1");
  transport_.otherwise([](const Request&) { return not_sent(Trouble::connect, "refused"); });
  EXPECT_EQ(get().kind, GrantKind::unavailable);
  EXPECT_EQ(asked(), 1U + 8U);
}

TEST_F(Token, ThatStillLivesIsGoodWhileTheServiceIsAway) {
  service_answers(200, grant("access-1"));
  get();
  transport_.otherwise([](const Request&) { return answered(503); });
  clock_.advance(56min);
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(asked(), 2U) << "one try, no waiting";
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(asked(), 2U);
  clock_.advance(31s);
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(asked(), 3U);
  clock_.advance(4min);
  EXPECT_EQ(get().kind, GrantKind::unavailable) << "at its end it is good no more";
}

TEST_F(Token, ARefusalIsSaidEvenWhileTheOldOneLives) {
  service_answers(200, grant("access-1"));
  get();
  clock_.advance(56min);
  service_answers(400, oauth_error("invalid_grant", "50173"));
  EXPECT_EQ(get().kind, GrantKind::not_authorised);
}

TEST_F(Token, StopEndsTheWaitBetweenTries) {
  transport_.otherwise([](const Request&) { return answered(503); });
  std::optional<TokenResult> result;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    TokenResult got = co_await source().get();
    result = std::move(got);
  };
  spawn(io_.get_executor(), caller());
  run_ready(io_, clock_);
  ASSERT_FALSE(result);
  source().stop();
  run_ready(io_, clock_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kind, GrantKind::unavailable);
  EXPECT_EQ(clock_.elapsed(), 0s);
}

TEST_F(Token, StopDoesNotLoseARotationUnderWay) {
  transport_.then(answered(200, grant("access-1", "refresh-1")), 5s);
  std::optional<TokenResult> result;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    TokenResult got = co_await source().get();
    result = std::move(got);
  };
  spawn(io_.get_executor(), caller());
  run_ready(io_, clock_);
  source().stop();
  run_until_idle(io_, clock_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->access_token, "access-1");
  EXPECT_EQ(content(file_), "refresh-1");
}

}  // namespace
}  // namespace referrald::test
