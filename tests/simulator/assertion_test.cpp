// Client assertions, signed here without a word of the client's own code.
#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/simulator/encoding.hpp"
#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

class AssertionTest : public ServiceTest {
 protected:
  AssertionTest() : key_(EVP_RSA_gen(2048)), certificate_(X509_new()) {
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    const std::unique_ptr<BIO, FreeKey> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    settings_.client_certificate.assign(text, static_cast<std::size_t>(size));
  }

  std::string thumbprint(const EVP_MD* digest) const {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate_.get(), digest, bytes, &size);
    return encode_base64url({reinterpret_cast<const char*>(bytes), size});
  }

  static std::int64_t seconds(Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  }

  // What a good one says; a test changes what it is about.
  boost::json::object header() const {
    return {{"alg", "RS256"}, {"typ", "JWT"}, {"x5t", thumbprint(EVP_sha1())}};
  }
  boost::json::object claims() const {
    return {{"aud", "http://127.0.0.1/contoso/oauth2/v2.0/token"},
            {"iss", "app"},
            {"sub", "app"},
            {"jti", "id-1"},
            {"nbf", seconds(clock_.now())},
            {"exp", seconds(clock_.now()) + 600}};
  }

  std::string sign(const boost::json::object& header, const boost::json::object& claims) const {
    const std::string text = encode_base64url(boost::json::serialize(header)) + '.' +
                             encode_base64url(boost::json::serialize(claims));
    const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
    unsigned char bytes[512];
    std::size_t size = sizeof bytes;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), bytes, &size, reinterpret_cast<const unsigned char*>(text.data()),
                   text.size());
    return text + '.' + encode_base64url({reinterpret_cast<const char*>(bytes), size});
  }

  Told send_v2(const std::string& assertion) { return grant(form + assertion); }
  Told send_v1(const std::string& assertion) {
    return grant("resource=" + std::string(api_audience) + "&" + form + assertion,
                 "/contoso/oauth2/token");
  }

  void expect_refused(const std::string& assertion, int code) {
    const auto told = send_v2(assertion);
    EXPECT_EQ(told.status, 401U) << told.body;
    EXPECT_EQ(told.text("/error"), "invalid_client");
    EXPECT_EQ(told.json().at_pointer("/error_codes/0").to_number<int>(), code);
  }

  const std::string form =
      "grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token"
      "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
      "&client_assertion=";
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::unique_ptr<X509, FreeKey> certificate_;
};

TEST_F(AssertionTest, IsTakenOnce) {
  const auto assertion = sign(header(), claims());
  EXPECT_EQ(send_v2(assertion).status, 200U);
  expect_refused(assertion, 50027);
  auto other = claims();
  other["jti"] = "id-2";
  EXPECT_EQ(send_v2(sign(header(), other)).status, 200U);
}

TEST_F(AssertionTest, MayBeNamedByItsLongThumbprintAtVersionTwoOnly) {
  auto long_one = header();
  long_one.erase("x5t");
  long_one["x5t#S256"] = thumbprint(EVP_sha256());
  EXPECT_EQ(send_v2(sign(long_one, claims())).status, 200U);
  auto v1 = claims();
  v1["aud"] = "http://127.0.0.1/contoso/oauth2/token";
  v1["jti"] = "id-2";
  EXPECT_EQ(send_v1(sign(long_one, v1)).status, 401U);
  EXPECT_EQ(send_v1(sign(header(), v1)).status, 200U);
}

TEST_F(AssertionTest, IsRefusedForWhateverIsWrongWithIt) {
  const auto with = [](boost::json::object object, const char* name, boost::json::value value) {
    object[name] = std::move(value);
    return object;
  };
  const auto now = seconds(clock_.now());
  expect_refused("one.part", 50027);
  expect_refused("a.b.c", 50027);
  expect_refused(sign(with(header(), "alg", "none"), claims()), 50027);
  expect_refused(sign(with(header(), "x5t", "AAAA"), claims()), 700027);
  expect_refused(sign(header(), with(claims(), "iss", "other")), 700021);
  expect_refused(sign(header(), with(claims(), "sub", "other")), 700021);
  expect_refused(sign(header(), with(claims(), "aud", "http://127.0.0.1/contoso")), 700023);
  expect_refused(sign(header(), with(claims(), "exp", now - 301)), 700024);
  expect_refused(sign(header(), with(claims(), "nbf", now + 301)), 700024);
  expect_refused(sign(header(), with(claims(), "jti", "")), 50027);
  auto good = sign(header(), claims());
  good[good.size() - 5] = good[good.size() - 5] == 'A' ? 'B' : 'A';
  expect_refused(good, 700027);
}

TEST_F(AssertionTest, IsAskedFor) {
  const auto told =
      grant("grant_type=refresh_token&client_id=app&refresh_token=simulator-refresh-token");
  EXPECT_EQ(told.status, 401U);
  EXPECT_EQ(told.json().at_pointer("/error_codes/0").to_number<int>(), 7000218);
}

}  // namespace
}  // namespace referrald::simulator
