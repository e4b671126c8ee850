#include "daemon/submission/client_assertion.hpp"

#include <memory>
#include <stdexcept>

#include <boost/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "daemon/submission/base64url.hpp"

namespace referrald::submission {
namespace {

// RSASSA-PKCS1-v1_5 with SHA-256: what EVP does with an RSA key unless told otherwise.
std::string sign_rs256(EVP_PKEY* key, const std::string& text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_size(key)), '\0');
  std::size_t size = signature.size();
  const bool done =
      context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) == 1;
  if (!done) {
    ERR_clear_error();
    throw std::runtime_error("the client certificate's key does not sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

std::string make_client_assertion(const config::Certificate& certificate,
                                  const AssertionClaims& claims) {
  const auto now = std::chrono::floor<std::chrono::seconds>(claims.now).time_since_epoch();
  const boost::json::object header{{"alg", "RS256"},
                                   {"typ", "JWT"},
                                   {"x5t", encode_base64url(certificate.sha1)},
                                   {"x5t#S256", encode_base64url(certificate.sha256)}};
  const boost::json::object payload{
      {"aud", claims.audience},
      {"iss", claims.client_id},
      {"sub", claims.client_id},
      {"jti", claims.id},
      {"nbf", now.count()},
      {"iat", now.count()},
      {"exp", (now + std::chrono::seconds(assertion_lifetime)).count()}};
  const std::string text = encode_base64url(boost::json::serialize(header)) + "." +
                           encode_base64url(boost::json::serialize(payload));
  return text + "." + encode_base64url(sign_rs256(certificate.key.get(), text));
}

}  // namespace referrald::submission
