#include "daemon/sync/halt_reason.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::Answer;
using submission::Halt;
using sync::first_clause;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Trouble = submission::Exchange::Trouble;

Answer no_answer(Answer::Kind kind, Trouble trouble, std::string error) {
  Answer answer;
  answer.kind = kind;
  answer.trouble = trouble;
  answer.error = std::move(error);
  return answer;
}

Answer answer_with(int status) {
  Answer answer;
  answer.kind = Answer::Kind::answered;
  answer.response.status = status;
  answer.response.request_id = "r-1";
  return answer;
}

TEST(ReasonForTrouble, SaysWhereToLookWhenTheServiceCannotBeReached) {
  const struct {
    Trouble trouble;
    std::string error;
  } cases[] = {{Trouble::resolve, "resolve api.example: host not found"},
               {Trouble::connect, "connect to api.example: connection refused"},
               {Trouble::connect, "connect to api.example: no answer"}};
  for (const auto& [trouble, error] : cases) {
    const auto reason = sync::reason_for_trouble(no_answer(Answer::Kind::not_sent, trouble, error));
    EXPECT_EQ(first_clause(reason), "Partner Center cannot be reached: " + error);
    EXPECT_THAT(reason, AllOf(HasSubstr("check partner_center.url"), HasSubstr("network"),
                              HasSubstr("firewall or proxy")));
  }
}

TEST(ReasonForTrouble, NamesTheUrlAndTheCaFileWhenTheCertificateDoesNotFit) {
  for (const std::string error :
       {"the certificate of api.example is not valid for that name",
        "no TLS session with api.example: wrong version number (SSL routines)"}) {
    const auto reason =
        sync::reason_for_trouble(no_answer(Answer::Kind::not_sent, Trouble::tls, error));
    EXPECT_EQ(first_clause(reason), "Partner Center cannot be trusted: " + error);
    EXPECT_THAT(reason, AllOf(HasSubstr("partner_center.url"), HasSubstr("https"),
                              HasSubstr("proxy"), HasSubstr("partner_center.ca_file")));
  }
}

TEST(ReasonForTrouble, LeavesItToTheProxyToSayWhatIsWrongWithIt) {
  const std::string error = "the proxy p:3128 (HTTPS_PROXY) does not allow connections (403)";
  const auto reason =
      sync::reason_for_trouble(no_answer(Answer::Kind::not_sent, Trouble::proxy, error));
  EXPECT_EQ(reason, "Partner Center cannot be reached: " + error + "; waiting rows are kept");
}

TEST(ReasonForTrouble, DoesNotBlameTheConfigurationForAServiceThatAnswers) {
  for (const auto& answer : {answer_with(503), no_answer(Answer::Kind::unknown, Trouble::timeout,
                                                         "no answer within 30 s")}) {
    EXPECT_THAT(sync::reason_for_trouble(answer),
                AllOf(HasSubstr("sync again later"), Not(HasSubstr("partner_center.url"))));
  }
}

TEST(ReasonForThrottling, NamesThePauseAndWhatFollows) {
  EXPECT_EQ(sync::reason_for_throttling({8, 429, 57'200ms}),
            "Partner Center keeps throttling: status 429, 8 times in a row, the last pause 58 s; "
            "the next sync sends the rest, and a lower submission.rate helps if it happens again");
}

// The log has the first clause, the end of the run the whole.
TEST(ReasonFor, SaysFirstWhatHappenedAndThenWhatToDo) {
  const struct {
    Halt halt;
    int status;
    std::string happened;
    std::string remedy;
  } cases[] = {
      {Halt::not_authorised, 401, "even with a new access token", "referrald login"},
      {Halt::not_authorised, 403, "denies access", "Referrals admin"},
      {Halt::wrong_url, 404, "partner_center.url does not lead to", "check it"},
      {Halt::storage_full, 507, "storage is full", "Microsoft's support"},
      {Halt::unavailable, 503, "is unavailable", "sync again later"},
  };
  for (const auto& [halt, status, happened, remedy] : cases) {
    submission::Decision decision;
    decision.halt = halt;
    const auto reason = sync::reason_for(decision, answer_with(status));
    EXPECT_THAT(reason, HasSubstr(remedy));
    EXPECT_THAT(std::string(first_clause(reason)),
                AllOf(HasSubstr(happened), HasSubstr("request-id r-1"), Not(HasSubstr(remedy))));
  }
}

TEST(ReasonFor, PassesOnWhatTheSignInSays) {
  submission::Decision decision;
  decision.halt = Halt::unavailable;
  EXPECT_EQ(sync::reason_for(decision, no_answer(Answer::Kind::no_token, Trouble::none,
                                                 "no access token; check this")),
            "no access token; check this");
}

}  // namespace
}  // namespace referrald::test
