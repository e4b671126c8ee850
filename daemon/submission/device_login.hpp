// Signing in by device code (reference, section 6.3): a person enters a code in any browser.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

// What the person is to be shown.
struct DeviceCode {
  std::string user_code;
  std::string verification_uri;
  std::chrono::seconds lifetime{900};
};

// Asks for a code, shows it, and waits until it was entered, refused or has expired. The refresh
// token is in auth.refresh_token then, and who signed in beside it (as store_sign_in() does it);
// nothing else of the answer is kept. That the file can be written is tried before a code is asked
// for. `ok` has no access token. `transport` reaches the authority's host and outlives the call.
boost::asio::awaitable<TokenResult> login_by_device_code(
    const config::Auth& auth, std::string audience, Transport& transport, Clock& clock,
    Random& random, std::function<void(const DeviceCode&)> show);

}  // namespace referrald::submission
