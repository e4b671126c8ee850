#include "config/certificate.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const test::Identity& rsa() {
  static const auto identity = test::self_signed({.names = {}, .addresses = {}, .rsa_bits = 2048});
  return identity;
}

class ConfigCertificate : public ConfigTest {
 protected:
  // Line 5, the value from column 25.
  static Lines with_certificate(const std::string& value) {
    Lines lines = valid();
    lines.insert(lines.begin() + 4, "    client_certificate: " + value);
    return lines;
  }
  std::vector<std::string> certificate(const std::string& value) {
    return problems(with_certificate(value));
  }
  // Both files, of which the key is `key`.
  std::vector<std::string> with_key(const std::string& key, mode_t mode = 0600) {
    write("app.pem", rsa().certificate, 0644);
    write("app.key", key, mode);
    return certificate("{ file: app.pem, key: app.key }");
  }
};

TEST_F(ConfigCertificate, AndItsKeyAreTwoFiles) {
  write("app.pem", rsa().certificate, 0644);
  write("app.key", rsa().key);
  const auto auth = loaded(with_certificate("{ file: app.pem, key: app.key }")).partner_center.auth;
  EXPECT_EQ(auth.client_certificate.value().file, folder_ / "app.pem");
  EXPECT_EQ(auth.client_certificate.value().key, folder_ / "app.key");
  EXPECT_EQ(auth.client_certificate.value().place.line, 5);
  EXPECT_FALSE(auth.client_secret.has_value());
}

TEST_F(ConfigCertificate, AndItsKeyMayBeOneFileInAnyOrder) {
  const auto other = test::self_signed({.names = {}, .addresses = {}});
  for (const std::string& text : {rsa().certificate + rsa().key, rsa().key + rsa().certificate,
                                  other.certificate + rsa().certificate + rsa().key}) {
    write("app.pem", text);
    const auto auth = loaded(with_certificate("{ file: app.pem }")).partner_center.auth;
    EXPECT_EQ(auth.client_certificate.value().key, folder_ / "app.pem");
    const Certificate read = read_certificate(auth.client_certificate.value());
    EXPECT_EQ(read.sha1.size(), 20U);
    EXPECT_EQ(read.sha256.size(), 32U);
    const auto now = std::chrono::system_clock::now();
    EXPECT_LT(read.not_before, now);
    EXPECT_GT(read.not_after, now + 23h);
    EXPECT_LT(read.not_after, now + 25h);
  }
}

TEST_F(ConfigCertificate, AKeyThatOthersCanReadIsRefused) {
  EXPECT_THAT(with_key(rsa().key, 0644),
              ElementsAre("DIR/referrald.yaml:5:47: partner_center.auth.client_certificate.key: "
                          "\"DIR/app.key\" holds a secret and can be read by others (chmod 600 "
                          "DIR/app.key)"));
  write("both.pem", rsa().certificate + rsa().key, 0640);
  EXPECT_THAT(certificate("{ file: both.pem }"), ElementsAre(HasSubstr("can be read by others")));
}

TEST_F(ConfigCertificate, AloneIsNoSecretAndNoProof) {
  write("app.pem", rsa().certificate, 0644);
  EXPECT_THAT(certificate("{ file: app.pem }"),
              ElementsAre(AllOf(HasSubstr("key"), Not(HasSubstr("chmod")))));
}

TEST_F(ConfigCertificate, MustBelongToItsKey) {
  const auto other = test::self_signed({.names = {}, .addresses = {}, .rsa_bits = 2048});
  EXPECT_THAT(with_key(other.key),
              ElementsAre("DIR/referrald.yaml:5:33: partner_center.auth.client_certificate.file: "
                          "\"DIR/app.pem\" holds a certificate that does not belong to the key "
                          "(name the key with which this certificate was requested)"));
}

TEST_F(ConfigCertificate, AKeyWithAPassphraseIsRefused) {
  EXPECT_THAT(
      with_key(test::with_passphrase(rsa().key)),
      ElementsAre(StartsWith("DIR/referrald.yaml:5:47: partner_center.auth.client_certificate.key: "
                             "\"DIR/app.key\" holds a private key with a passphrase (remove it: "
                             "openssl pkey -in OLD -out NEW")));
}

TEST_F(ConfigCertificate, AKeyMustBeLongAndRsa) {
  EXPECT_THAT(with_key(test::self_signed({.names = {}, .addresses = {}}).key),
              ElementsAre(HasSubstr("holds a key that is not RSA")));
  EXPECT_THAT(with_key(test::self_signed({.names = {}, .addresses = {}, .rsa_bits = 1024}).key),
              ElementsAre(HasSubstr("holds a key of 1024 bits (make one of 2048 bits or more)")));
}

TEST_F(ConfigCertificate, FilesThatHoldSomethingElseAreNamed) {
  EXPECT_THAT(with_key("hunter2"),
              ElementsAre(HasSubstr("\"DIR/app.key\" holds no private key that can be read")));
  EXPECT_THAT(with_key(""), ElementsAre(HasSubstr("holds no private key")));
  write("app.key", rsa().key);
  write("app.pem", "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(certificate("{ file: app.pem, key: app.key }"),
              ElementsAre(HasSubstr("\"DIR/app.pem\" holds no certificate that can be read")));
  EXPECT_THAT(
      certificate("{ file: missing.pem, key: app.key }"),
      ElementsAre(HasSubstr("client_certificate.file: \"DIR/missing.pem\" does not exist")));
}

TEST_F(ConfigCertificate, IsASectionAndNeverShown) {
  for (const std::string value :
       {"hunter2", "[hunter2]", "{ hunter2: x, file: a }", "|\n      -----BEGIN hunter2"}) {
    const auto found = certificate(value);
    EXPECT_THAT(found, Not(IsEmpty())) << value;
    EXPECT_THAT(found, Each(Not(HasSubstr("hunter2")))) << value;
  }
  EXPECT_THAT(certificate("{ key: app.key }"),
              Contains(HasSubstr("client_certificate.file: is missing")));
}

TEST_F(ConfigCertificate, ExcludesASecretAndHasAFileOfItsOwn) {
  write("app.pem", rsa().certificate + rsa().key);
  write("secret", "hunter2");
  Lines lines = with_certificate("{ file: app.pem }");
  lines.insert(lines.begin() + 5, "    client_secret: { file: secret }");
  EXPECT_THAT(problems(lines),
              ElementsAre("DIR/referrald.yaml:5:25: partner_center.auth.client_certificate: stands "
                          "beside client_secret (give one of them: remove the other)"));
  write("token", rsa().certificate + rsa().key);
  EXPECT_THAT(certificate("{ file: token }"),
              ElementsAre(HasSubstr("refresh_token: is the same file as client_certificate.file, "
                                    "and would overwrite it")));
}

TEST_F(ConfigCertificate, TheEndpointIsV2OrV1) {
  Lines lines = valid();
  lines.insert(lines.begin() + 4, "    endpoint: v1");
  EXPECT_EQ(loaded(lines).partner_center.auth.endpoint, TokenEndpoint::v1);
  lines[4] = "    endpoint: v2";
  EXPECT_EQ(loaded(lines).partner_center.auth.endpoint, TokenEndpoint::v2);
  lines[4] = "    endpoint: V1";
  EXPECT_THAT(problems(lines),
              ElementsAre("DIR/referrald.yaml:5:15: partner_center.auth.endpoint: \"V1\" is not an "
                          "endpoint of the token service (v2 or v1)"));
}

TEST_F(ConfigCertificate, LifetimesAreWhatTheOperatorSays) {
  write("secret", "hunter2");
  Lines lines = valid();
  lines.insert(lines.begin() + 4, "    refresh_token_lifetime: 30d");
  lines.insert(lines.begin() + 5, "    client_secret: { file: secret, expires: 2027-03-31 }");
  const auto auth = loaded(lines).partner_center.auth;
  EXPECT_EQ(auth.refresh_token_lifetime, std::chrono::days{30});
  EXPECT_EQ(auth.client_secret_expires, std::chrono::sys_days(std::chrono::year{2027} / 3 / 31));
  for (const char* day : {"2027-02-29", "31.03.2027", "2027-3-31", "soon"}) {
    lines[5] = std::string("    client_secret: { file: secret, expires: ") + day + " }";
    EXPECT_THAT(problems(lines), ElementsAre(HasSubstr("client_secret.expires: "))) << day;
  }
  EXPECT_EQ(loaded(valid()).partner_center.auth.refresh_token_lifetime, std::chrono::days{90});
}

}  // namespace
}  // namespace referrald::config
