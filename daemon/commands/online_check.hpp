// check --online: is there a token, and does the API answer one read?
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/commands/globals.hpp"
#include "daemon/submission/client.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::commands {

// What was found. `sentence` says whom the check reached, or what is wrong and what to do.
struct Online {
  Exit exit = Exit::ok;
  std::string sentence;
  bool throttled = false;  // it is well, and asks to slow down
};

// What an exchange of GET /v1.0/engagements/referrals with `url` means; a 401 is final.
Online judge(const submission::Exchange& exchange, const std::string& url);

// A token, then one read; after a 401 both once more. Reads only. `client` repeats nothing else.
boost::asio::awaitable<Online> probe(submission::Client& client, std::string url);

// The same over the network, as the configuration says, without repeating what fails. Counts in the
// daily budget, if there is one, a ledger, and nobody else holds it.
Online check_online(const config::Config& config, persistence::Timestamp now);

}  // namespace referrald::commands
