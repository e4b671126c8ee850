// Signing in and staying signed in: the program against the simulator's token service.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/integration/setting.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* user = "simulated.user@contoso.onmicrosoft.com";

class SignInIntegrationTest : public IntegrationTest {
 protected:
  // app.pem holds both; registered.pem is what the app registration knows.
  void given_certificate(std::chrono::hours valid_until = std::chrono::hours{24 * 365}) const {
    const auto identity = self_signed({.names = {},
                                       .addresses = {},
                                       .valid_from = std::chrono::hours{-48},
                                       .valid_until = valid_until,
                                       .rsa_bits = 2048});
    write("app.pem", identity.certificate + identity.key);
    write("registered.pem", identity.certificate, 0644);
  }
  std::string registered() const { return (folder / "registered.pem").string(); }

  static std::string certificate_at(const std::string& endpoint) {
    return "    client_certificate: { file: app.pem }\n    endpoint: " + endpoint + "\n";
  }

  std::string token() const { return content_of(folder / "refresh-token"); }
};

TEST_F(SignInIntegrationTest, ByDeviceCodeAtBothEndpointsSaysWhoItIs) {
  Simulator simulator(folder, {"--quiet", "--device-interval", "0", "--device-pending", "2"});
  for (const char* endpoint : {"v2", "v1"}) {
    fs::remove(folder / "refresh-token");
    configure({.url = simulator.url(), .auth = std::string("    endpoint: ") + endpoint + "\n"});
    const auto login = referrald({"login"});
    EXPECT_EQ(login.exit_code, 0) << login.err;
    EXPECT_THAT(login.out, AllOf(HasSubstr("Enter this code:\n\n    "),
                                 HasSubstr(std::string("Signed in as ") + user)));
    for (const char* file : {"refresh-token", "refresh-token.account"}) {
      struct stat info {};
      ASSERT_EQ(::stat((folder / file).c_str(), &info), 0) << file;
      EXPECT_EQ(info.st_mode & 07777U, 0600U) << file;
    }
    const auto status = json(referrald({"status", "--json"}).out).at("token").as_object();
    EXPECT_EQ(status.at("user").as_string(), user);
    EXPECT_EQ(status.at("name").as_string(), "Simulated User");
    EXPECT_EQ(status.at("client").as_string(), "public");
    EXPECT_TRUE(status.at("warnings").as_array().empty());
    const auto check = referrald({"check", "--online"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_THAT(check.out, AllOf(HasSubstr("\nsign-in  simulated.user@"), HasSubstr("good until")));
  }
}

TEST_F(SignInIntegrationTest, ByCertificateAtBothEndpoints) {
  given_certificate();
  Simulator simulator(folder, {"--quiet", "--client-certificate", registered(),
                               "--refuse-old-refresh-token", "--device-interval", "0"});
  given_leads(3);
  for (const char* endpoint : {"v2", "v1"}) {
    configure({.url = simulator.url(), .auth = certificate_at(endpoint)});
    EXPECT_EQ(referrald({"login"}).exit_code, 0);
    const std::string before = token();
    const auto ended = referrald({"check", "--online"});
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_NE(token(), before);
  }
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
}

TEST_F(SignInIntegrationTest, AnotherCertificateThanTheRegisteredOneIsRefused) {
  given_certificate();
  Simulator simulator(folder, {"--quiet", "--client-certificate", registered()});
  configure({.url = simulator.url(), .auth = certificate_at("v2")});
  fs::copy_file(folder / "app.pem", folder / "old.pem");
  given_certificate();
  const auto ended = referrald({"check", "--online"});
  EXPECT_EQ(ended.exit_code, 77);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("AADSTS700027"), HasSubstr("upload the certificate")));
  configure({.url = simulator.url()});  // a public client
  const auto without = referrald({"check", "--online"});
  EXPECT_EQ(without.exit_code, 77);
  EXPECT_THAT(without.err, AllOf(HasSubstr("AADSTS7000218"), HasSubstr("client_certificate")));
}

TEST_F(SignInIntegrationTest, AnAnswerWithoutARefreshTokenKeepsTheOldOne) {
  Simulator simulator(folder, {"--quiet", "--omit-refresh-token"});
  configure({.url = simulator.url(), .auth = "    endpoint: v1\n"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(referrald({"check", "--online"}).exit_code, 0);
    EXPECT_EQ(token(), "simulator-refresh-token\n");
  }
  const auto status = json(referrald({"status", "--json"}).out).at("token").as_object();
  EXPECT_EQ(status.at("user").as_string(), user) << "its use was noted";
}

TEST_F(SignInIntegrationTest, WhatEndsSoonIsWarnedOf) {
  given_certificate(std::chrono::hours{24 * 13});
  Simulator simulator(folder, {"--quiet", "--client-certificate", registered()});
  configure({.url = simulator.url(), .auth = certificate_at("v2")});
  const std::string warning = "the client certificate ends soon";
  const auto status = referrald({"status"});
  EXPECT_EQ(status.exit_code, 0);
  EXPECT_THAT(status.out, HasSubstr("WARNING: " + warning));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"check"}, std::vector<std::string>{"check", "--online"}}) {
    const auto check = referrald(words);
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_THAT(check.err, HasSubstr("warning: " + warning));
    EXPECT_EQ(check.err.find(warning), check.err.rfind(warning)) << "once";
  }
  const auto sync = referrald({"sync", "--log-format", "json"});
  EXPECT_EQ(sync.exit_code, 0);
  EXPECT_THAT(sync.err,
              AllOf(HasSubstr("\"event\":\"credential-ends-soon\",\"message\":\"" + warning + "\""),
                    Not(HasSubstr(user))));
}

TEST_F(SignInIntegrationTest, ACertificateThatHasEndedIsAMistakeForCheck) {
  given_certificate(std::chrono::hours{-1});
  configure({.url = "http://127.0.0.1:1", .auth = certificate_at("v2")});
  const auto check = referrald({"check"});
  EXPECT_EQ(check.exit_code, 78);
  EXPECT_THAT(check.err,
              AllOf(HasSubstr("referrald.yaml:8:5: the client certificate has ended: 20"),
                    HasSubstr("upload it to the app registration")));
  const auto status = referrald({"status"});
  EXPECT_EQ(status.exit_code, 0) << "it could answer";
  EXPECT_THAT(status.out, HasSubstr("WARNING: the client certificate has ended"));
}

TEST_F(SignInIntegrationTest, ARefreshTokenThatNobodyUsesIsWarnedOf) {
  configure({.url = "http://127.0.0.1:1", .auth = "    refresh_token_lifetime: 90d\n"});
  const auto stored = [&](std::chrono::hours ago) {
    fs::last_write_time(folder / "refresh-token", fs::file_time_type::clock::now() - ago);
    return referrald({"status"}).out;
  };
  EXPECT_THAT(stored(std::chrono::hours{24 * 75}), Not(HasSubstr("WARNING")));
  EXPECT_THAT(stored(std::chrono::hours{24 * 77}),
              AllOf(HasSubstr("WARNING: the refresh token ends soon unless it is used"),
                    HasSubstr("check --online")));
  EXPECT_THAT(stored(std::chrono::hours{24 * 91}),
              AllOf(HasSubstr("WARNING: the refresh token was not used for so long"),
                    HasSubstr("sign in again")));
}

TEST_F(SignInIntegrationTest, NoLogHoldsTheAccount) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_leads(2);
  for (const char* command : {"check", "sync", "sync"}) {
    std::vector<std::string> words{"--log-level", "trace", "--log-format", "json", command};
    if (words.back() == "check") words.emplace_back("--online");
    const auto ended = referrald(words);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.err, AllOf(Not(HasSubstr("simulated.user")), Not(HasSubstr("Simulated"))));
  }
}

}  // namespace
}  // namespace referrald::test
