// The requests to the token service, apart from sending them (reference, sections 6.1 and 6.3).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/submission/token_errors.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

// How long one request to the token service may take.
inline constexpr std::chrono::seconds oauth_timeout{30};

// At the endpoint, and with the proof of who the client is, that the configuration names. Version 2
// of the endpoint wants a scope, version 1 a resource. The client's secret, or its certificate and
// key, are read for each request: std::runtime_error, which names the file, when they cannot be.
class TokenRequests {
 public:
  // `audience` is the API's (https://api.partner.microsoft.com).
  TokenRequests(const config::Auth& auth, const std::string& audience, Clock& clock,
                Random& random);

  Request refresh(std::string_view refresh_token) const;
  // For a code to sign in with, and whether a person has entered it.
  Request device_code() const;
  Request device_poll(std::string_view device_code) const;

 private:
  Request post(std::string_view endpoint, std::string body) const;
  std::string path(std::string_view endpoint) const;
  std::string what_for() const;
  std::string client_proof() const;

  const config::Auth auth_;
  const std::string authority_;  // without a slash at its end
  const std::string audience_;
  Clock& clock_;
  Random& random_;
};

ClientProof proof_of(const config::Auth& auth);

// Overwrites the text before it is given back.
void wipe(std::string& secret);

// Percent-encodes for a path segment or a form's value.
std::string encode_component(std::string_view text);

}  // namespace referrald::submission
