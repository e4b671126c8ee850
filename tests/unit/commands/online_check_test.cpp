#include "daemon/commands/online_check.hpp"

#include <deque>

#include <gmock/gmock.h>

#include "daemon/submission/rate_limit.hpp"
#include "tests/support/scripted_transport.hpp"
#include "tests/support/virtual_clock.hpp"
#include "tests/unit/submission/scripted_random.hpp"

namespace referrald::commands {
namespace {

using submission::Exchange;
using submission::TokenResult;
using test::answered;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* url = "https://api.example";

TokenResult token(std::string text) {
  TokenResult result;
  result.access_token = std::move(text);
  return result;
}

class QueuedTokens final : public submission::TokenSource {
 public:
  boost::asio::awaitable<TokenResult> get() override {
    TokenResult result = results.front();
    if (results.size() > 1) results.pop_front();
    co_return result;
  }
  void reject(const std::string& access_token) override { rejected.push_back(access_token); }
  void stop() override {}

  std::deque<TokenResult> results{token("first")};
  std::vector<std::string> rejected;
};

class OnlineCheck : public testing::Test {
 protected:
  OnlineCheck() { settings_.retry.attempts = 1; }

  Online ask(std::uint64_t used_today = 0) {
    submission::RateLimiter limiter({}, 1, settings_.daily_budget, used_today, clock_);
    submission::Client client(transport_, tokens_, limiter, clock_, random_, settings_);
    return test::await(io_, clock_, probe(client, url));
  }

  config::Submission settings_;
  test::ScriptedRandom random_;
  boost::asio::io_context io_;
  test::VirtualClock clock_;
  test::ScriptedTransport transport_{clock_};
  QueuedTokens tokens_;
};

TEST_F(OnlineCheck, ReadsOnePageAndSaysWhomItReached) {
  transport_.then(answered(200, R"({"value":[{"id":"1","status":"New"}]})"));
  const Online online = ask();
  EXPECT_EQ(online.exit, Exit::ok);
  EXPECT_EQ(online.sentence,
            "https://api.example answers and accepts the sign-in; referrals can "
            "be read");
  ASSERT_EQ(transport_.asked().size(), 1U);
  EXPECT_EQ(transport_.last().method, "GET");
  EXPECT_EQ(transport_.last().target,
            "/v1.0/engagements/referrals?$orderby=createdDateTime%20desc");
  ASSERT_NE(test::header(transport_.last(), "Authorization"), nullptr);
  EXPECT_EQ(*test::header(transport_.last(), "Authorization"), "Bearer first");
  EXPECT_NE(test::header(transport_.last(), "client-request-id"), nullptr);
}

TEST_F(OnlineCheck, ABudgetThatIsUsedUpIsKept) {
  settings_.daily_budget = 3;
  const Online online = ask(3);
  EXPECT_EQ(online.exit, Exit::stopped);
  EXPECT_THAT(online.sentence, HasSubstr("daily budget"));
  EXPECT_TRUE(transport_.asked().empty());
}

TEST_F(OnlineCheck, AnEmptyTenantIsFine) {
  transport_.then(answered(200, R"({"value":[]})"));
  const Online online = ask();
  EXPECT_EQ(online.exit, Exit::ok);
  EXPECT_THAT(online.sentence, HasSubstr("no referral yet"));
}

TEST_F(OnlineCheck, WithoutATokenNothingIsAsked) {
  TokenResult none;
  none.kind = TokenResult::Kind::not_authorised;
  none.error = "no refresh token: run `referrald login`";
  tokens_.results = {none};
  const Online online = ask();
  EXPECT_EQ(online.exit, Exit::not_authorised);
  EXPECT_EQ(online.sentence, none.error);
  EXPECT_TRUE(transport_.asked().empty());
}

TEST_F(OnlineCheck, TheTokenServicesTroubleHasItsOwnExitCodes) {
  TokenResult away;
  away.kind = TokenResult::Kind::unavailable;
  tokens_.results = {away};
  EXPECT_EQ(ask().exit, Exit::unavailable);
  away.kind = TokenResult::Kind::cannot_store;
  tokens_.results = {away};
  EXPECT_EQ(ask().exit, Exit::cannot_write);
}

TEST_F(OnlineCheck, ATokenThatEndedEarlyIsRenewedOnce) {
  tokens_.results = {token("first"), token("second")};
  transport_.then(answered(401));
  transport_.then(answered(200, R"({"value":[]})"));
  EXPECT_EQ(ask().exit, Exit::ok);
  EXPECT_THAT(tokens_.rejected, ElementsAre("first"));
  EXPECT_EQ(*test::header(transport_.last(), "Authorization"), "Bearer second");
}

TEST_F(OnlineCheck, ASecond401IsNotAuthorised) {
  transport_.then(answered(401));
  transport_.then(answered(401));
  const Online online = ask();
  EXPECT_EQ(online.exit, Exit::not_authorised);
  EXPECT_THAT(online.sentence, HasSubstr("referrald login"));
  EXPECT_EQ(transport_.asked().size(), 2U);
}

TEST_F(OnlineCheck, NoSentenceHoldsAToken) {
  tokens_.results = {token("s3cret")};
  for (const int status : {400, 401, 403, 404, 429, 500}) {
    transport_.otherwise([status](const auto&) { return answered(status, "s3cret"); });
    EXPECT_THAT(ask().sentence, testing::Not(HasSubstr("s3cret")));
  }
}

TEST(OnlineVerdict, FollowsTheStatus) {
  submission::Response denied;
  denied.status = 403;
  denied.request_id = "r-1";
  EXPECT_EQ(judge(answered(denied), url).exit, Exit::not_authorised);
  EXPECT_THAT(judge(answered(denied), url).sentence,
              testing::AllOf(HasSubstr("Referrals admin"), HasSubstr("request id r-1")));
  EXPECT_EQ(judge(answered(404), url).exit, Exit::unavailable);
  EXPECT_THAT(judge(answered(404), url).sentence,
              testing::AllOf(HasSubstr("partner_center.url"), testing::Not(HasSubstr("row"))));
  // What a create may be refused for is no advice on a read.
  EXPECT_THAT(judge(answered(400), url).sentence,
              testing::AllOf(HasSubstr("partner_center.url"), testing::Not(HasSubstr("country"))));
  EXPECT_EQ(judge(answered(429), url).exit, Exit::unavailable);
  EXPECT_EQ(judge(answered(503), url).exit, Exit::unavailable);
  EXPECT_EQ(judge(answered(200, "<html>sign in to the guest Wi-Fi"), url).exit, Exit::unavailable);
  EXPECT_THAT(judge(answered(200, "<html>"), url).sentence, HasSubstr("proxy"));
}

TEST(OnlineVerdict, SaysWhyNobodyWasReached) {
  const Online refused = judge(
      test::not_sent(Exchange::Trouble::connect, "connect to 127.0.0.1:1: connection refused"),
      url);
  EXPECT_EQ(refused.exit, Exit::unavailable);
  EXPECT_EQ(refused.sentence,
            "https://api.example cannot be reached: connect to 127.0.0.1:1: connection refused. "
            "Check partner_center.url, this machine's network, and a firewall or proxy in "
            "between.");
  const Online tls = judge(test::not_sent(Exchange::Trouble::tls, "certificate expired"), url);
  EXPECT_EQ(tls.exit, Exit::unavailable);
  EXPECT_THAT(tls.sentence, HasSubstr("partner_center.ca_file"));
  EXPECT_THAT(tls.sentence, HasSubstr("partner_center.url names the right host"));
  const Online proxy = judge(test::not_sent(Exchange::Trouble::proxy, "the proxy refuses"), url);
  EXPECT_EQ(proxy.exit, Exit::unavailable);
  EXPECT_EQ(proxy.sentence, "https://api.example cannot be reached: the proxy refuses.");
  EXPECT_EQ(judge(test::unknown(Exchange::Trouble::timeout), url).exit, Exit::unavailable);
}

}  // namespace
}  // namespace referrald::commands
