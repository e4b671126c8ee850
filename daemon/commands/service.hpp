// The way to Partner Center as the configuration describes it: connections, sign-in.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/submission/proxy.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::commands {

// The API's name in the directory, whatever host stands in for it (reference, section 6.1).
inline constexpr const char* audience = "https://api.partner.microsoft.com";

// How the API and the sign-in are reached by what `environment` says of proxies, one line for a
// person: "through the proxy proxy.example.com:3128 (HTTPS_PROXY)"; empty: no proxy is named.
// Throws CommandError(invalid).
std::string proxies_in_words(const config::Config& config,
                             const submission::Environment& environment);

class Service {
 public:
  // `config`, `clock` and `random` outlive it. Throws CommandError(invalid) when the trust store, a
  // URL or the proxy that the environment names cannot be used.
  Service(const config::Config& config, boost::asio::any_io_executor executor,
          submission::Clock& clock, submission::Random& random,
          const submission::Environment& environment = submission::process_environment());

  submission::Transport& api() { return *api_; }
  submission::Transport& authority() { return *authority_; }
  submission::TokenSource& tokens() { return *tokens_; }

  // Closes the connections, without which the io_context would not run out of work.
  boost::asio::awaitable<void> close();

 private:
  std::unique_ptr<submission::Transport> api_;
  std::unique_ptr<submission::Transport> authority_;
  std::unique_ptr<submission::TokenSource> tokens_;
};

}  // namespace referrald::commands
