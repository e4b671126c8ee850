#include "daemon/submission/client.hpp"

#include "daemon/submission/wire.hpp"
#include "tests/unit/submission/client_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Exchange;
using submission::Request;
using submission::TokenResult;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = submission::Answer::Kind;
using Trouble = submission::Exchange::Trouble;

// -- one request
// ------------------------------------------------------------------------------------

TEST_F(AClient, PostsAReferralWithTheHeadersThatTheApiWants) {
  transport_.then(answered(201, R"({"id":"a"})"));
  const Answer answer = create(R"({"name":"Storage"})");

  EXPECT_EQ(answer.kind, Kind::answered);
  EXPECT_EQ(answer.response.status, 201);
  EXPECT_EQ(answer.response.body, R"({"id":"a"})");
  const Request& request = transport_.last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1.0/engagements/referrals");
  EXPECT_EQ(request.body, R"({"name":"Storage"})");
  EXPECT_THAT(headers("Content-Type"), ElementsAre("application/json"));
  EXPECT_THAT(headers("Accept"), ElementsAre("application/json"));
  EXPECT_THAT(headers("Authorization"), ElementsAre("Bearer token-1"));
  EXPECT_THAT(headers("client-request-id"), ElementsAre(answer.client_request_id));
  EXPECT_EQ(transport_.asked().front().timeout, 30s);
  expect_counts(1, 0, 0);
}

TEST_F(AClient, GetsATargetWithoutABody) {
  transport_.then(answered(200, "{}"));
  const Answer answer = get("/v1.0/engagements/referrals?$top=1");

  EXPECT_EQ(answer.kind, Kind::answered);
  EXPECT_EQ(transport_.last().method, "GET");
  EXPECT_EQ(transport_.last().target, "/v1.0/engagements/referrals?$top=1");
  EXPECT_EQ(transport_.last().body, "");
  EXPECT_THAT(headers("Content-Type"), ElementsAre(""));
  EXPECT_THAT(headers("Accept"), ElementsAre("application/json"));
  EXPECT_THAT(headers("Authorization"), ElementsAre("Bearer token-1"));
}

TEST_F(AClient, TellsOfEachRequestWhatItWasWhatBecameOfItAndHowLongItTook) {
  std::vector<std::string> told;
  client_->on_call([&](const submission::CallReport& call) {
    const auto took = std::chrono::floor<std::chrono::milliseconds>(call.took).count();
    told.push_back(std::string(to_string(call.operation)) + ' ' +
                   std::string(to_string(call.outcome)) + ' ' + std::to_string(took));
  });
  const auto one = std::string(submission::referrals_path) + "/1";
  transport_.then(answered(201, R"({"id":"a"})"), 300ms);
  (void)create();
  transport_.then(answered(401), 20ms);
  transport_.then(answered(200, "{}"), 40ms);
  (void)get(one);  // the second with a new token
  transport_.then(answered(429), 5ms);
  transport_.then(answered(503), 7ms);
  transport_.then(answered(200, "{}"));
  (void)get(std::string(submission::referrals_path) + "?$top=1");
  transport_.then(answered(412));
  take_permit();
  (void)await(io_, clock_, client_->change(one, "[]", "W/1", true));
  transport_.then({Exchange::Kind::unknown, {}, Trouble::timeout, "no answer"}, 30s);
  (void)create();
  transport_.then({Exchange::Kind::not_sent, {}, Trouble::tls, "no"});
  (void)get(one);
  EXPECT_THAT(told, ElementsAre("create ok 300", "read refused 20", "read ok 40",
                                "list throttled 5", "list failed 7", "list ok 0",
                                "update conflict 0", "create no_answer 30000", "read not_sent 0"));
}

TEST_F(AClient, TakesANewClientRequestIdForEveryCall) {
  transport_.then(answered(401));
  transport_.then(answered(503));
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  const Answer first = get();
  const Answer second = get();
  const Answer third = create();

  const auto ids = headers("client-request-id");
  ASSERT_THAT(ids, SizeIs(5));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 5u);
  EXPECT_EQ(first.client_request_id, ids[2]) << "that of the last try";
  EXPECT_EQ(second.client_request_id, ids[3]);
  EXPECT_EQ(third.client_request_id, ids[4]);
}

TEST_F(AClient, TellsWhyThereWasNoAnswer) {
  transport_.then(unknown(Trouble::timeout, "no answer within 30s"));
  const Answer lost = create();
  EXPECT_EQ(lost.kind, Kind::unknown);
  EXPECT_EQ(lost.trouble, Trouble::timeout);
  EXPECT_EQ(lost.error, "no answer within 30s");
  EXPECT_FALSE(lost.client_request_id.empty());

  transport_.then(not_sent(Trouble::connect, "connection refused"));
  const Answer unsent = create();
  EXPECT_EQ(unsent.kind, Kind::not_sent);
  EXPECT_EQ(unsent.trouble, Trouble::connect);
  EXPECT_EQ(unsent.error, "connection refused");
}

// -- a create is never repeated
// ---------------------------------------------------------------------

TEST_F(AClient, NeverRepeatsACreateWhateverItsAnswer) {
  for (int status = 200; status < 600; ++status) {
    if (status == 401) continue;
    transport_.then(answered(status));
    const auto before = transport_.asked().size();
    EXPECT_EQ(limiter_->paused(), false);
    const Answer answer = create();
    EXPECT_EQ(answer.kind, Kind::answered) << status;
    EXPECT_EQ(answer.response.status, status);
    EXPECT_EQ(transport_.asked().size(), before + 1) << status;
    run_for(2min);  // a pause that 429 and 509 began
  }
}

TEST_F(AClient, NeverRepeatsACreateThatGotNoAnswer) {
  for (const auto trouble : {Trouble::timeout, Trouble::closed, Trouble::unreadable}) {
    transport_.then(unknown(trouble));
    const Answer answer = create();
    EXPECT_EQ(answer.kind, Kind::unknown);
    EXPECT_EQ(answer.trouble, trouble);
  }
  for (const auto trouble : {Trouble::resolve, Trouble::connect, Trouble::tls, Trouble::closed}) {
    transport_.then(not_sent(trouble));
    const Answer answer = create();
    EXPECT_EQ(answer.kind, Kind::not_sent);
    EXPECT_EQ(answer.trouble, trouble);
  }
  EXPECT_THAT(transport_.asked(), SizeIs(7));
  expect_counts(3, 0, 0);
}

// -- 401
// --------------------------------------------------------------------------------------------

TEST_F(AClient, RepeatsACreateOnceWithANewTokenWhenTheTokenIsRefused) {
  given_limit(std::nullopt, 1, 100);
  transport_.then(answered(401));
  transport_.then(answered(201, "created"));
  const Answer answer = create("body");

  EXPECT_EQ(answer.response.status, 201);
  EXPECT_THAT(tokens_.rejected(), ElementsAre("token-1"));
  EXPECT_THAT(headers("Authorization"), ElementsAre("Bearer token-1", "Bearer token-2"));
  EXPECT_EQ(transport_.asked()[1].request.body, "body");
  EXPECT_EQ(transport_.asked()[1].request.target, transport_.asked()[0].request.target);
  EXPECT_EQ(limiter_->used_today(), 2u) << "each call counts";
  expect_counts(2, 1, 0);
}

TEST_F(AClient, ReportsASecond401) {
  transport_.otherwise([](const Request&) { return answered(401); });
  const Answer created = create();
  EXPECT_EQ(created.kind, Kind::answered);
  EXPECT_EQ(created.response.status, 401);
  EXPECT_THAT(transport_.asked(), SizeIs(2));

  const Answer got = get();
  EXPECT_EQ(got.response.status, 401);
  EXPECT_THAT(transport_.asked(), SizeIs(4));
  expect_counts(4, 2, 0);
}

TEST_F(AClient, RepeatsAGetWithANewTokenInTheSameTry) {
  settings_.retry.attempts = 1;
  transport_.then(answered(401));
  transport_.then(answered(200, "{}"));
  EXPECT_EQ(get().response.status, 200);
  expect_counts(2, 1, 0);
}

TEST_F(AClient, PacesTheRepetitionAfter401) {
  given_limit(1.0, 1);
  transport_.then(answered(401));
  transport_.then(answered(201));
  EXPECT_EQ(create().response.status, 201);
  EXPECT_THAT(times(), ElementsAre(0ms, 1s));
}

TEST_F(AClient, SaysExhaustedWhenTheBudgetDoesNotReachForTheRepetition) {
  given_limit(std::nullopt, 1, 1);
  transport_.then(answered(401));
  const Answer answer = create();
  EXPECT_EQ(answer.kind, Kind::exhausted);
  EXPECT_THAT(transport_.asked(), SizeIs(1));
  expect_counts(1, 0, 0);
}

TEST_F(AClient, SaysStoppedWhenStoppedBeforeTheRepetition) {
  transport_.then([&](const Request&) {
    limiter_->stop();
    return answered(401);
  });
  const Answer answer = create();
  EXPECT_EQ(answer.kind, Kind::stopped);
  expect_counts(1, 0, 0);
}

TEST_F(AClient, SaysNotSentWhenTheRepetitionCouldNotLeave) {
  given_limit(std::nullopt, 1, 100);
  transport_.then(answered(401));
  transport_.then(not_sent(Trouble::connect));
  const Answer answer = create();
  EXPECT_EQ(answer.kind, Kind::not_sent) << "401 had no effect either";
  EXPECT_EQ(limiter_->used_today(), 1u);
  expect_counts(1, 0, 0);
}

TEST_F(AClient, LeavesItsTokenOutOfAFailureThatRepeatsIt) {
  for (const int status : {400, 401, 403, 503}) {
    transport_.otherwise([status](const Request& request) {
      const std::string sent = *header(request, "Authorization");
      return answered(status, "not good: " + sent + ", " + sent + ".");
    });
    EXPECT_EQ(create().response.body, "not good: Bearer …, Bearer ….") << status;
  }
}

TEST_F(AClient, PassesASuccessOnAsItCame) {
  transport_.then(answered(201, R"({"id":"token-1"})"));
  EXPECT_EQ(create().response.body, R"({"id":"token-1"})");
}

// -- no token
// ---------------------------------------------------------------------------------------

TEST_F(AClient, SendsNothingWithoutATokenAndGivesThePermitBack) {
  for (const auto kind : {TokenResult::Kind::not_authorised, TokenResult::Kind::unavailable,
                          TokenResult::Kind::cannot_store}) {
    given_limit(1.0, 2, 100);
    for (const bool creating : {true, false}) {
      TokenResult none;
      none.kind = kind;
      none.error = "sign in again with `referrald login`";
      tokens_.then(none);
      const Answer answer = creating ? create() : get();
      EXPECT_EQ(answer.kind, Kind::no_token);
      EXPECT_EQ(answer.token, kind);
      EXPECT_EQ(answer.error, "sign in again with `referrald login`");
      EXPECT_EQ(limiter_->used_today(), 0u);
    }
    EXPECT_EQ(limiter_->try_acquire(9), 2u) << "the bucket is as full as it was";
    expect_counts(0, 0, 0);
  }
  EXPECT_THAT(transport_.asked(), IsEmpty());
}

TEST_F(AClient, SaysNoTokenWhenThereIsNoneForTheRepetition) {
  given_limit(std::nullopt, 1, 100);
  TokenResult first;
  first.access_token = "old";
  tokens_.then(first);
  TokenResult none;
  none.kind = TokenResult::Kind::not_authorised;
  tokens_.then(none);
  transport_.then(answered(401));
  const Answer answer = create();
  EXPECT_EQ(answer.kind, Kind::no_token);
  EXPECT_THAT(tokens_.rejected(), ElementsAre("old"));
  EXPECT_EQ(limiter_->used_today(), 1u);
  expect_counts(1, 0, 0);
}

// -- permits
// ----------------------------------------------------------------------------------------

TEST_F(AClient, PaysForEveryCallThatLeftAndForNoOther) {
  given_limit(1.0, 5, 100);
  transport_.then(answered(201));
  transport_.then(answered(400));
  transport_.then(unknown(Trouble::closed));
  transport_.then(not_sent(Trouble::connect));
  for (int i = 0; i < 4; ++i) (void)create();
  EXPECT_EQ(limiter_->used_today(), 3u);
  EXPECT_EQ(unrecorded(), 3u);
  EXPECT_EQ(limiter_->try_acquire(9), 2u);
  expect_counts(3, 0, 0);
}

TEST_F(AClient, AcquiresThePermitForAGetItself) {
  given_limit(1.0, 1, 2);
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  begin_get("/1");
  begin_get("/2");
  begin_get("/3");
  run();
  EXPECT_THAT(times(), ElementsAre(0ms, 1s));
  ASSERT_THAT(answers_, SizeIs(3));
  EXPECT_EQ(answers_[0].kind, Kind::answered);
  EXPECT_EQ(answers_[1].kind, Kind::exhausted);
  EXPECT_EQ(answers_[2].kind, Kind::answered);
  expect_counts(2, 0, 0);
}

TEST_F(AClient, SendsNoGetWhenTheLimiterIsStopped) {
  limiter_->stop();
  EXPECT_EQ(get().kind, Kind::stopped);
  EXPECT_THAT(transport_.asked(), IsEmpty());
  EXPECT_EQ(tokens_.asked(), 0);
}

TEST_F(AClient, SendsNoGetInAPause) {
  limiter_->pause_until(clock_.steady() + 10s);
  transport_.then(answered(200, "{}"));
  EXPECT_EQ(get().response.status, 200);
  EXPECT_THAT(times(), ElementsAre(10s));
}

// The renewal of a token can take as long as its own retries.
TEST_F(AClient, SendsNothingInAPauseThatBeganWhileItWaitedForAToken) {
  tokens_.take(5s);
  transport_.otherwise([](const Request&) { return answered(200, "{}"); });
  begin_get();
  begin_create();
  run_for(1s);
  limiter_->pause_until(clock_.steady() + 59s);
  tokens_.take(0s);
  run();
  EXPECT_THAT(times(), ElementsAre(60s, 60s));
  EXPECT_THAT(answers_, SizeIs(2));
}

TEST_F(AClient, DoesNotSendWhatItHeldBackForAPauseOnceItIsStopped) {
  given_limit(std::nullopt, 1, 100);
  tokens_.take(5s);
  begin_create();
  run_for(1s);
  limiter_->pause_until(clock_.steady() + 1h);
  run_for(10s);
  limiter_->stop();
  run_ready(io_, clock_);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind, Kind::stopped);
  EXPECT_THAT(transport_.asked(), IsEmpty());
  EXPECT_EQ(limiter_->used_today(), 0u);
}

// The drain began while the token was renewed: nothing new leaves.
TEST_F(AClient, SendsNothingThatStillWaitedForItsTokenWhenItIsStopped) {
  given_limit(std::nullopt, 1, 100);
  tokens_.take(5s);
  transport_.otherwise([](const Request&) { return answered(201); });
  begin_create();
  begin_get();
  run_for(1s);
  client_->stop();
  limiter_->stop();
  run();
  ASSERT_THAT(answers_, SizeIs(2));
  for (const auto& answer : answers_) EXPECT_EQ(answer.kind, Kind::stopped);
  EXPECT_THAT(transport_.asked(), IsEmpty());
  EXPECT_EQ(limiter_->used_today(), 0u);
  EXPECT_EQ(unrecorded(), 0u);
}

// As the real source of tokens does, which gives up its tries when it is stopped.
TEST_F(AClient, SaysStoppedAndNotThatThereIsNoTokenOnceItIsStopped) {
  tokens_.take(5s);
  TokenResult none;
  none.kind = TokenResult::Kind::unavailable;
  tokens_.then(none);
  begin_create();
  client_->stop();
  run();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind, Kind::stopped);
}

TEST_F(AClient, SaysStoppedWhenStoppedWhileTheTokenForTheRepetitionIsRenewed) {
  transport_.then([&](const Request&) {
    tokens_.take(5s);
    return answered(401);
  });
  begin_create();
  run_for(1s);
  client_->stop();
  run();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].kind, Kind::stopped);
  expect_counts(1, 0, 0);
}

TEST_F(AClient, KnowsWhatTimeItIsAtTheServiceByTheToken) {
  TokenResult token;
  token.access_token = "token";
  token.issued = submission::ServiceMoment{clock_.wall() - 5h, clock_.steady()};
  tokens_.then(token);
  await(io_, clock_, client_->learn_time());
  clock_.advance(1min);
  EXPECT_EQ(client_->service_time(), clock_.wall() - 5h);
  EXPECT_THAT(transport_.asked(), IsEmpty());
}

TEST_F(AClient, KnowsWhatTimeItIsAtTheServiceByEachAnswer) {
  submission::Response response;
  response.status = 201;
  response.date = "Sun, 22 Nov 2026 05:00:00 GMT";
  transport_.then(answered(response));
  const auto start = clock_.wall();
  (void)create();
  EXPECT_EQ(client_->service_time(), start - 5h);
}

}  // namespace
}  // namespace referrald::test
