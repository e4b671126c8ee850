// HTTPS as in production: the certificate has to be that of a known authority, for that host.
#include <gmock/gmock.h>

#include "tests/integration/setting.hpp"
#include "tests/support/certificates.hpp"

namespace referrald::test {
namespace {

using ::testing::HasSubstr;

class TlsIntegrationTest : public IntegrationTest {
 protected:
  std::vector<std::string> serving(const CertificateRequest& request) const {
    const auto identity = authority.issue(request);
    write("server.pem", identity.certificate);
    write("server.key", identity.key);
    write("ca.pem", authority.certificate(), 0644);
    return {"--quiet", "--tls-cert", (folder / "server.pem").string(), "--tls-key",
            (folder / "server.key").string()};
  }

  Authority authority;
};

TEST_F(TlsIntegrationTest, AnAuthorityInTheConfigurationIsTrustedBesideTheSystems) {
  Simulator simulator(folder, serving({.names = {}, .addresses = {"127.0.0.1"}}));
  configure({.url = simulator.url(), .partner_center = "  ca_file: ca.pem\n"});
  given_leads(5);
  const auto ended = referrald({"sync", "--no-progress", "--json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json(ended.out).at("created").as_int64(), 5);
}

TEST_F(TlsIntegrationTest, TheSystemsStoreIsUsed) {
  Simulator simulator(folder, serving({.names = {}, .addresses = {"127.0.0.1"}}));
  configure({.url = simulator.url()});
  given_leads(1);
  const auto ended =
      run(command({"sync"}), folder.string(), {{"SSL_CERT_FILE", (folder / "ca.pem").string()}});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(TlsIntegrationTest, ACertificateOfAnotherHostIsRefused) {
  Simulator simulator(folder, serving({.names = {"other.example.com"}, .addresses = {}}));
  configure({.url = simulator.url(), .partner_center = "  ca_file: ca.pem\n"});
  given_leads(3);
  const auto ended = referrald({"sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_THAT(ended.err, HasSubstr("certificate"));
  EXPECT_THAT(ended.err, HasSubstr("127.0.0.1"));
}

TEST_F(TlsIntegrationTest, AnUnknownAuthorityIsRefused) {
  Simulator simulator(folder, serving({.names = {}, .addresses = {"127.0.0.1"}}));
  configure({.url = simulator.url()});
  given_leads(3);
  const auto ended = referrald({"sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_THAT(ended.err, HasSubstr("certificate"));
}

}  // namespace
}  // namespace referrald::test
