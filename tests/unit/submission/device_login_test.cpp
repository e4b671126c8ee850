// Signing in by device code, in virtual time, at a scripted token service.
#include "daemon/submission/device_login.hpp"

#include <optional>

#include "daemon/submission/secret_file.hpp"
#include "tests/unit/submission/token_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using GrantKind = TokenResult::Kind;
using submission::DeviceCode;
using submission::Exchange;
using testing::HasSubstr;
using testing::Not;

constexpr auto offer =
    R"({"device_code":"device-1","user_code":"ABCD-1234","expires_in":900,"interval":5,)"
    R"("verification_uri":"https://microsoft.com/devicelogin","message":"To sign in …"})";

class DeviceLogin : public TokenTest {
 protected:
  DeviceLogin() { auth_.client_secret.reset(); }

  TokenResult login() {
    TokenResult result =
        await(io_, clock_,
              submission::login_by_device_code(
                  auth_, "https://api.partner.microsoft.com", transport_, clock_, random_,
                  [this](const DeviceCode& code) { shown_.push_back(code); }));
    for (const char* hidden : {"device-1", "refresh-", "access-", secret})
      EXPECT_THAT(result.error, Not(HasSubstr(hidden)));
    EXPECT_EQ(result.access_token, "");
    return result;
  }

  std::vector<DeviceCode> shown_;
};

TEST_F(DeviceLogin, ShowsTheCodeWaitsAndKeepsTheRefreshToken) {
  service_answers(200, offer);
  service_answers(400, oauth_error("authorization_pending", "70016"));
  service_answers(400, oauth_error("authorization_pending", "70016"));
  service_answers(200, grant("access-1", "refresh-new"));
  EXPECT_EQ(login().kind, GrantKind::ok);
  ASSERT_EQ(shown_.size(), 1U);
  EXPECT_EQ(shown_[0].user_code, "ABCD-1234");
  EXPECT_EQ(shown_[0].verification_uri, "https://microsoft.com/devicelogin");
  EXPECT_EQ(shown_[0].lifetime, 15min);
  EXPECT_EQ(content(file_), "refresh-new");
  EXPECT_EQ(mode_of(file_), 0600U);

  const auto& asked = transport_.asked();
  EXPECT_EQ(asked[0].request.target, "/contoso.onmicrosoft.com/oauth2/v2.0/devicecode");
  EXPECT_EQ(asked[0].request.body,
            "client_id=client%20id&scope=https%3A%2F%2Fapi.partner.microsoft.com%2F.default%20"
            "offline_access%20openid%20profile");
  EXPECT_EQ(asked[1].request.target, "/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(asked[1].request.body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
            "&client_id=client%20id&device_code=device-1");
  for (std::size_t i = 1; i < asked.size(); ++i)
    EXPECT_EQ(asked[i].at - asked[i - 1].at, 5s) << "not faster than the service asks for";
}

TEST_F(DeviceLogin, NobodyIsAskedToSignInForASecretThatIsMissing) {
  auth_.client_secret = config::SecretSource{};
  auth_.client_secret->file = file_.parent_path() / "client-secret";
  std::ofstream(*auth_.client_secret->file);
  const TokenResult result = login();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr("client-secret is empty"));
  EXPECT_TRUE(shown_.empty());
  EXPECT_TRUE(transport_.asked().empty());
}

TEST_F(DeviceLogin, AsksAtVersionOneInItsOwnWords) {
  auth_.endpoint = config::TokenEndpoint::v1;
  service_answers(
      200, R"({"device_code":"device-1","user_code":"ABCD-1234","expires_in":"600","interval":"7",)"
           R"("verification_url":"https://microsoft.com/devicelogin"})");
  service_answers(200, grant("access-1", "refresh-new", "\"3599\""));
  EXPECT_EQ(login().kind, GrantKind::ok);
  ASSERT_EQ(shown_.size(), 1U);
  EXPECT_EQ(shown_[0].verification_uri, "https://microsoft.com/devicelogin");
  EXPECT_EQ(shown_[0].lifetime, 10min);
  const auto& asked = transport_.asked();
  EXPECT_EQ(asked[0].request.target, "/contoso.onmicrosoft.com/oauth2/devicecode");
  EXPECT_EQ(asked[0].request.body,
            "client_id=client%20id&resource=https%3A%2F%2Fapi.partner.microsoft.com");
  EXPECT_EQ(asked[1].request.target, "/contoso.onmicrosoft.com/oauth2/token");
  EXPECT_EQ(asked[1].request.body,
            "grant_type=device_code&client_id=client%20id"
            "&resource=https%3A%2F%2Fapi.partner.microsoft.com&code=device-1");
  EXPECT_EQ(asked[1].at - asked[0].at, 7s);
}

TEST_F(DeviceLogin, SlowsDownWhenItIsTold) {
  service_answers(200, offer);
  service_answers(400, oauth_error("slow_down", "0"));
  service_answers(200, grant("access-1", "refresh-new"));
  EXPECT_EQ(login().kind, GrantKind::ok);
  EXPECT_EQ(transport_.asked()[2].at - transport_.asked()[1].at, 10s);
}

TEST_F(DeviceLogin, OutlastsATokenServiceThatIsAwayForAMoment) {
  service_answers(200, offer);
  service_answers(503, "");
  transport_.then(not_sent(Exchange::Trouble::connect, "connect: connection refused"));
  transport_.then(unknown(Exchange::Trouble::timeout));
  service_answers(200, grant("access-1", "refresh-new"));
  EXPECT_EQ(login().kind, GrantKind::ok);
  EXPECT_EQ(content(file_), "refresh-new");
}

TEST_F(DeviceLogin, EndsWhenThePersonDeclines) {
  for (const char* error : {"authorization_declined", "access_denied"}) {
    service_answers(200, offer);
    service_answers(400, oauth_error(error, "70019"));
    const auto result = login();
    EXPECT_EQ(result.kind, GrantKind::not_authorised);
    EXPECT_THAT(result.error, HasSubstr("declined in the browser"));
    EXPECT_THAT(result.error, HasSubstr("run `referrald login` again"));
  }
  EXPECT_EQ(content(file_), "refresh-0\n") << "the old one stays";
}

TEST_F(DeviceLogin, EndsWhenTheCodeHasExpired) {
  service_answers(200, offer);
  transport_.otherwise([](const submission::Request&) {
    return answered(400, oauth_error("authorization_pending", "70016"));
  });
  const auto begin = clock_.steady();
  const auto result = login();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr("not entered in time"));
  EXPECT_EQ(clock_.steady() - begin, 15min);
}

TEST_F(DeviceLogin, SendsTheSecretOfAConfidentialClient) {
  config::SecretSource source;
  source.file = folder_ / "client-secret";
  auth_.client_secret = source;
  service_answers(200, offer);
  service_answers(200, grant("access-1", "refresh-new"));
  EXPECT_EQ(login().kind, GrantKind::ok);
  EXPECT_THAT(transport_.asked()[0].request.body, Not(HasSubstr("client_secret")));
  EXPECT_THAT(transport_.asked()[1].request.body, HasSubstr("&client_secret=s3cr3t~value"));
}

TEST_F(DeviceLogin, AsksForNothingWhenTheTokenCouldNotBeKept) {
  auth_.refresh_token = folder_ / "missing" / "token";
  const auto result = login();
  EXPECT_EQ(result.kind, GrantKind::cannot_store);
  EXPECT_THAT(result.error, HasSubstr("No such file or directory"));
  EXPECT_EQ(asked(), 0U);
}

TEST_F(DeviceLogin, AsksAtMostOnceASecondWhateverTheServiceSays) {
  for (const char* interval : {"0", "-1"}) {
    const auto before = asked();
    service_answers(200,
                    R"({"device_code":"device-1","user_code":"A","verification_uri":"https://x",)"
                    R"("interval":)" +
                        std::string(interval) + "}");
    service_answers(400, oauth_error("authorization_pending", "70016"));
    service_answers(200, grant("access-1", "refresh-new"));
    EXPECT_EQ(login().kind, GrantKind::ok);
    EXPECT_GE(transport_.asked()[before + 2].at - transport_.asked()[before + 1].at, 1s);
  }
}

// Another process renews at this moment: the file that it writes stands beside the token.
TEST_F(DeviceLogin, LeavesARenewalUnderWayAlone) {
  std::optional<submission::FolderLock> renewal(std::in_place, folder_);
  ASSERT_TRUE(renewal->try_lock());
  const auto fresh = file_.string() + ".new";
  write(fresh, "refresh-of-the-renewal");
  transport_.then([&](const submission::Request&) {
    EXPECT_EQ(content(fresh), "refresh-of-the-renewal\n");
    renewal.reset();
    return answered(503);
  });
  EXPECT_EQ(login().kind, GrantKind::unavailable);
  EXPECT_TRUE(shown_.empty());
}

TEST_F(DeviceLogin, SaysWhyThereIsNoCode) {
  service_answers(401, oauth_error("invalid_client", "7000218"));
  EXPECT_EQ(login().kind, GrantKind::not_authorised);
  service_answers(200, "<html>proxy</html>");
  const auto proxy = login();
  EXPECT_EQ(proxy.kind, GrantKind::unavailable);
  EXPECT_THAT(proxy.error, HasSubstr("cannot be read; check partner_center.auth.authority"));
  transport_.then(not_sent(Exchange::Trouble::connect, "connect: connection refused"));
  EXPECT_EQ(login().kind, GrantKind::unavailable);
  EXPECT_TRUE(shown_.empty());
}

TEST_F(DeviceLogin, WithoutARefreshTokenIsNone) {
  service_answers(200, offer);
  service_answers(200, grant("access-1"));
  const auto result = login();
  EXPECT_EQ(result.kind, GrantKind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr("offline_access"));
  EXPECT_EQ(content(file_), "refresh-0\n");
}

}  // namespace
}  // namespace referrald::test
