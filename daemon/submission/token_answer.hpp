// What the token service's answer means, apart from any I/O (reference, sections 6.1 and 6.4).
#pragma once

#include <chrono>
#include <string>

#include "daemon/submission/sign_in.hpp"
#include "daemon/submission/token_errors.hpp"
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
  Account account;                      // granted: who signed in, as far as the tokens say it
  std::string oauth_error;              // refused: its name, "authorization_pending"; or empty
  std::string error;                    // one clause; never a token, a secret or an id
};

// For the messages.
struct TokenSetup {
  std::string authority;
  ClientProof proof = ClientProof::none;
};

TokenAnswer judge_token_answer(const Exchange& exchange, const TokenSetup& setup);

}  // namespace referrald::submission
