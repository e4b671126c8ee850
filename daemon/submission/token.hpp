// Access tokens by the refresh-token grant (reference, section 6.1).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/submission/service_time.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

// An access token, or why there is none.
struct TokenResult {
  enum class Kind {
    ok,
    not_authorised,  // operator must sign in or mend the registration (77)
    unavailable,     // the token service cannot be reached, after the retries (69)
    cannot_store,    // the rotated refresh token cannot be written (73); it is not used then
  };
  Kind kind = Kind::ok;
  std::string access_token;
  std::string error;   // one sentence with what to do; never a token or a secret
  bool fatal = false;  // unavailable: retrying now is pointless (the certificate is refused)
  std::optional<ServiceMoment> issued;  // ok: what the answer that brought it said of the time
};

// Any kind but `ok`.
TokenResult token_failure(TokenResult::Kind kind, std::string error);

// Keeps one access token and renews it 5 minutes ahead of its end. Single flight: callers that come
// while a renewal is under way wait for it. A rotated refresh token is on disk (temporary file,
// fsync, rename, fsync of the folder, mode 0600) before the access token that came with it is
// handed out, and who signed in stands beside it (sign_in.hpp). While the token service is away, an
// access token that still lives is handed out to its end. A failure is repeated to whoever asks in
// the next half minute. From reading the refresh token to replacing it its folder is locked (flock)
// against other processes.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual boost::asio::awaitable<TokenResult> get() = 0;
  // The service answered 401 to this token: the next get() renews unless somebody did already.
  virtual void reject(const std::string& access_token) = 0;
  // Gives up waiting between tries; a get() under way answers `unavailable` soon. For draining.
  virtual void stop() = 0;
};

// `transport` reaches the authority's host. `audience` is the API's
// (https://api.partner.microsoft.com).
std::unique_ptr<TokenSource> make_token_source(const config::Auth& auth,
                                               const std::string& audience,
                                               const config::Retry& retry, Transport& transport,
                                               Clock& clock, Random& random);

}  // namespace referrald::submission
