// Through the pages of a list of referrals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/asio/awaitable.hpp>

#include "daemon/submission/client.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/submission/wire.hpp"

namespace referrald::sync {

class ListWalk {
 public:
  // `query` is encoded, and without the question mark. `skip_token`: where an earlier walk of the
  // same query stood.
  ListWalk(submission::Client& client, std::string query,
           const std::optional<std::string>& skip_token = {});

  // The next page; nullopt behind the last one, and when it cannot be read.
  boost::asio::awaitable<std::optional<submission::Page>> next();

  bool failed() const { return failed_; }
  submission::Halt halt() const { return halt_; }
  const std::string& reason() const { return reason_; }         // of failing, one clause
  const submission::Answer& answer() const { return answer_; }  // the last page's
  std::uint64_t pages() const { return pages_; }

 private:
  std::nullopt_t fail(std::string reason, submission::Halt halt = submission::Halt::none);

  submission::Client& client_;
  std::string query_;
  std::string target_;                     // of the next page; empty behind the last one
  std::unordered_set<std::size_t> asked_;  // hashes of the targets so far
  submission::Answer answer_;
  std::uint64_t pages_ = 0;
  bool failed_ = false;
  submission::Halt halt_ = submission::Halt::none;
  std::string reason_;
};

// Whether a list, newest first, has come to what was created before `time`. A page that is not in
// that order says nothing of what follows it.
bool reaches_past(const submission::Page& page, persistence::Timestamp time);

}  // namespace referrald::sync
