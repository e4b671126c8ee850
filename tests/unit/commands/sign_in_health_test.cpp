#include "daemon/commands/sign_in_health.hpp"

#include <gmock/gmock.h>

#include "daemon/recording_log.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::commands {
namespace {

using namespace std::chrono_literals;
using persistence::Timestamp;
using std::chrono::days;
using submission::ClientProof;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr Timestamp renewed{std::chrono::milliseconds{1'795'341'600'000}};  // 2026-11-22T10:00:00Z

class SignInHealthTest : public testing::Test {
 protected:
  SignInHealthTest() {
    auth_.tenant = "contoso.onmicrosoft.com";
    auth_.refresh_token = folder_ / "refresh-token";
    submission::store_sign_in(auth_.refresh_token, "r3fresh",
                              {{"ada@contoso.com", "Ada Example", "t-1"}, renewed});
  }

  // What is warned of so long after the last use.
  std::vector<std::string> warnings(std::chrono::milliseconds after) const {
    std::vector<std::string> texts;
    const Timestamp now = renewed + after;
    for (const auto& warning : sign_in_health(auth_, now).warnings)
      texts.push_back(sentence_of(warning, now));
    return texts;
  }

  test::TemporaryFolder folder_;
  config::Auth auth_;
};

TEST_F(SignInHealthTest, SaysWhoSinceWhenAndUntilWhen) {
  const Timestamp now = renewed + 3h;
  const auto health = sign_in_health(auth_, now);
  EXPECT_THAT(lines_of(health, now),
              ElementsAre("ada@contoso.com (Ada Example); tenant contoso.onmicrosoft.com (t-1)",
                          "refresh token in " + (folder_ / "refresh-token").string(),
                          "renewed 2026-11-22T10:00:00Z (3h 00m ago), good until "
                          "2027-02-20T10:00:00Z (in 89d 21h), longer after each use"));
  EXPECT_EQ(health.client, ClientProof::none);
  EXPECT_THAT(health.warnings, IsEmpty());
}

TEST_F(SignInHealthTest, ARefusedSignInIsGoodForNothing) {
  submission::keep_sign_in(auth_.refresh_token,
                           {{"ada@contoso.com", "", ""},
                            renewed,
                            submission::Refusal{renewed + 1h,
                                                "sign-in refused: it has ended; run "
                                                "`referrald login`"}});
  const Timestamp now = renewed + 3h;
  const auto health = sign_in_health(auth_, now);
  EXPECT_FALSE(health.good_until);
  EXPECT_THAT(lines_of(health, now),
              testing::Contains("renewed 2026-11-22T10:00:00Z (3h 00m ago), refused "
                                "2026-11-22T11:00:00Z (2h 00m ago)"));
  EXPECT_THAT(warnings(3h),
              ElementsAre("the token service refuses the sign-in: 2026-11-22T11:00:00Z (2h 00m "
                          "ago); sign-in refused: it has ended; run `referrald login`"));
  RecordingLog log;
  log_warnings(health, log);
  EXPECT_THAT(log.lines(), IsEmpty()) << "the run that met it has said it";
}

TEST_F(SignInHealthTest, WarnsFourteenDaysBeforeTheRefreshTokenEnds) {
  EXPECT_THAT(warnings(days{76} - 1s), IsEmpty());
  EXPECT_THAT(warnings(days{76}),
              ElementsAre(StartsWith("the refresh token ends soon unless it is used: "
                                     "2027-02-20T10:00:00Z (in 14d 0h); ")));
  EXPECT_THAT(warnings(days{90}),
              ElementsAre(AllOf(HasSubstr("has ended"), HasSubstr("`referrald login`"))));
}

TEST_F(SignInHealthTest, WarnsInTheSecondHalfOfAShortLife) {
  auth_.refresh_token_lifetime = days{7};
  EXPECT_THAT(warnings(days{3}), IsEmpty());
  EXPECT_THAT(warnings(days{4}), ElementsAre(HasSubstr("ends soon")));
}

TEST_F(SignInHealthTest, WarnsOfASecretWhoseEndIsWritten) {
  auth_.client_secret = config::SecretSource{folder_.write("secret", "s3cret"), {}};
  EXPECT_THAT(warnings(days{5}), IsEmpty());
  auth_.client_secret_expires = std::chrono::floor<days>(renewed + days{20});
  EXPECT_THAT(warnings(days{5}), IsEmpty());
  EXPECT_THAT(warnings(days{6}),
              ElementsAre(StartsWith("the client secret ends soon: 2026-12-12")));
  EXPECT_THAT(warnings(days{20}), ElementsAre(StartsWith("the client secret has ended: ")));
}

TEST_F(SignInHealthTest, ACertificateThatCannotBeUsedNowIsInvalid) {
  const auto identity = test::self_signed(
      {.names = {}, .addresses = {}, .valid_from = 0h, .valid_until = 24h * 365, .rsa_bits = 2048});
  const auto file = folder_.write("app.pem", identity.certificate + identity.key);
  auth_.client_certificate = config::ClientCertificate{file, file, {}};
  const auto ends = sign_in_health(auth_, renewed).client_until.value();
  const auto at = [&](Timestamp now) {
    for (const auto& warning : sign_in_health(auth_, now).warnings)
      if (warning.what.starts_with("the client certificate"))
        return warning.what.substr(23) + (warning.invalid ? ", invalid" : "");
    return std::string();
  };
  EXPECT_EQ(at(ends - days{366}), "is not valid yet, invalid");
  EXPECT_EQ(at(ends - days{15}), "");
  EXPECT_EQ(at(ends - days{14}), "ends soon");
  EXPECT_EQ(at(ends), "has ended, invalid");
}

TEST_F(SignInHealthTest, NoWarningAndNoLogHoldsWhoItIs) {
  RecordingLog log;
  log_warnings(sign_in_health(auth_, renewed + days{80}), log);
  ASSERT_EQ(log.lines().size(), 1U);
  EXPECT_THAT(log.lines()[0],
              AllOf(StartsWith("warning the refresh token ends soon unless it is used "
                               "event=credential-ends-soon when=2027-02-20T10:00:00Z remedy="),
                    Not(HasSubstr("ada")), Not(HasSubstr("Ada"))));
}

}  // namespace
}  // namespace referrald::commands
