// Access tokens from a token service that others have written (oauth2-mock-server), over HTTP.
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "daemon/spawn.hpp"
#include "daemon/submission/http_transport.hpp"
#include "daemon/submission/real_clock.hpp"
#include "daemon/submission/sign_in.hpp"
#include "daemon/submission/token.hpp"
#include "tests/integration/process.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using submission::TokenResult;
using ::testing::HasSubstr;

constexpr const char* client = "00000000-0000-4000-8000-000000000000";

class OAuthPeer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(OAUTH_PEER_MODULES) / "node_modules"))
      GTEST_SKIP() << "oauth2-mock-server is not installed: scripts/install-dependencies.sh peers";
    auth_.tenant = "contoso.onmicrosoft.com";
    auth_.client_id = client;
    auth_.refresh_token = folder_.write("refresh-token", "refresh-0\n");
    ::chmod(auth_.refresh_token.c_str(), 0600);
  }

  void given_certificate() {
    const auto identity = self_signed({.names = {}, .addresses = {}, .rsa_bits = 2048});
    auth_.client_certificate = config::ClientCertificate{
        folder_.write("app.pem", identity.certificate), folder_.write("app.key", identity.key), {}};
  }

  // The server asks for assertions of this certificate; empty: for none.
  void serve(const std::string& path, const fs::path& certificate = {}) {
    std::vector<std::string> words{
        "/usr/bin/env", "node", OAUTH_PEER_SCRIPT, OAUTH_PEER_MODULES, path, "refresh-0", client};
    if (!certificate.empty()) words.push_back(certificate.string());
    server_ = std::make_unique<Process>(words, folder_.path().string());
    while (!server_->err().ends_with('\n')) {
      if (const auto ended = server_->wait_for(std::chrono::milliseconds{5}))
        throw std::runtime_error("the token service ended: " + ended->err);
    }
    std::string port = server_->err();
    port.pop_back();
    auth_.authority = "http://127.0.0.1:" + port;
  }

  // So many tokens one after the other, each rejected once it is there.
  std::vector<TokenResult> tokens(int count) {
    boost::asio::io_context io(1);
    const auto clock = submission::make_clock(io.get_executor());
    const auto random = submission::make_random();
    submission::HttpOptions options;
    options.url = auth_.authority;
    const auto transport = submission::make_http_transport(io.get_executor(), options);
    config::Retry retry;
    retry.attempts = 1;
    const auto source = submission::make_token_source(auth_, "https://api.partner.microsoft.com",
                                                      retry, *transport, *clock, *random);
    std::vector<TokenResult> results;
    const auto job = [&]() -> boost::asio::awaitable<void> {
      for (int i = 0; i < count; ++i) {
        TokenResult result = co_await source->get();
        source->reject(result.access_token);
        results.push_back(std::move(result));
      }
      co_await transport->close();
    };
    std::exception_ptr error;
    spawn(io.get_executor(), job(), [&](std::exception_ptr failure) { error = failure; });
    io.run();
    if (error) std::rethrow_exception(error);
    return results;
  }

  TemporaryFolder folder_;
  config::Auth auth_;
  std::unique_ptr<Process> server_;
};

TEST_F(OAuthPeer, GivesTokensAndTakesEachRefreshTokenOnce) {
  serve("/contoso.onmicrosoft.com/oauth2/v2.0/token");
  for (const TokenResult& result : tokens(3)) {
    EXPECT_EQ(result.kind, TokenResult::Kind::ok) << result.error;
    EXPECT_EQ(std::count(result.access_token.begin(), result.access_token.end(), '.'), 2);
  }
  EXPECT_EQ(content_of(auth_.refresh_token).size(), 36U) << "a UUID, the last one";
  const auto sign_in = submission::read_sign_in(auth_.refresh_token);
  ASSERT_TRUE(sign_in);
  EXPECT_EQ(sign_in->account.user, "ada@contoso.example");
  EXPECT_EQ(sign_in->account.name, "Ada Example");
}

TEST_F(OAuthPeer, IsAskedAtVersionOneAsWell) {
  auth_.endpoint = config::TokenEndpoint::v1;
  serve("/contoso.onmicrosoft.com/oauth2/token");
  EXPECT_EQ(tokens(1)[0].kind, TokenResult::Kind::ok);
}

TEST_F(OAuthPeer, VerifiesTheAssertionOfEachRequest) {
  given_certificate();
  serve("/contoso.onmicrosoft.com/oauth2/v2.0/token", auth_.client_certificate->file);
  for (const TokenResult& result : tokens(3))
    EXPECT_EQ(result.kind, TokenResult::Kind::ok) << result.error;
}

TEST_F(OAuthPeer, RefusesAnotherCertificate) {
  given_certificate();
  const auto registered = auth_.client_certificate->file;
  fs::copy(registered, folder_ / "registered.pem");
  serve("/contoso.onmicrosoft.com/oauth2/v2.0/token", folder_ / "registered.pem");
  given_certificate();
  const auto result = tokens(1)[0];
  EXPECT_EQ(result.kind, TokenResult::Kind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr("the client certificate is refused"));
  EXPECT_EQ(content_of(auth_.refresh_token), "refresh-0\n");
}

TEST_F(OAuthPeer, ARefreshTokenUsedElsewhereAsksForANewSignIn) {
  serve("/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(tokens(1)[0].kind, TokenResult::Kind::ok);
  folder_.write("refresh-token", "refresh-0\n");
  const auto result = tokens(1)[0];
  EXPECT_EQ(result.kind, TokenResult::Kind::not_authorised);
  EXPECT_THAT(result.error,
              HasSubstr("has been revoked (invalid_grant, AADSTS50173); sign in again "
                        "with `referrald login`"));
}

}  // namespace
}  // namespace referrald::test
