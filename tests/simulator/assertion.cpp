#include "tests/simulator/assertion.hpp"

#include <array>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <simdjson.h>

#include "tests/simulator/encoding.hpp"

namespace referrald::simulator {
namespace {

namespace dom = simdjson::dom;

constexpr AssertionFault malformed{50027, "JWT token is invalid or malformed."};
constexpr AssertionFault unregistered{
    700027, "The certificate with identifier used to sign the client assertion is not registered."};
constexpr AssertionFault forged{700027, "Client assertion failed signature validation."};
constexpr AssertionFault other_client{
    700021, "Client assertion application identifier doesn't match 'client_id' parameter."};
constexpr AssertionFault other_audience{
    700023, "Client assertion audience claim does not match Realm issuer."};
constexpr AssertionFault untimely{700024, "Client assertion is not within its valid time range."};
constexpr AssertionFault replayed{50027, "The client assertion was used before."};

// Of the two clocks.
constexpr auto skew = std::chrono::minutes{5};

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate read_certificate(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return certificate;
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  X509_digest(certificate, digest, bytes.data(), &size);
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

bool verifies(X509* certificate, std::string_view text, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto bytes = [](std::string_view of) {
    return reinterpret_cast<const unsigned char*>(of.data());
  };
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                         X509_get0_pubkey(certificate)) == 1 &&
                    EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text),
                                     text.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string_view text_of(dom::object object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::optional<Time> time_of(dom::object object, std::string_view name) {
  std::int64_t seconds = 0;
  if (object[name].get(seconds) != simdjson::SUCCESS) return std::nullopt;
  return Time{std::chrono::seconds{seconds}};
}

bool names(X509* certificate, dom::object header, bool v1) {
  const auto sha1 = text_of(header, "x5t");
  const auto sha256 = text_of(header, "x5t#S256");
  if (sha1.empty() && (sha256.empty() || v1)) return false;
  return (sha1.empty() || sha1 == thumbprint(certificate, EVP_sha1())) &&
         (sha256.empty() || sha256 == thumbprint(certificate, EVP_sha256()));
}

}  // namespace

std::optional<AssertionFault> Assertions::check(std::string_view assertion,
                                                const Expected& expected, Time now) {
  const auto first = assertion.find('.');
  const auto last = assertion.rfind('.');
  if (first == std::string_view::npos || last == first) return malformed;
  const auto header_text = decode_base64url(assertion.substr(0, first));
  const auto claims_text = decode_base64url(assertion.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(assertion.substr(last + 1));
  if (!header_text || !claims_text || !signature) return malformed;
  dom::parser header_parser;
  dom::parser claims_parser;
  dom::object header;
  dom::object claims;
  if (header_parser.parse(*header_text).get(header) != simdjson::SUCCESS ||
      claims_parser.parse(*claims_text).get(claims) != simdjson::SUCCESS ||
      text_of(header, "alg") != "RS256" || text_of(header, "typ") != "JWT") {
    return malformed;
  }

  const auto certificate = read_certificate(expected.certificate);
  if (!certificate || !names(certificate.get(), header, expected.v1)) return unregistered;
  if (!verifies(certificate.get(), assertion.substr(0, last), *signature)) return forged;
  if (text_of(claims, "iss") != expected.client_id || text_of(claims, "sub") != expected.client_id)
    return other_client;
  if (text_of(claims, "aud") != expected.audience) return other_audience;
  const auto not_before = time_of(claims, "nbf");
  const auto until = time_of(claims, "exp");
  if (!not_before || !until || *not_before > now + skew || *until + skew <= now) return untimely;
  const std::string id{text_of(claims, "jti")};
  if (id.empty()) return malformed;
  std::erase_if(used_, [now](const auto& entry) { return entry.second <= now; });
  if (!used_.emplace(id, *until + skew).second) return replayed;
  return std::nullopt;
}

bool is_certificate(std::string_view pem) {
  return read_certificate(pem) != nullptr;
}

}  // namespace referrald::simulator
