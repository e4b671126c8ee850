#include "daemon/submission/decision.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::test {
namespace {

using persistence::Doubt;
using persistence::ReferralIds;
using persistence::State;
using persistence::Step;
using submission::Answer;
using submission::decide;
using submission::decide_found;
using submission::decide_not_found;
using submission::decide_update;
using submission::Decision;
using submission::Delay;
using submission::Exchange;
using submission::Halt;
using submission::TokenResult;
using Trouble = submission::Exchange::Trouble;

constexpr Step both_steps[] = {Step::own, Step::microsoft};

// What a decision means for the row and the run, its ids and its failure aside.
struct Verdict {
  State state = State::pending;
  bool counts = true;
  Delay delay = Delay::none;
  Halt halt = Halt::none;
  bool service_trouble = false;
  bool operator==(const Verdict&) const = default;
  friend void PrintTo(const Verdict& verdict, std::ostream* out) {
    *out << persistence::to_string(verdict.state) << ", counts " << verdict.counts << ", delay "
         << static_cast<int>(verdict.delay) << ", halt " << static_cast<int>(verdict.halt)
         << ", trouble " << verdict.service_trouble;
  }
};

Verdict verdict_of(const Decision& decision) {
  return {decision.state, decision.counts, decision.delay, decision.halt, decision.service_trouble};
}

// The classes of the reference's section 7.2.
Verdict refused() {
  return {State::refused};
}
Verdict in_doubt() {
  return {State::in_doubt, true, Delay::look};
}
Verdict in_doubt_with_trouble() {
  return {State::in_doubt, true, Delay::look, Halt::none, true};
}
Verdict stops(Halt halt) {
  return {State::pending, false, Delay::none, halt};
}
Verdict in_doubt_and_stops(Halt halt) {
  return {State::in_doubt, true, Delay::look, halt};
}
Verdict resent_later() {
  return {State::pending, true, Delay::backoff};
}
// The client's pause is the delay, and the row does not pay for it.
Verdict throttled() {
  return {State::pending, false};
}

Answer answer_with(int status, std::string body = {}) {
  Answer answer;
  answer.kind = Answer::Kind::answered;
  answer.response.status = status;
  answer.response.body = std::move(body);
  answer.response.request_id = "service-side";
  answer.client_request_id = "our-side";
  return answer;
}

Answer answer_without(Answer::Kind kind, Trouble trouble = Trouble::none) {
  Answer answer;
  answer.kind = kind;
  answer.trouble = trouble;
  answer.error = "one clause for a person";
  answer.client_request_id = "our-side";
  return answer;
}

constexpr std::string_view created =
    R"({"id":"r-1","engagementId":"e-1","organizationId":"o-1","status":"Active",
        "substatus":"Accepted","eTag":"\"tag\"","externalReferenceId":"crm-1"})";

// -- every status, for both steps
// -------------------------------------------------------------------

// The table, written down a second time: by status, not by the order of a switch.
Verdict expected(int status, Step step) {
  switch (status) {
    case 401:
    case 403:
      return stops(Halt::not_authorised);
    case 404:
    case 410:
      return step == Step::own ? stops(Halt::wrong_url) : resent_later();
    case 408:
    case 409:
      return in_doubt();
    case 423:
      return resent_later();
    case 429:
    case 509:
      return throttled();
    case 501:
      return refused();
    case 507:
      return in_doubt_and_stops(Halt::storage_full);
    default:
      break;
  }
  if (status < 400) return stops(Halt::wrong_url);
  return status < 500 ? refused() : in_doubt_with_trouble();
}

TEST(Decide, FollowsTheTableForEveryStatusAndBothSteps) {
  for (const Step step : both_steps) {
    for (const bool co_sell : {false, true}) {
      if (step == Step::microsoft && !co_sell) continue;
      for (int status = 300; status < 600; ++status) {
        EXPECT_EQ(verdict_of(decide(step, co_sell, answer_with(status))), expected(status, step))
            << status << " at " << persistence::to_string(step);
      }
    }
  }
}

// The engagement was created moments ago, and may show late.
TEST(Decide, RefusesAnEngagementThatIsNotFoundOnlyWithTheLastAttempt) {
  for (const int status : {404, 410}) {
    const auto answer = answer_with(status);
    EXPECT_EQ(verdict_of(decide(Step::microsoft, true, answer, false)), resent_later());
    EXPECT_EQ(verdict_of(decide(Step::microsoft, true, answer, true)), refused());
  }
}

TEST(Decide, TakesNoOtherStatusOtherwiseForTheLastAttempt) {
  for (const Step step : both_steps) {
    for (int status = 300; status < 600; ++status) {
      if (step == Step::microsoft && (status == 404 || status == 410)) continue;
      EXPECT_EQ(verdict_of(decide(step, true, answer_with(status), true)), expected(status, step))
          << status << " at " << persistence::to_string(step);
    }
  }
}

// The rule itself, apart from the table: sent again without looking only after an answer that says
// "not processed", and done only after a success.
TEST(Decide, NeverSendsAgainUnlookedWhatMayHaveHadAnEffect) {
  const std::vector<int> not_processed{401, 403, 404, 410, 423, 429, 509};
  for (const Step step : both_steps) {
    for (int status = 400; status < 600; ++status) {
      const auto decision = decide(step, true, answer_with(status, std::string(created)));
      EXPECT_NE(decision.state, State::synced) << status;
      EXPECT_FALSE(decision.ids) << status;
      if (decision.state != State::pending) continue;
      EXPECT_THAT(not_processed, testing::Contains(status));
    }
  }
}

TEST(Decide, NamesTheFailureWheneverThereIsNoSuccess) {
  for (const Step step : both_steps) {
    for (int status = 300; status < 600; ++status) {
      const auto decision = decide(step, true, answer_with(status));
      ASSERT_TRUE(decision.failure) << status;
      EXPECT_EQ(decision.failure->http_status, status);
      EXPECT_EQ(decision.failure->code, "http-" + std::to_string(status));
      EXPECT_EQ(decision.failure->message, "");
      EXPECT_EQ(decision.failure->request_id, "service-side");
      EXPECT_EQ(decision.failure->client_request_id, "our-side");
    }
  }
}

// -- success
// ----------------------------------------------------------------------------------------

TEST(Decide, FinishesAPrivateDealWithItsReferral) {
  for (const int status : {200, 201, 202, 203, 206, 299}) {
    const auto decision = decide(Step::own, false, answer_with(status, std::string(created)));
    EXPECT_EQ(verdict_of(decision), (Verdict{State::synced})) << status;
    EXPECT_FALSE(decision.failure);
    ASSERT_TRUE(decision.ids);
    EXPECT_EQ(decision.ids->referral_id, "r-1");
    EXPECT_EQ(decision.ids->engagement_id, "e-1");
    EXPECT_EQ(decision.ids->organization_id, "o-1");
    EXPECT_EQ(decision.ids->status, "Active");
    EXPECT_EQ(decision.ids->substatus, "Accepted");
    EXPECT_EQ(decision.ids->etag, "\"tag\"");
  }
}

TEST(Decide, FinishesACoSellDealWithMicrosoftsReferral) {
  const auto decision = decide(Step::microsoft, true, answer_with(201, std::string(created)));
  EXPECT_EQ(verdict_of(decision), (Verdict{State::synced}));
  ASSERT_TRUE(decision.ids);
}

TEST(Decide, TakesTheETagFromTheHeaderWhereTheBodyHasNone) {
  auto answer = answer_with(201, R"({"id":"r-1"})");
  answer.response.etag = "\"header\"";
  const auto decision = decide(Step::own, false, answer);
  ASSERT_TRUE(decision.ids);
  EXPECT_EQ(decision.ids->etag, "\"header\"");
}

TEST(Decide, DoubtsASuccessThatItCannotRead) {
  for (const Step step : both_steps) {
    for (const int status : {200, 201, 202, 204}) {
      for (const std::string body :
           {"", "null", "[]", "{}", R"({"id":null})", R"({"id":"r-1","engagementId":"e-1")",
            R"({"error":{"code":"invalidRequest","message":"no"}})", "<html>Sign in</html>"}) {
        const auto decision = decide(step, true, answer_with(status, body));
        EXPECT_EQ(verdict_of(decision), in_doubt_with_trouble()) << status << " " << body;
        EXPECT_FALSE(decision.ids);
        ASSERT_TRUE(decision.failure);
        EXPECT_EQ(decision.failure->code, "unreadable-answer");
        EXPECT_EQ(decision.failure->message,
                  "the answer reports success and its body is no referral");
        EXPECT_EQ(decision.failure->http_status, status);
      }
    }
  }
}

// Without it the second referral has nothing to refer to.
TEST(Decide, DoubtsTheOwnReferralOfACoSellDealThatNamesNoEngagement) {
  for (const std::string body :
       {R"({"id":"r-1"})", R"({"id":"r-1","engagementId":null})",
        R"({"id":"r-1","engagementId":""})", R"({"id":"r-1","enagementId":"e-1"})"}) {
    const auto decision = decide(Step::own, true, answer_with(201, body));
    EXPECT_EQ(verdict_of(decision), in_doubt_with_trouble()) << body;
    ASSERT_TRUE(decision.failure);
    EXPECT_EQ(decision.failure->code, "unreadable-answer");
    EXPECT_EQ(decision.failure->message, "the answer names no engagementId");

    // Where nothing follows, it may be absent.
    EXPECT_EQ(decide(Step::own, false, answer_with(201, body)).state, State::synced);
    EXPECT_EQ(decide(Step::microsoft, true, answer_with(201, body)).state, State::synced);
  }
}

// -- what the failure says
// --------------------------------------------------------------------------

TEST(Decide, TakesTheDeepestCodeTheMessageAndTheTargetFromTheError) {
  const auto decision =
      decide(Step::own, false,
             answer_with(400, R"({"error":{"code":"invalidRequest","message":"No such country.",
                                 "target":"customerProfile.address.country",
                                 "innerError":{"code":"countryUnknown","message":"x"}}})"));
  ASSERT_TRUE(decision.failure);
  EXPECT_EQ(decision.failure->code, "countryUnknown");
  EXPECT_EQ(decision.failure->message, "No such country. [customerProfile.address.country]");
  EXPECT_EQ(decision.failure->http_status, 400);
}

TEST(Decide, NamesTheStatusWhereTheErrorHasNoCode) {
  const auto throttle = decide(
      Step::own, false,
      answer_with(
          429,
          R"({"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."})"));
  ASSERT_TRUE(throttle.failure);
  EXPECT_EQ(throttle.failure->code, "http-429");
  EXPECT_EQ(throttle.failure->message, "Rate limit is exceeded. Try again in 57 seconds.");

  const auto echo =
      decide(Step::own, false,
             answer_with(422, R"({"error":{"code":"Ada Example","message":"Unknown contact."}})"));
  ASSERT_TRUE(echo.failure);
  EXPECT_EQ(echo.failure->code, "http-422");
  EXPECT_EQ(echo.failure->message, "Unknown contact.");

  const auto html = decide(Step::own, false, answer_with(502, "<html>Bad Gateway</html>"));
  ASSERT_TRUE(html.failure);
  EXPECT_EQ(html.failure->code, "http-502");
  EXPECT_EQ(html.failure->message, "");
}

// -- no answer
// --------------------------------------------------------------------------------------

struct NoAnswer {
  Trouble trouble;
  std::string code;
};
const NoAnswer all_troubles[] = {
    {Trouble::none, "no-answer"},
    {Trouble::resolve, "cannot-resolve"},
    {Trouble::connect, "cannot-connect"},
    {Trouble::tls, "tls-refused"},
    {Trouble::timeout, "timeout"},
    {Trouble::closed, "connection-closed"},
    {Trouble::unreadable, "unreadable-answer"},
    {Trouble::proxy, "proxy-refused"},
};

TEST(Decide, DoubtsWhateverLeftAndWasNotAnswered) {
  for (const Step step : both_steps) {
    for (const auto& [trouble, code] : all_troubles) {
      const auto decision = decide(step, true, answer_without(Answer::Kind::unknown, trouble));
      EXPECT_EQ(verdict_of(decision), in_doubt_with_trouble()) << code;
      EXPECT_FALSE(decision.ids);
      ASSERT_TRUE(decision.failure);
      EXPECT_EQ(decision.failure->code, code);
      EXPECT_EQ(decision.failure->message, "one clause for a person");
      EXPECT_EQ(decision.failure->http_status, 0);
      EXPECT_EQ(decision.failure->client_request_id, "our-side");
    }
  }
}

TEST(Decide, LetsWhatNeverLeftWaitWithoutCountingIt) {
  for (const Step step : both_steps) {
    for (const auto& [trouble, code] : all_troubles) {
      const auto decision = decide(step, true, answer_without(Answer::Kind::not_sent, trouble));
      // Neither a certificate nor a proxy's rules mend themselves.
      const bool lasting = trouble == Trouble::tls || trouble == Trouble::proxy;
      const Halt halt = lasting ? Halt::unavailable : Halt::none;
      EXPECT_EQ(verdict_of(decision), (Verdict{State::pending, false, Delay::backoff, halt, true}))
          << code;
      ASSERT_TRUE(decision.failure);
      EXPECT_EQ(decision.failure->code, code);
    }
  }
}

TEST(Decide, LeavesTheRowAsItWasWhenTheRunEnds) {
  for (const Step step : both_steps) {
    const auto stopped = decide(step, true, answer_without(Answer::Kind::stopped));
    EXPECT_EQ(verdict_of(stopped), stops(Halt::draining));
    EXPECT_FALSE(stopped.failure);
    const auto exhausted = decide(step, true, answer_without(Answer::Kind::exhausted));
    EXPECT_EQ(verdict_of(exhausted), stops(Halt::budget));
    EXPECT_FALSE(exhausted.failure);
  }
}

TEST(Decide, StopsTheRunWithoutAToken) {
  const std::pair<TokenResult::Kind, Halt> cases[] = {
      {TokenResult::Kind::not_authorised, Halt::not_authorised},
      {TokenResult::Kind::unavailable, Halt::unavailable},
      {TokenResult::Kind::cannot_store, Halt::cannot_store},
  };
  for (const Step step : both_steps) {
    for (const auto& [kind, halt] : cases) {
      auto answer = answer_without(Answer::Kind::no_token);
      answer.token = kind;
      const auto decision = decide(step, true, answer);
      EXPECT_EQ(verdict_of(decision), stops(halt));
      EXPECT_FALSE(decision.failure) << "it is not the row's";
    }
  }
}

// -- what looking found
// -----------------------------------------------------------------------------

TEST(DecideFound, TakesTheReferralForTheAnswerThatWasLost) {
  const ReferralIds ids{"r-1", "e-1", "\"tag\"", "o-1", "Active", "Accepted"};
  const auto decision = decide_found(ids);
  EXPECT_EQ(verdict_of(decision), (Verdict{State::synced}));
  EXPECT_FALSE(decision.failure);
  ASSERT_TRUE(decision.ids);
  EXPECT_EQ(decision.ids->referral_id, "r-1");
  EXPECT_EQ(decision.ids->engagement_id, "e-1");
  EXPECT_EQ(decision.ids->etag, "\"tag\"");
}

Doubt doubt_of(Step step, int http_status) {
  Doubt doubt;
  doubt.row = 7;
  doubt.step = step;
  doubt.co_sell = step == Step::microsoft;
  doubt.http_status = http_status;
  return doubt;
}

TEST(DecideNotFound, ConcludesNothingBeforeTheLastLook) {
  for (const Step step : both_steps) {
    for (const int status : {0, 200, 409, 500}) {
      EXPECT_FALSE(decide_not_found(doubt_of(step, status), 0, 1));
      EXPECT_FALSE(decide_not_found(doubt_of(step, status), 1, 2));
      EXPECT_FALSE(decide_not_found(doubt_of(step, status), 4, 5));
    }
  }
}

TEST(DecideNotFound, SendsAgainAfterTheLastLook) {
  for (const Step step : both_steps) {
    for (const int status : {0, 200, 204, 408, 500, 502, 503, 504}) {
      for (const int looks : {2, 3}) {
        const auto decision = decide_not_found(doubt_of(step, status), looks, 2);
        ASSERT_TRUE(decision) << status;
        EXPECT_EQ(verdict_of(*decision), (Verdict{State::pending})) << status;
        EXPECT_FALSE(decision->ids);
        EXPECT_FALSE(decision->failure) << "the last error stays the one that raised the doubt";
      }
    }
  }
}

TEST(DecideNotFound, LeavesAConflictToAPerson) {
  for (const Step step : both_steps) {
    const auto decision = decide_not_found(doubt_of(step, 409), 2, 2);
    ASSERT_TRUE(decision);
    EXPECT_EQ(verdict_of(*decision), refused());
    ASSERT_TRUE(decision->failure);
    EXPECT_EQ(decision->failure->code, "reported-conflict");
    EXPECT_EQ(decision->failure->http_status, 409);
    EXPECT_FALSE(decision->failure->message.empty());
  }
}

// -- updates
// ----------------------------------------------------------------------------------------

TEST(DecideUpdate, TakesAReferralOrAPlainAnswerForDone) {
  const auto told = decide_update(answer_with(200, std::string(created)));
  EXPECT_EQ(verdict_of(told), (Verdict{State::synced}));
  EXPECT_EQ(told.ids->etag, "\"tag\"");
  auto plain = answer_with(204);
  plain.response.etag = "\"header\"";
  const auto done = decide_update(plain);
  EXPECT_EQ(verdict_of(done), (Verdict{State::synced}));
  EXPECT_EQ(done.ids->etag, "\"header\"");
  EXPECT_EQ(done.ids->status, "");
}

// For the version that it names it has been made, or it is made now.
TEST(DecideUpdate, AsksAgainForWhatItCannotRead) {
  for (const int status : {200, 201, 202, 204})
    for (const std::string body : {"<html>Sign in</html>", "{}", R"({"ok":true})", R"({"id":"r)"}) {
      const auto decision = decide_update(answer_with(status, body));
      EXPECT_EQ(verdict_of(decision),
                (Verdict{State::pending, true, Delay::backoff, Halt::none, true}))
          << status << " " << body;
      EXPECT_EQ(decision.failure->code, "unreadable-answer");
    }
  EXPECT_EQ(decide_update(answer_with(200)).state, State::pending);
}

}  // namespace
}  // namespace referrald::test
