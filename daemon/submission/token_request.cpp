#include "daemon/submission/token_request.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>

#include "config/certificate.hpp"
#include "daemon/submission/client_assertion.hpp"

namespace referrald::submission {
namespace {

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// The authority's own path; usually none.
std::string_view path_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return url.substr(std::min(begin, url.size()));
}

std::string field(std::string_view name, std::string_view value) {
  return "&" + std::string(name) + "=" + encode_component(value);
}

}  // namespace

TokenRequests::TokenRequests(const config::Auth& auth, const std::string& audience, Clock& clock,
                             Random& random)
    : auth_(auth),
      authority_(without_slash(auth.authority)),
      audience_(audience),
      clock_(clock),
      random_(random) {}

Request TokenRequests::refresh(std::string_view refresh_token) const {
  std::string body = "grant_type=refresh_token" + field("client_id", auth_.client_id) + what_for() +
                     field("refresh_token", refresh_token) + client_proof();
  // Version 1 gives an ID token, which says who signed in, for this alone.
  if (auth_.endpoint == config::TokenEndpoint::v1) body += "&scope=openid";
  return post("token", std::move(body));
}

Request TokenRequests::device_code() const {
  return post("devicecode", "client_id=" + encode_component(auth_.client_id) + what_for());
}

Request TokenRequests::device_poll(std::string_view device_code) const {
  const std::string client = field("client_id", auth_.client_id);
  if (auth_.endpoint == config::TokenEndpoint::v1)
    return post("token", "grant_type=device_code" + client + what_for() +
                             field("code", device_code) + client_proof());
  return post("token", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code" +
                           client + field("device_code", device_code) + client_proof());
}

Request TokenRequests::post(std::string_view endpoint, std::string body) const {
  Request request;
  request.method = "POST";
  request.target = std::string(path_of(authority_)) + path(endpoint);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("client-request-id", random_.uuid());
  request.body = std::move(body);
  return request;
}

std::string TokenRequests::path(std::string_view endpoint) const {
  return "/" + encode_component(auth_.tenant) +
         (auth_.endpoint == config::TokenEndpoint::v1 ? "/oauth2/" : "/oauth2/v2.0/") +
         std::string(endpoint);
}

std::string TokenRequests::what_for() const {
  if (auth_.endpoint == config::TokenEndpoint::v1) return field("resource", audience_);
  // Of openid and profile comes the ID token, which says who signed in.
  return field("scope", audience_ + "/.default offline_access openid profile");
}

std::string TokenRequests::client_proof() const {
  if (auth_.client_secret) {
    std::string secret = config::read_secret(*auth_.client_secret);
    std::string proof = field("client_secret", secret);
    wipe(secret);
    return proof;
  }
  if (!auth_.client_certificate) return {};
  try {
    const auto certificate = config::read_certificate(*auth_.client_certificate);
    return "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-"
           "bearer" +
           field("client_assertion",
                 make_client_assertion(certificate, {authority_ + path("token"), auth_.client_id,
                                                     random_.uuid(), clock_.wall()}));
  } catch (const config::CertificateError& error) {
    throw std::runtime_error("the client certificate: " + std::string(error.what()) + ": " +
                             error.remedy());
  }
}

ClientProof proof_of(const config::Auth& auth) {
  if (auth.client_secret) return ClientProof::secret;
  return auth.client_certificate ? ClientProof::certificate : ClientProof::none;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::string encode_component(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += hex[byte >> 4U];
      encoded += hex[byte & 0x0FU];
    }
  }
  return encoded;
}

}  // namespace referrald::submission
