#include "daemon/remedies.hpp"

#include <gmock/gmock.h>

namespace referrald {
namespace {

using testing::HasSubstr;
using testing::Not;

persistence::Failure failure(std::string code, int http_status) {
  persistence::Failure failure;
  failure.code = std::move(code);
  failure.http_status = http_status;
  return failure;
}

TEST(Remedies, SayWhatToMendForEachKindOfAnswer) {
  EXPECT_THAT(remedy_for(failure("invalidRequest", 400)), HasSubstr("two-letter code"));
  EXPECT_THAT(remedy_for(failure("http-401", 401)), HasSubstr("referrald login"));
  EXPECT_THAT(remedy_for(failure("accessDenied", 403)), HasSubstr("Referrals admin"));
  EXPECT_THAT(remedy_for(failure("itemNotFound", 404)), HasSubstr("partner_center.url"));
  EXPECT_THAT(remedy_for(failure("http-413", 413)), HasSubstr("truncate"));
  EXPECT_THAT(remedy_for(failure("http-429", 429)), HasSubstr("submission.rate"));
  EXPECT_THAT(remedy_for(failure("http-503", 503)), HasSubstr("the next sync tries again"));
  EXPECT_THAT(meaning_of(failure("http-507", 507)), HasSubstr("storage"));
}

TEST(Remedies, NameTheSettingForTroubleOnTheWay) {
  EXPECT_THAT(remedy_for(failure("cannot-resolve", 0)), HasSubstr("name resolution"));
  EXPECT_THAT(remedy_for(failure("cannot-connect", 0)), HasSubstr("firewall"));
  EXPECT_THAT(remedy_for(failure("tls-refused", 0)), HasSubstr("partner_center.ca_file"));
  EXPECT_THAT(remedy_for(failure("proxy-refused", 0)), HasSubstr("HTTPS_PROXY"));
  EXPECT_THAT(remedy_for(failure("timeout", 0)), HasSubstr("looking"));
}

TEST(Remedies, OurOwnCodesSayMoreThanTheStatus) {
  EXPECT_NE(remedy_for(failure("reported-conflict", 409)), remedy_for(failure("http-409", 409)));
  EXPECT_THAT(meaning_of(failure("immutable-member", 400)), HasSubstr("does not let change"));
}

TEST(Remedies, KnowTheStatusFromTheCodeAlone) {
  EXPECT_EQ(remedy_for(failure("http-413", 0)), remedy_for(failure("http-413", 413)));
  EXPECT_THAT(meaning_of(failure("invalidRequest", 0)), HasSubstr("does not accept"));
}

TEST(Remedies, AreNeverEmpty) {
  for (int status = 0; status < 700; ++status) {
    EXPECT_FALSE(meaning_of(failure("somethingNew", status)).empty()) << status;
    EXPECT_FALSE(remedy_for(failure("somethingNew", status)).empty()) << status;
  }
  EXPECT_THAT(remedy_for(failure("http-", 0)), HasSubstr("support"));
  EXPECT_THAT(remedy_for(failure("http-4x4", 0)), HasSubstr("support"));
}

TEST(Remedies, NameNoRequestIdsWhereNoRequestWasSent) {
  EXPECT_THAT(remedy_for(failure("something-new", 0)), Not(HasSubstr("Name the request id")));
  auto sent = failure("something-new", 0);
  sent.client_request_id = "c-1";
  EXPECT_THAT(remedy_for(sent), HasSubstr("Name the request id"));
  EXPECT_EQ(remedy_for(failure("interrupted", 0)), remedy_for(failure("timeout", 0)));
}

}  // namespace
}  // namespace referrald
