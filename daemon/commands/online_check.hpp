// check --online: is there a token, and does the API answer one read?
#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/commands/globals.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::commands {

// What was found. `sentence` says whom the check reached, or what is wrong and what to do.
struct Online {
  Exit exit = Exit::ok;
  std::string sentence;
};

// What an exchange of GET /v1.0/engagements/referrals?$top=1 with `url` means; a 401 is final.
Online judge(const submission::Exchange& exchange, const std::string& url);

// A token, then one read; after a 401 both once more. Reads only.
boost::asio::awaitable<Online> probe(submission::TokenSource& tokens,
                                     submission::Transport& transport, std::string url,
                                     std::chrono::milliseconds timeout);

// The same over the network, as the configuration says, without repeating what fails.
Online check_online(const config::Config& config);

}  // namespace referrald::commands
