// What a client with a certificate sends in place of a secret: a JWT that its key has signed
// (RFC 7523; private_key_jwt).
#pragma once

#include <chrono>
#include <string>

#include "config/certificate.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// How long an assertion is good; the service asks for 5 to 10 minutes.
inline constexpr std::chrono::minutes assertion_lifetime{10};

struct AssertionClaims {
  std::string audience;   // the token endpoint's URL
  std::string client_id;  // issuer and subject
  std::string id;         // a GUID that was never used before
  WallTime now;
};

// RS256 with both thumbprints, x5t and x5t#S256: PS256, which newer pages of Microsoft prefer, is
// not documented for version 1 of the endpoint, and RS256 is taken by both. Throws
// std::runtime_error when the key does not sign.
std::string make_client_assertion(const config::Certificate& certificate,
                                  const AssertionClaims& claims);

}  // namespace referrald::submission
