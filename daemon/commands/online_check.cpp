#include "daemon/commands/online_check.hpp"

#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "daemon/commands/over_network.hpp"
#include "daemon/remedies.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/wire.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {
namespace {

using submission::Answer;
using submission::Exchange;
using submission::Response;
using submission::TokenResult;

Online no_token(const Answer& answer) {
  switch (answer.token) {
    case TokenResult::Kind::unavailable:
      return {Exit::unavailable, answer.error};
    case TokenResult::Kind::cannot_store:
      return {Exit::cannot_write, answer.error};
    default:
      return {Exit::not_authorised, answer.error};
  }
}

// What is known of an answer, for judge().
Exchange exchange_of(const Answer& answer) {
  Exchange exchange;
  exchange.kind = answer.kind == Answer::Kind::answered  ? Exchange::Kind::answered
                  : answer.kind == Answer::Kind::unknown ? Exchange::Kind::unknown
                                                         : Exchange::Kind::not_sent;
  exchange.response = answer.response;
  exchange.trouble = answer.trouble;
  exchange.error = answer.error;
  return exchange;
}

// What a failed answer is called in `show`, so that the remedies are the same.
persistence::Failure failure_of(const Response& response) {
  persistence::Failure failure;
  failure.code = fmt::format("http-{}", response.status);
  failure.http_status = response.status;
  failure.request_id = response.request_id;
  return failure;
}

// What `show` says of a row does not fit a read: an address that is wrong, or a redirect.
std::string_view remedy_of(const Response& response) {
  const int status = response.status;
  if (status == 404 || status == 410 || (status >= 300 && status < 400))
    return "Check partner_center.url in the configuration, and whether a proxy answers in its "
           "place.";
  if (status == 400)
    return "It refuses a plain request for the list, so what answers there may be another service: "
           "check partner_center.url; if that is right, give Microsoft's support the request id.";
  return remedy_for(failure_of(response));
}

std::string with_request_id(const Response& response) {
  return response.request_id.empty()
             ? fmt::format("HTTP {}", response.status)
             : fmt::format("HTTP {}, request id {}", response.status, response.request_id);
}

Online judge_answer(const Response& response, const std::string& url) {
  const int status = response.status;
  if (status == 200) {
    const auto page = submission::parse_page(response.body);
    if (page)
      return {Exit::ok, fmt::format("{} answers and accepts the sign-in; {}", url,
                                    page->referrals.empty() ? "it shows no referral yet"
                                                            : "referrals can be read")};
    return {Exit::unavailable,
            fmt::format("{} answers, but not with a list of referrals: check partner_center.url, "
                        "and whether a proxy stands in between",
                        url)};
  }
  const Exit exit = status == 401 || status == 403 ? Exit::not_authorised : Exit::unavailable;
  const char* what = status == 401                    ? "refuses the sign-in, even with a new token"
                     : status == 403                  ? "denies access to referrals"
                     : status == 429 || status == 509 ? "accepts the sign-in and asks to slow down"
                     : status >= 500                  ? "is in trouble"
                                     : "does not answer the way the referrals API does";
  return {exit,
          fmt::format("{} {} ({}). {}", url, what, with_request_id(response), remedy_of(response)),
          submission::is_throttled(status)};
}

// For the budget, whose day is in the ledger; nullptr: it need not be kept, or it cannot now.
std::unique_ptr<persistence::Ledger> ledger_to_count_in(const config::Config& config,
                                                        persistence::Timestamp now) {
  std::error_code error;
  if (!config.submission.daily_budget || !std::filesystem::exists(config.ledger, error))
    return nullptr;
  try {
    return persistence::open_for_writing(config.ledger, now);
  } catch (const persistence::LedgerError&) {
    return nullptr;
  }
}

boost::asio::awaitable<Online> ask(const config::Config& config, Service& service,
                                   submission::Clock& clock, submission::Random& random,
                                   persistence::Ledger* ledger) {
  const auto& settings = config.submission;
  const auto day = submission::format_time(clock.wall()).substr(0, 10);
  submission::RateLimiter limiter(settings.rate, settings.burst, settings.daily_budget,
                                  ledger == nullptr ? 0 : ledger->calls(day), clock);
  submission::Client client(service.api(), service.tokens(), limiter, clock, random, settings);
  Online online = co_await probe(client, config.partner_center.url);
  if (ledger == nullptr) co_return online;
  ledger->begin();
  for (const auto& [called, calls] : limiter.take_unrecorded()) ledger->add_calls(called, calls);
  ledger->commit();
  co_return online;
}

}  // namespace

Online judge(const Exchange& exchange, const std::string& url) {
  if (exchange.kind == Exchange::Kind::answered) return judge_answer(exchange.response, url);
  if (exchange.trouble == Exchange::Trouble::proxy) {
    return {Exit::unavailable, fmt::format("{} cannot be reached: {}.", url, exchange.error)};
  }
  const bool tls = exchange.trouble == Exchange::Trouble::tls;
  return {Exit::unavailable,
          fmt::format("{} cannot be reached: {}. {}", url, exchange.error,
                      tls ? "Check that partner_center.url names the right host and a port that "
                            "speaks https; for a private authority or an inspecting proxy, name "
                            "its certificate as partner_center.ca_file."
                          : "Check partner_center.url, this machine's network, and a firewall or "
                            "proxy in between.")};
}

boost::asio::awaitable<Online> probe(submission::Client& client, std::string url) {
  // As a sync asks for the list: what would answer this may be trusted to answer that.
  const Answer answer = co_await client.get(std::string(submission::referrals_path) +
                                            "?$orderby=createdDateTime%20desc");
  switch (answer.kind) {
    case Answer::Kind::no_token:
      co_return no_token(answer);
    case Answer::Kind::exhausted:
      co_return Online{Exit::stopped,
                       "the daily budget of calls is used up, so that nothing was asked: try again "
                       "on the next day (UTC), or raise submission.daily_budget"};
    default:
      co_return judge(exchange_of(answer), url);
  }
}

Online check_online(const config::Config& config, persistence::Timestamp now) {
  // A person waits for the answer: one try says enough.
  config::Config once = config;
  once.submission.retry.attempts = 1;
  const auto ledger = ledger_to_count_in(config, now);
  return over_network<Online>(
      once, [&](Service& service, submission::Clock& clock, submission::Random& random) {
        return ask(once, service, clock, random, ledger.get());
      });
}

}  // namespace referrald::commands
