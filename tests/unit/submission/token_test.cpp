// Access tokens in virtual time, from a scripted token service.
#include "daemon/submission/token.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scripted_transport.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using submission::Exchange;
using submission::Request;
using submission::Response;
using submission::TokenResult;
using Kind = TokenResult::Kind;
using Trouble = Exchange::Trouble;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto secret = "s3cr3t~value";

// Always the middle, so that waits can be told in advance.
class EvenRandom final : public submission::Random {
 public:
  double uniform() override { return 0.5; }
  std::string uuid() override { return "11111111-2222-4333-8444-" + std::to_string(++count_); }

 private:
  long count_ = 100'000'000'000;
};

std::string grant(const std::string& access, const std::string& refresh = {},
                  const std::string& expires_in = "3600") {
  std::string body = R"({"token_type":"Bearer","expires_in":)" + expires_in +
                     R"(,"access_token":")" + access + "\"";
  if (!refresh.empty()) body += R"(,"refresh_token":")" + refresh + "\"";
  return body + "}";
}

std::string oauth_error(const std::string& error, const std::string& code = {}) {
  return R"({"error":")" + error + R"(","error_description":"AADSTS)" + code +
         R"(: for user someone@example.com. Trace ID: 0f0f","error_codes":[)" + code + "]}";
}

std::string content(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

mode_t mode_of(const fs::path& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

class Token : public testing::Test {
 protected:
  Token() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    auth_.tenant = "contoso.onmicrosoft.com";
    auth_.client_id = "client id";
    auth_.refresh_token = file_;
    config::SecretSource source;
    source.file = folder_ / "client-secret";
    auth_.client_secret = source;
    write(*source.file, secret);
    write(file_, "refresh-0");
  }
  ~Token() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }

  static void write(const fs::path& file, const std::string& text) {
    std::ofstream(file) << text << "\n";
    ::chmod(file.c_str(), 0600);
  }

  submission::TokenSource& source() {
    if (!source_) {
      source_ = submission::make_token_source(auth_, "https://api.partner.microsoft.com", retry_,
                                              transport_, clock_, random_);
    }
    return *source_;
  }

  TokenResult get() {
    TokenResult result = await(io_, clock_, source().get());
    EXPECT_EQ(result.kind == Kind::ok, result.error.empty()) << result.error;
    EXPECT_EQ(result.kind == Kind::ok, !result.access_token.empty());
    for (const std::string& hidden : std::vector<std::string>{secret, "refresh-", "access-"}) {
      EXPECT_THAT(result.error, Not(HasSubstr(hidden)));
    }
    return result;
  }

  void service_answers(int status, const std::string& body) {
    transport_.then(answered(status, body));
  }

  std::size_t asked() const { return transport_.asked().size(); }

  static fs::path new_folder() {
    static int count = 0;
    return fs::temp_directory_path() /
           ("referrald-token-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  }

  const fs::path folder_ = new_folder();
  const fs::path file_ = folder_ / "kept";
  boost::asio::io_context io_;
  VirtualClock clock_;
  ScriptedTransport transport_{clock_};
  EvenRandom random_;
  config::Auth auth_;
  config::Retry retry_;
  std::unique_ptr<submission::TokenSource> source_;
};

TEST_F(Token, IsAskedForByTheRefreshGrant) {
  service_answers(200, grant("access-1"));
  EXPECT_EQ(get().access_token, "access-1");
  const Request& request = transport_.last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(*header(request, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&client_id=client%20id"
            "&scope=https%3A%2F%2Fapi.partner.microsoft.com%2F.default%20offline_access"
            "&refresh_token=refresh-0&client_secret=s3cr3t~value");
}

TEST_F(Token, APublicClientSendsNoSecret) {
  auth_.client_secret.reset();
  service_answers(200, grant("access-1"));
  get();
  EXPECT_THAT(transport_.last().body, Not(HasSubstr("client_secret")));
}

TEST_F(Token, EveryValueIsEncoded) {
  write(file_, "a+b/c=d&e%f");
  auth_.authority = "https://login.example.com/adfs/";
  auth_.tenant = "a/b";
  service_answers(200, grant("access-1"));
  get();
  EXPECT_THAT(transport_.last().body, HasSubstr("&refresh_token=a%2Bb%2Fc%3Dd%26e%25f&"));
  EXPECT_EQ(transport_.last().target, "/adfs/a%2Fb/oauth2/v2.0/token");
}

TEST_F(Token, IsKeptUntilFiveMinutesBeforeItsEnd) {
  service_answers(200, grant("access-1"));
  service_answers(200, grant("access-2"));
  get();
  clock_.advance(54min + 59s);
  EXPECT_EQ(get().access_token, "access-1");
  clock_.advance(1s);
  EXPECT_EQ(get().access_token, "access-2");
}

TEST_F(Token, AShortLivedOneIsKeptForHalfItsLife) {
  service_answers(200, grant("access-1", "", "100"));
  service_answers(200, grant("access-2", "", "100"));
  get();
  clock_.advance(49s);
  EXPECT_EQ(get().access_token, "access-1");
  clock_.advance(1s);
  EXPECT_EQ(get().access_token, "access-2");
}

TEST_F(Token, ItsLifetimeMayBeWrittenAsAString) {
  service_answers(200, grant("access-1", "", "\"600\""));
  service_answers(200, grant("access-2", "", "\"600\""));
  get();
  clock_.advance(5min);
  EXPECT_EQ(get().access_token, "access-2");
}

TEST_F(Token, IsRenewedOnceForAllWhoWait) {
  transport_.then(answered(200, grant("access-1")), 2s);
  std::vector<std::string> got;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    const TokenResult result = co_await source().get();
    got.push_back(result.access_token);
  };
  for (int i = 0; i < 5; ++i) boost::asio::co_spawn(io_, caller, boost::asio::detached);
  run_until_idle(io_, clock_);
  EXPECT_EQ(got, std::vector<std::string>(5, "access-1"));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(Token, ThatTheServiceRejectsIsRenewedOnce) {
  service_answers(200, grant("access-1"));
  service_answers(200, grant("access-2"));
  get();
  source().reject("access-1");
  EXPECT_EQ(get().access_token, "access-2");
  source().reject("access-1");  // a late caller
  EXPECT_EQ(get().access_token, "access-2");
  EXPECT_EQ(asked(), 2U);
}

TEST_F(Token, ARotatedRefreshTokenIsOnDiskFirst) {
  service_answers(200, grant("access-1", "refresh-1"));
  service_answers(200, grant("access-2", "refresh-2"));
  get();
  EXPECT_EQ(content(file_), "refresh-1");
  EXPECT_EQ(mode_of(file_), 0600U);
  source().reject("access-1");
  get();
  EXPECT_THAT(transport_.last().body, HasSubstr("refresh_token=refresh-1"));
  EXPECT_EQ(content(file_), "refresh-2");
  EXPECT_FALSE(fs::exists(file_.string() + ".new"));
}

TEST_F(Token, ARefreshTokenThatStaysIsNotWritten) {
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(::stat(file_.c_str(), &before), 0);
  service_answers(200, grant("access-1"));
  service_answers(200, grant("access-2", "refresh-0"));
  get();
  source().reject("access-1");
  get();
  ASSERT_EQ(::stat(file_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(content(file_), "refresh-0\n");
  EXPECT_FALSE(fs::exists(file_.string() + ".new"));
}

TEST_F(Token, ARotationReplacesTheFileBehindALink) {
  const fs::path link = folder_ / "link";
  fs::create_symlink(file_, link);
  auth_.refresh_token = link;
  service_answers(200, grant("access-1", "refresh-1"));
  get();
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(content(file_), "refresh-1");
}

TEST_F(Token, IsNotAskedForWhenTheNextRefreshTokenCouldNotBeKept) {
  fs::create_directory(file_.string() + ".new");  // in the way, even of root
  const TokenResult result = get();
  EXPECT_EQ(result.kind, Kind::cannot_store);
  EXPECT_THAT(result.error, HasSubstr(file_.string()));
  EXPECT_EQ(asked(), 0U);
}

TEST_F(Token, IsNotHandedOutWhenTheNextRefreshTokenCannotBeKept) {
  transport_.then([&](const Request&) {
    fs::remove(file_);
    fs::create_directory(file_);
    fs::create_directory(file_ / "x");  // rename() cannot replace it
    return answered(200, grant("access-1", "refresh-1"));
  });
  EXPECT_EQ(get().kind, Kind::cannot_store);
}

TEST_F(Token, WaitsForAnotherProcessThatRenewsAndTakesItsRefreshToken) {
  const int other = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  service_answers(200, grant("access-1"));
  bool done = false;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    const TokenResult result = co_await source().get();
    done = result.kind == Kind::ok;
  };
  boost::asio::co_spawn(io_, caller, boost::asio::detached);
  run_ready(io_, clock_);
  clock_.advance(1s);
  run_ready(io_, clock_);
  EXPECT_EQ(asked(), 0U);
  write(file_, "refresh-of-the-other");
  ::close(other);
  run_until_idle(io_, clock_);
  EXPECT_TRUE(done);
  EXPECT_THAT(transport_.last().body, HasSubstr("refresh_token=refresh-of-the-other"));
}

TEST_F(Token, ALockThatIsNeverGivenBackIsReported) {
  const int other = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  const TokenResult result = get();
  EXPECT_EQ(result.kind, Kind::unavailable);
  EXPECT_THAT(result.error, HasSubstr("another process"));
  EXPECT_EQ(asked(), 0U);
  ::close(other);
}

TEST_F(Token, AMissingRefreshTokenIsNotAuthorised) {
  fs::remove(file_);
  const TokenResult result = get();
  EXPECT_EQ(result.kind, Kind::not_authorised);
  EXPECT_THAT(result.error, AllOf(HasSubstr("no refresh token in " + file_.string()),
                                  HasSubstr("referrald login"), HasSubstr("put a refresh token")));
}

TEST_F(Token, AnEmptyRefreshTokenIsNotAuthorised) {
  write(file_, "");
  const TokenResult result = get();
  EXPECT_EQ(result.kind, Kind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr(file_.string()));
  EXPECT_EQ(asked(), 0U);
}

TEST_F(Token, ARefreshTokenThatOthersCanReadIsNotUsed) {
  ::chmod(file_.c_str(), 0644);
  const TokenResult result = get();
  EXPECT_EQ(result.kind, Kind::not_authorised);
  EXPECT_THAT(result.error, AllOf(HasSubstr("read by others"), HasSubstr("chmod 600")));
  EXPECT_EQ(asked(), 0U);
}

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
  EXPECT_EQ(result.kind, Kind::not_authorised);
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
    EXPECT_EQ(result.kind, Kind::not_authorised) << body;
    EXPECT_THAT(result.error, AllOf(HasSubstr("404"), HasSubstr("partner_center.auth.authority")));
    clock_.advance(1min);
  }
}

TEST_F(Token, TheServicesWordsAreNotRepeatedWhereTheyCouldBeAnything) {
  service_answers(400, R"({"error":"refresh-0 is bad","error_description":"refresh-0"})");
  EXPECT_EQ(get().kind, Kind::not_authorised);  // get() looks for the token in the text
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
  EXPECT_EQ(result.kind, Kind::unavailable);
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
  EXPECT_EQ(result.kind, Kind::unavailable);
  EXPECT_TRUE(result.fatal);
  EXPECT_THAT(result.error, HasSubstr("has expired"));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(Token, AHostNeverReachedIsTriedThreeTimesQuickly) {
  for (const Trouble trouble : {Trouble::connect, Trouble::resolve}) {
    source_.reset();
    const std::size_t before = asked();
    const auto began = clock_.elapsed();
    transport_.otherwise([=](const Request&) { return not_sent(trouble, "refused"); });
    EXPECT_EQ(get().kind, Kind::unavailable);
    EXPECT_EQ(asked() - before, 3U);
    EXPECT_LE(clock_.elapsed() - began, 2s);
  }
}

TEST_F(Token, AHostThatWasReachedIsTriedPatiently) {
  service_answers(200, grant("access-1"));
  get();
  source().reject("access-1");
  transport_.otherwise([](const Request&) { return not_sent(Trouble::connect, "refused"); });
  EXPECT_EQ(get().kind, Kind::unavailable);
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
  EXPECT_EQ(get().kind, Kind::unavailable) << "at its end it is good no more";
}

TEST_F(Token, ARefusalIsSaidEvenWhileTheOldOneLives) {
  service_answers(200, grant("access-1"));
  get();
  clock_.advance(56min);
  service_answers(400, oauth_error("invalid_grant", "50173"));
  EXPECT_EQ(get().kind, Kind::not_authorised);
}

TEST_F(Token, StopEndsTheWaitBetweenTries) {
  transport_.otherwise([](const Request&) { return answered(503); });
  std::optional<TokenResult> result;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    TokenResult got = co_await source().get();
    result = std::move(got);
  };
  boost::asio::co_spawn(io_, caller, boost::asio::detached);
  run_ready(io_, clock_);
  ASSERT_FALSE(result);
  source().stop();
  run_ready(io_, clock_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kind, Kind::unavailable);
  EXPECT_EQ(clock_.elapsed(), 0s);
}

TEST_F(Token, StopDoesNotLoseARotationUnderWay) {
  transport_.then(answered(200, grant("access-1", "refresh-1")), 5s);
  std::optional<TokenResult> result;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    TokenResult got = co_await source().get();
    result = std::move(got);
  };
  boost::asio::co_spawn(io_, caller, boost::asio::detached);
  run_ready(io_, clock_);
  source().stop();
  run_until_idle(io_, clock_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->access_token, "access-1");
  EXPECT_EQ(content(file_), "refresh-1");
}

TEST(ReplaceSecretFile, CreatesAndReplacesForTheOwnerAlone) {
  const fs::path folder =
      fs::temp_directory_path() / ("referrald-secret-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "token";
  submission::replace_secret_file(file, "one");
  EXPECT_EQ(content(file), "one");
  EXPECT_EQ(mode_of(file), 0600U);
  ::chmod(file.c_str(), 0644);
  std::ofstream(file.string() + ".new") << "left by a crash";
  submission::replace_secret_file(file, "two");
  EXPECT_EQ(content(file), "two");
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
  EXPECT_THROW(submission::replace_secret_file(folder / "missing" / "token", "x"),
               std::system_error);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace referrald::test
