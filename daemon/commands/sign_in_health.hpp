// What is known of the sign-in without asking the service: who signed in, until when that is good,
// and what ends soon. By the files beside the refresh token; whether the service still accepts it
// is for `check --online` to find out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "config/config.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/sign_in.hpp"
#include "daemon/submission/token_errors.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

// So long before something ends it is warned of.
inline constexpr std::chrono::days warned_ahead{14};

// Something that ends soon or has ended. No part holds personal data or a secret.
struct SignInWarning {
  std::string what;  // "the client certificate ends soon"
  persistence::Timestamp when;
  std::string remedy;
  Event event;           // what the log calls it
  bool invalid = false;  // the client certificate cannot be used now
  bool told = false;     // the run that met it has said it already
};

struct SignInHealth {
  std::string file;                             // of the refresh token
  std::optional<persistence::Timestamp> since;  // it is there since then; absent: there is none
  std::string mode;                             // "0600"
  bool readable_by_others = false;
  submission::Account account;
  std::string tenant;                                // as configured
  std::optional<persistence::Timestamp> renewed;     // absent: not used since it was put there
  std::optional<persistence::Timestamp> good_until;  // absent: no token, or it is refused
  std::optional<submission::Refusal> refused;        // its last use
  submission::ClientProof client = submission::ClientProof::none;
  std::optional<persistence::Timestamp> client_until;  // of its secret or certificate; if known
  std::vector<SignInWarning> warnings;
};

SignInHealth sign_in_health(const config::Auth& auth, persistence::Timestamp now);

// Why the configured client secret cannot be used, a sentence without it; blank: it can, or there
// is none.
std::string client_secret_trouble(const config::Auth& auth);

// For a person: some lines without an end. Shows the account.
std::vector<std::string> lines_of(const SignInHealth& health, persistence::Timestamp now);
// "the client certificate ends soon: 2026-12-01T00:00:00Z (in 9d 2h); make a new one, …".
std::string sentence_of(const SignInWarning& warning, persistence::Timestamp now);
// The member `token` of status --json.
boost::json::object json_of(const SignInHealth& health, persistence::Timestamp now);

// One event each at level warning.
void log_warnings(const SignInHealth& health, Log& log);

}  // namespace referrald::commands
