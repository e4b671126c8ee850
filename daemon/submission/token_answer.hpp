// What the token service's answer means, apart from any I/O (reference, sections 6.1 and 6.4).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/submission/transport.hpp"

namespace referrald::submission {

struct TokenAnswer {
  enum class Kind {
    granted,
    refused,      // asking again changes nothing: a person must act
    again,        // it may answer otherwise later
    unreachable,  // as `again`, and the host could not even be connected to
    untrusted,    // its certificate is refused
    barred,       // the proxy on the way to it refuses
  };
  Kind kind = Kind::again;
  std::string access_token;             // granted: fit for a header
  std::string refresh_token;            // granted: the next one; empty: the old one stays
  std::chrono::seconds lifetime{3600};  // granted: of the access token
  std::string oauth_error;              // refused: its name, "authorization_pending"; or empty
  std::string error;                    // one clause; never a token, a secret or an id
};

// For the remedies in the messages.
struct TokenSetup {
  std::string authority;
  std::string refresh_token_file;
  bool has_secret = false;
};

TokenAnswer judge_token_answer(const Exchange& exchange, const TokenSetup& setup);

// The body of the refresh grant, version 2 of the endpoint.
struct RefreshGrant {
  std::string client_id;
  std::string scope;
  std::string refresh_token;
  std::string client_secret;  // empty: a public client
};
std::string write_refresh_grant(const RefreshGrant& grant);

// How long one request to the token service may take.
inline constexpr std::chrono::seconds oauth_timeout{30};

Request oauth_request(std::string path, std::string body, std::string request_id);

// Overwrites the text before it is given back.
void wipe(std::string& secret);

// The path of the tenant's endpoint, "token" or "devicecode", version 2.
std::string oauth_path(const std::string& authority, const std::string& tenant,
                       std::string_view endpoint);
// The scope that gives access tokens for the API, and refresh tokens.
std::string oauth_scope(const std::string& audience);

// Percent-encodes for a path segment or a form's value.
std::string encode_component(std::string_view text);

}  // namespace referrald::submission
