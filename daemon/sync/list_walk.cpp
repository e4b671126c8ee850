#include "daemon/sync/list_walk.hpp"

#include <functional>
#include <utility>

#include <fmt/format.h>

#include "daemon/sync/halt_reason.hpp"

namespace referrald::sync {

namespace asio = boost::asio;
using submission::Answer;

ListWalk::ListWalk(submission::Client& client, std::string query,
                   const std::optional<std::string>& skip_token)
    : client_(client),
      query_(fmt::format("{}?{}", submission::referrals_path, query)),
      target_(skip_token ? query_ + "&$skiptoken=" + *skip_token : query_) {}

std::nullopt_t ListWalk::fail(std::string reason, submission::Halt halt) {
  failed_ = true;
  halt_ = halt;
  reason_ = std::move(reason);
  return std::nullopt;
}

asio::awaitable<std::optional<submission::Page>> ListWalk::next() {
  if (target_.empty() || failed_) co_return std::nullopt;
  if (!asked_.insert(std::hash<std::string>{}(target_)).second)
    co_return fail("the list leads back to a page that it had already");
  answer_ = co_await client_.get(target_);
  if (answer_.kind != Answer::Kind::answered || answer_.response.status != 200) {
    const auto decision = submission::decide(persistence::Step::own, false, answer_);
    co_return fail(answer_.kind == Answer::Kind::answered
                       ? fmt::format("the list is answered with {}", status_text(answer_.response))
                       : answer_.error,
                   decision.halt);
  }
  auto page = submission::parse_page(answer_.response.body);
  if (!page) co_return fail("the list's answer is no page of referrals");
  ++pages_;
  target_ = page->skip_token ? query_ + "&$skiptoken=" + *page->skip_token : std::string();
  co_return page;
}

bool reaches_past(const submission::Page& page, persistence::Timestamp time) {
  std::optional<persistence::Timestamp> last;
  bool past = false;
  for (const auto& listed : page.referrals) {
    if (!listed.created) continue;
    if (last && *listed.created > *last) return false;
    last = listed.created;
    past = past || *last < time;
  }
  return past;
}

}  // namespace referrald::sync
