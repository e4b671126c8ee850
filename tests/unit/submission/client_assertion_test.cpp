// Client assertions, and the tokens' own base64.
#include "daemon/submission/client_assertion.hpp"

#include <boost/json.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "daemon/submission/base64url.hpp"
#include "daemon/submission/token_request.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/submission/token_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using submission::decode_base64url;
using submission::encode_base64url;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

boost::json::object json_part(const std::string& part) {
  return boost::json::parse(decode_base64url(part).value_or("")).as_object();
}

class ClientAssertion : public TokenTest {
 protected:
  ClientAssertion() {
    auth_.client_id = "client-1";
    auth_.client_secret.reset();
    write(folder_ / "app.pem", identity_.certificate);
    write(folder_ / "app.key", identity_.key);
    auth_.client_certificate =
        config::ClientCertificate{folder_ / "app.pem", folder_ / "app.key", {}};
  }

  // Of the form's fields.
  static std::string value_in(const std::string& body, const std::string& name) {
    for (const std::string& field : split(body, '&'))
      if (field.starts_with(name + "=")) return field.substr(name.size() + 1);
    return {};
  }

  bool verifies(const std::string& text, const std::string& signature) const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(identity_.certificate.data(),
                        static_cast<int>(identity_.certificate.size())),
        BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                X509_get0_pubkey(certificate.get())) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
  }

  const Identity identity_ = self_signed({.names = {}, .addresses = {}, .rsa_bits = 2048});
};

TEST_F(ClientAssertion, IsSentInPlaceOfASecretAndSignedForThisRequestAlone) {
  service_answers(200, grant("access-1"));
  EXPECT_EQ(get().kind, TokenResult::Kind::ok);
  const std::string body = transport_.last().body;
  EXPECT_THAT(body, Not(HasSubstr("client_secret")));
  EXPECT_EQ(value_in(body, "client_assertion_type"),
            "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
  const auto parts = split(value_in(body, "client_assertion"), '.');
  ASSERT_EQ(parts.size(), 3U);

  const auto header = json_part(parts[0]);
  EXPECT_EQ(header.at("alg").as_string(), "RS256");
  EXPECT_EQ(header.at("typ").as_string(), "JWT");
  const auto read = config::read_certificate(*auth_.client_certificate);
  EXPECT_EQ(header.at("x5t").as_string(), encode_base64url(read.sha1));
  EXPECT_EQ(header.at("x5t#S256").as_string(), encode_base64url(read.sha256));

  const auto claims = json_part(parts[1]);
  EXPECT_EQ(claims.at("aud").as_string(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
  EXPECT_EQ(claims.at("iss").as_string(), "client-1");
  EXPECT_EQ(claims.at("sub").as_string(), "client-1");
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch();
  EXPECT_EQ(claims.at("nbf").as_int64(), now.count());
  EXPECT_EQ(claims.at("iat").as_int64(), now.count());
  EXPECT_EQ(claims.at("exp").as_int64(), (now + 10min).count());
  EXPECT_TRUE(verifies(parts[0] + "." + parts[1], decode_base64url(parts[2]).value_or("")));
  EXPECT_FALSE(verifies(parts[0] + "." + parts[0], decode_base64url(parts[2]).value_or("")));

  source().reject("access-1");
  service_answers(200, grant("access-2"));
  get();
  const auto again = split(value_in(transport_.last().body, "client_assertion"), '.');
  EXPECT_NE(json_part(again[1]).at("jti"), claims.at("jti"));
}

TEST_F(ClientAssertion, IsForTheEndpointThatIsAsked) {
  auth_.endpoint = config::TokenEndpoint::v1;
  auth_.authority = "https://login.example.com/adfs/";
  service_answers(200, grant("access-1"));
  get();
  const auto parts = split(value_in(transport_.last().body, "client_assertion"), '.');
  EXPECT_EQ(json_part(parts.at(1)).at("aud").as_string(),
            "https://login.example.com/adfs/contoso.onmicrosoft.com/oauth2/token");
}

TEST_F(ClientAssertion, AFileThatIsGoneIsNamedAndNothingIsAsked) {
  std::filesystem::remove(folder_ / "app.key");
  const TokenResult result = get();
  EXPECT_EQ(result.kind, TokenResult::Kind::not_authorised);
  EXPECT_THAT(result.error, HasSubstr("app.key\" cannot be opened"));
  EXPECT_EQ(asked(), 0U);
}

TEST_F(ClientAssertion, ThatIsRefusedWithoutANumberIsTheCertificatesFault) {
  service_answers(401, R"({"error":"invalid_client"})");
  EXPECT_THAT(get().error, HasSubstr("the client certificate is refused (invalid_client); upload"));
}

TEST(Base64Url, IsWithoutPaddingAndStrict) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg"},
                                                       {"fo", "Zm8"},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg"},
                                                       {"\xFB\xEF\xFF", "--__"},
                                                       {{"\0\0", 2}, "AAA"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encode_base64url(bytes), text);
    EXPECT_EQ(decode_base64url(text), bytes);
  }
  for (const char* wrong : {"Z", "Zg==", "Zm 9v", "Zm+v", "Zm/v", "Zm9vY"})
    EXPECT_EQ(decode_base64url(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace referrald::test
