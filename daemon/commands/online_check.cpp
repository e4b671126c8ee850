#include "daemon/commands/online_check.hpp"

#include <fmt/format.h>

#include "daemon/commands/over_network.hpp"
#include "daemon/remedies.hpp"
#include "daemon/submission/wire.hpp"

namespace referrald::commands {
namespace {

using submission::Exchange;
using submission::Response;
using submission::TokenResult;

Online no_token(const TokenResult& token) {
  switch (token.kind) {
    case TokenResult::Kind::unavailable:
      return {Exit::unavailable, token.error};
    case TokenResult::Kind::cannot_store:
      return {Exit::cannot_write, token.error};
    default:
      return {Exit::not_authorised, token.error};
  }
}

// What a failed answer is called in `show`, so that the remedies are the same.
persistence::Failure failure_of(const Response& response) {
  persistence::Failure failure;
  failure.code = fmt::format("http-{}", response.status);
  failure.http_status = response.status;
  failure.request_id = response.request_id;
  return failure;
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
  return {exit, fmt::format("{} {} ({}). {}", url, what, with_request_id(response),
                            remedy_for(failure_of(response)))};
}

submission::Request read_one(const std::string& token) {
  submission::Request request;
  request.target = std::string(submission::referrals_path) + "?$top=1";
  request.headers.emplace_back("Authorization", "Bearer " + token);
  request.headers.emplace_back("Accept", "application/json");
  return request;
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

boost::asio::awaitable<Online> probe(submission::TokenSource& tokens,
                                     submission::Transport& transport, std::string url,
                                     std::chrono::milliseconds timeout) {
  Exchange exchange;
  for (int round = 1; round <= 2; ++round) {
    TokenResult token = co_await tokens.get();
    if (token.kind != TokenResult::Kind::ok) co_return no_token(token);
    submission::Request request = read_one(token.access_token);
    exchange = co_await transport.exchange(std::move(request), timeout);
    const bool unauthenticated =
        exchange.kind == Exchange::Kind::answered && exchange.response.status == 401;
    if (!unauthenticated) break;
    tokens.reject(token.access_token);
  }
  co_return judge(exchange, url);
}

Online check_online(const config::Config& config) {
  // A person waits for the answer: one try says enough.
  config::Config once = config;
  once.submission.retry.attempts = 1;
  return over_network<Online>(once, [&](Service& service, submission::Clock& /*clock*/,
                                        submission::Random& /*random*/) {
    return probe(service.tokens(), service.api(), once.partner_center.url, once.submission.timeout);
  });
}

}  // namespace referrald::commands
