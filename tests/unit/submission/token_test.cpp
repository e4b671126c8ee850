// Access tokens in virtual time, from a scripted token service; the refresh token on disk.
#include "daemon/submission/token.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>

#include "daemon/spawn.hpp"
#include "tests/unit/submission/token_fixture.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using submission::Request;
using GrantKind = TokenResult::Kind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Token = TokenTest;

TEST_F(Token, IsAskedForByTheRefreshGrant) {
  service_answers(200, grant("access-1"));
  EXPECT_EQ(get().access_token, "access-1");
  const Request& request = transport_.last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(*header(request, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&client_id=client%20id"
            "&scope=https%3A%2F%2Fapi.partner.microsoft.com%2F.default%20offline_access%20openid"
            "%20profile"
            "&refresh_token=refresh-0&client_secret=s3cr3t~value");
}

TEST_F(Token, IsAskedForWithAResourceAtVersionOneOfTheEndpoint) {
  auth_.endpoint = config::TokenEndpoint::v1;
  service_answers(200,
                  R"({"token_type":"Bearer","expires_in":"600","expires_on":"1795345200",)"
                  R"("resource":"https://api.partner.microsoft.com","access_token":"access-1"})");
  service_answers(200, grant("access-2", "refresh-2"));
  EXPECT_EQ(get().access_token, "access-1");
  EXPECT_EQ(transport_.last().target, "/contoso.onmicrosoft.com/oauth2/token");
  EXPECT_EQ(transport_.last().body,
            "grant_type=refresh_token&client_id=client%20id"
            "&resource=https%3A%2F%2Fapi.partner.microsoft.com"
            "&refresh_token=refresh-0&client_secret=s3cr3t~value&scope=openid");
  EXPECT_EQ(content(file_), "refresh-0\n") << "an answer without a refresh token";
  clock_.advance(5min);
  EXPECT_EQ(get().access_token, "access-2") << "its lifetime is a string";
  EXPECT_EQ(content(file_), "refresh-2");
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
  for (int i = 0; i < 5; ++i) spawn(io_.get_executor(), caller());
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
  EXPECT_EQ(result.kind, GrantKind::cannot_store);
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
  EXPECT_EQ(get().kind, GrantKind::cannot_store);
}

TEST_F(Token, WaitsForAnotherProcessThatRenewsAndTakesItsRefreshToken) {
  const int other = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  service_answers(200, grant("access-1"));
  bool done = false;
  const auto caller = [&]() -> boost::asio::awaitable<void> {
    const TokenResult result = co_await source().get();
    done = result.kind == GrantKind::ok;
  };
  spawn(io_.get_executor(), caller());
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
  EXPECT_EQ(result.kind, GrantKind::unavailable);
  EXPECT_THAT(result.error, HasSubstr("another process"));
  EXPECT_EQ(asked(), 0U);
  ::close(other);
}

TEST_F(Token, AMissingRefreshTokenIsNotAuthorised) {
  fs::remove(file_);
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, AllOf(HasSubstr("no refresh token in " + file_.string()),
                                  HasSubstr("referrald login"), HasSubstr("put a refresh token")));
}

TEST_F(Token, AnEmptyRefreshTokenIsNotAuthorised) {
  write(file_, "");
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr(file_.string()));
  EXPECT_EQ(asked(), 0U);
}

TEST_F(Token, ARefreshTokenThatOthersCanReadIsNotUsed) {
  ::chmod(file_.c_str(), 0644);
  const TokenResult result = get();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, AllOf(HasSubstr("read by others"), HasSubstr("chmod 600")));
  EXPECT_EQ(asked(), 0U);
}

// By it the first request to the API knows what time it is there.
TEST_F(Token, SaysWhatTimeItWasAtTheServiceWhenItWasIssued) {
  submission::Response response;
  response.status = 200;
  response.body = grant("access-1");
  response.date = "Sun, 22 Nov 2026 05:00:00 GMT";
  transport_.then(answered(response), 2s);
  const auto start = clock_.steady();
  (void)get();
  clock_.advance(10min);
  const TokenResult result = get();
  EXPECT_EQ(asked(), 1U);
  ASSERT_TRUE(result.issued);
  EXPECT_EQ(result.issued->said, clock_.wall() - 5h - 10min - 2s);
  EXPECT_EQ(result.issued->heard, start + 2s);
}

}  // namespace
}  // namespace referrald::test
