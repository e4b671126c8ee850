// Who signed in, as it is read from tokens and kept beside the refresh token.
#include "daemon/submission/sign_in.hpp"

#include <set>

#include "daemon/submission/base64url.hpp"
#include "daemon/submission/token_errors.hpp"
#include "tests/unit/submission/token_fixture.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using submission::account_of;
using submission::read_sign_in;
using submission::sign_in_file;
using submission::SignIn;
using testing::Not;

std::string jwt(const std::string& claims) {
  return "e30." + submission::encode_base64url(claims) + ".";
}

std::string grant_with(const std::string& more) {
  return R"({"expires_in":"3599","access_token":"access-1",)" + more + "}";
}

TEST(AccountOf, ReadsTheClaimsOfEitherVersion) {
  const auto v2 = account_of(jwt(
      R"({"preferred_username":"ada@contoso.com","name":"Ada Example","tid":"t-1","upn":"x"})"));
  EXPECT_EQ(v2.user, "ada@contoso.com");
  EXPECT_EQ(v2.name, "Ada Example");
  EXPECT_EQ(v2.tenant_id, "t-1");
  EXPECT_EQ(account_of(jwt(R"({"upn":"ada@contoso.com"})")).user, "ada@contoso.com");
  EXPECT_EQ(account_of(jwt(R"({"unique_name":"ada@contoso.com"})")).user, "ada@contoso.com");
}

TEST(AccountOf, WhatCannotBeReadIsNobody) {
  for (const std::string& token :
       {std::string(), std::string("opaque"), std::string("a.b"), std::string("a.b.c"),
        std::string("..."), std::string("e30.!!.x"), jwt("[]"), jwt("{"), jwt(R"({"upn":7})"),
        jwt(R"({"upn":")" + std::string(300, 'x') + "\"}")})
    EXPECT_EQ(account_of(token).user, "") << token;
}

using Token = TokenTest;

TEST_F(Token, WhoItIsForStandsBesideIt) {
  service_answers(200, grant_with(R"("refresh_token":"refresh-1","id_token":")" +
                                  jwt(R"({"preferred_username":"ada@contoso.com"})") + "\""));
  get();
  const auto sign_in = read_sign_in(file_);
  ASSERT_TRUE(sign_in);
  EXPECT_EQ(sign_in->account.user, "ada@contoso.com");
  EXPECT_EQ(sign_in->renewed, clock_.wall());
  EXPECT_EQ(mode_of(sign_in_file(file_)), 0600U);
  EXPECT_THAT(content(sign_in_file(file_)), Not(testing::HasSubstr("refresh-")));
}

TEST_F(Token, WhoItIsForMayStandInTheAccessToken) {
  service_answers(200, R"({"access_token":")" + jwt(R"({"upn":"ada@contoso.com"})") + "x\"}");
  await(io_, clock_, source().get());
  EXPECT_EQ(read_sign_in(file_)->account.user, "ada@contoso.com");
}

TEST_F(Token, AnAnswerThatDoesNotSayWhoRenewsAllTheSame) {
  submission::store_sign_in(file_, "refresh-0", {{"ada@contoso.com", "Ada", "t-1"}, clock_.wall()});
  clock_.advance(24h);
  service_answers(200, grant("access-1"));
  get();
  const auto sign_in = read_sign_in(file_);
  ASSERT_TRUE(sign_in);
  EXPECT_EQ(sign_in->account.user, "ada@contoso.com");
  EXPECT_EQ(sign_in->renewed, clock_.wall());
}

TEST_F(Token, ThatIsRefusedIsRememberedUntilItIsTakenAgain) {
  const auto since = clock_.wall();
  submission::store_sign_in(file_, "refresh-0", {{"ada@contoso.com", "Ada", "t-1"}, since});
  clock_.advance(24h);
  service_answers(400, oauth_error("invalid_grant", "700082"));
  const auto refused = get();
  const auto sign_in = read_sign_in(file_);
  ASSERT_TRUE(sign_in && sign_in->refused);
  EXPECT_EQ(sign_in->refused->at, clock_.wall());
  EXPECT_EQ(sign_in->refused->why, refused.error);
  EXPECT_EQ(sign_in->account.user, "ada@contoso.com");
  EXPECT_EQ(sign_in->renewed, since);
  EXPECT_EQ(mode_of(sign_in_file(file_)), 0600U);
  clock_.advance(1h);
  service_answers(503, "");
  retry_.attempts = 1;
  source_.reset();
  get();
  EXPECT_TRUE(read_sign_in(file_)->refused) << "a service that is away says nothing of it";
  source_.reset();
  service_answers(200, grant("access-1"));
  get();
  EXPECT_FALSE(read_sign_in(file_)->refused);
}

TEST_F(Token, ThatWasNeverUsedIsRememberedAsRefusedToo) {
  service_answers(400, oauth_error("invalid_grant", "70008"));
  get();
  ASSERT_TRUE(read_sign_in(file_));
  EXPECT_TRUE(read_sign_in(file_)->refused);
  submission::store_sign_in(file_, "refresh-1", {{}, clock_.wall()});
  EXPECT_FALSE(read_sign_in(file_)->refused) << "a login makes another one";
}

TEST_F(Token, ThatSomebodyPutThereIsNobodysYet) {
  submission::store_sign_in(file_, "refresh-0", {{"ada@contoso.com", "", ""}, clock_.wall()});
  EXPECT_TRUE(read_sign_in(file_));
  write(file_, "of somebody else");
  fs::last_write_time(file_, fs::last_write_time(sign_in_file(file_)) + 1ms);
  EXPECT_FALSE(read_sign_in(file_));
}

TEST_F(Token, IsHandedOutThoughWhoItIsForCannotBeWritten) {
  fs::create_directories(sign_in_file(file_) / "in the way");
  service_answers(200, grant("access-1", "refresh-1"));
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(content(file_), "refresh-1");
  EXPECT_FALSE(read_sign_in(file_));
}

TEST(ReadSignIn, AFileThatHoldsSomethingElseIsNone) {
  const fs::path folder =
      fs::temp_directory_path() / ("referrald-sign-in-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "token";
  EXPECT_FALSE(read_sign_in(file));
  std::ofstream(file) << "r";
  for (const char* text : {"", "{", "[]", "{}", R"({"renewed_ms":"soon"})"}) {
    std::ofstream(sign_in_file(file)) << text;
    EXPECT_FALSE(read_sign_in(file)) << text;
  }
  fs::remove_all(folder);
}

TEST(StoreSignIn, CreatesAndReplacesForTheOwnerAlone) {
  const fs::path folder =
      fs::temp_directory_path() / ("referrald-store-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "token";
  const SignIn sign_in{{"ada@contoso.com", "Ada", "t-1"}, VirtualClock::default_start};
  submission::store_sign_in(file, "one", sign_in);
  EXPECT_EQ(content(file), "one");
  EXPECT_EQ(mode_of(file), 0600U);
  ::chmod(file.c_str(), 0644);
  std::ofstream(file.string() + ".new") << "left by a crash";
  submission::store_sign_in(file, "two", sign_in);
  EXPECT_EQ(content(file), "two");
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
  EXPECT_EQ(read_sign_in(file)->account.name, "Ada");
  EXPECT_EQ(read_sign_in(file)->renewed, VirtualClock::default_start);
  EXPECT_THROW(submission::store_sign_in(folder / "missing" / "token", "x", sign_in),
               std::system_error);
  fs::remove_all(folder);
}

// The reference's table 6.4.
TEST(SignInErrors, EveryKnownNumberHasASentenceAndARemedy) {
  std::set<std::int64_t> numbers;
  for (const auto& entry : submission::sign_in_errors()) {
    EXPECT_FALSE(entry.meaning.empty()) << entry.code;
    EXPECT_FALSE(entry.remedy.empty()) << entry.code;
    const bool fresh = entry.code == 0 || numbers.insert(entry.code).second;
    EXPECT_TRUE(fresh) << entry.code;
  }
  for (const std::int64_t number :
       {700082, 70008, 70043,  70044,   50173,   50132,   50133, 50055,   50076, 50079, 50078,
        50074,  65001, 700016, 7000215, 7000218, 7000222, 70011, 9010010, 50126, 50053, 50057}) {
    EXPECT_TRUE(numbers.contains(number)) << number;
    const auto meaning =
        submission::meaning_of("invalid_grant", number, submission::ClientProof::none);
    EXPECT_EQ(meaning.code, number);
  }
}

TEST(SignInErrors, AnUnknownNumberIsJudgedByItsName) {
  using submission::ClientProof;
  const auto words = [](const char* error, ClientProof proof = ClientProof::secret) {
    return std::string(submission::meaning_of(error, 999'999'999, proof).meaning);
  };
  EXPECT_EQ(words("invalid_grant"), "the refresh token is refused");
  EXPECT_EQ(words("invalid_client"), "the client secret is refused");
  EXPECT_EQ(words("invalid_client", ClientProof::certificate), "the client certificate is refused");
  EXPECT_EQ(words("invalid_client", ClientProof::none),
            "a client secret or certificate is asked for and none was sent");
  EXPECT_EQ(words("something_new"), "the request is refused");
  EXPECT_EQ(words(""), "the request is refused");
}

}  // namespace
}  // namespace referrald::test
