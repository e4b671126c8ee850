#include "daemon/sync/list_walk.hpp"

#include <utility>

#include <fmt/format.h>

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
  answer_ = co_await client_.get(target_);
  if (answer_.kind != Answer::Kind::answered || answer_.response.status != 200) {
    const auto decision = submission::decide(persistence::Step::own, false, answer_);
    co_return fail(answer_.kind == Answer::Kind::answered
                       ? fmt::format("the list is answered with status {} (request-id {})",
                                     answer_.response.status, answer_.response.request_id)
                       : answer_.error,
                   decision.halt);
  }
  auto page = submission::parse_page(answer_.response.body);
  if (!page) co_return fail("the list's answer is no page of referrals");
  ++pages_;
  std::string next = page->skip_token ? query_ + "&$skiptoken=" + *page->skip_token : std::string();
  if (next == target_) co_return fail("the list's next page is the same page again");
  target_ = std::move(next);
  co_return page;
}

}  // namespace referrald::sync
