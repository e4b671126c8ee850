#include "daemon/submission/token.hpp"

#include <algorithm>
#include <cerrno>
#include <list>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "config/secret.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/secret_file.hpp"
#include "daemon/submission/sign_in.hpp"
#include "daemon/submission/token_answer.hpp"
#include "daemon/submission/token_request.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Kind = TokenResult::Kind;

constexpr auto ahead = 5min;           // renewed so long before its end
constexpr auto last_use = 30s;         // not handed out any more so long before its end
constexpr auto failure_memory = 30s;   // a failure is not tried again sooner
constexpr auto lock_patience = 90s;    // with another process that renews
constexpr auto lock_interval = 100ms;  // between two looks at its lock
constexpr int quick_tries = 3;         // of a host that never answered
constexpr std::chrono::milliseconds quick_wait = 1s;

// What a try to renew came to.
struct Try {
  TokenResult result;
  bool again = false;
  bool unreachable = false;
  std::optional<std::chrono::milliseconds> pause;  // wished by the service
};

class RefreshingTokenSource final : public TokenSource {
 public:
  RefreshingTokenSource(const config::Auth& auth, const std::string& audience,
                        const config::Retry& retry, Transport& transport, Clock& clock,
                        Random& random)
      : auth_(auth),
        setup_{auth.authority, proof_of(auth)},
        requests_(auth, audience, clock, random),
        retry_(retry),
        transport_(transport),
        clock_(clock),
        random_(random) {}

  asio::awaitable<TokenResult> get() override;

  void reject(const std::string& access_token) override {
    if (access_token == access_token_) wipe(access_token_);
  }

  void stop() override {
    stopped_ = true;
    if (pause_ != nullptr) pause_->wake();
  }

 private:
  bool lives_for(std::chrono::nanoseconds time) const {
    return !access_token_.empty() && clock_.steady() < ends_ - time;
  }
  TokenResult token() const;
  TokenResult failed() const;
  asio::awaitable<void> wait_for_renewal();
  void renewal_over(TokenResult result);

  asio::awaitable<TokenResult> renew();
  asio::awaitable<Try> try_once();
  asio::awaitable<bool> lock(FolderLock& lock);
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  TokenResult check_file() const;
  TokenResult take_secrets(std::string& refresh_token, Request& request) const;
  TokenResult keep(SecretWriter& writer, TokenAnswer& answer, std::string_view old_token) const;
  void remember_refusal(const std::string& why) const;
  Try settle(TokenAnswer answer, const Exchange& exchange);
  std::string unavailable_text(const TokenAnswer& answer) const;

  const config::Auth auth_;
  const TokenSetup setup_;
  const TokenRequests requests_;
  const config::Retry retry_;
  Transport& transport_;
  Clock& clock_;
  Random& random_;

  std::string access_token_;  // empty: none
  std::optional<ServiceMoment> issued_;
  SteadyTime renew_at_;
  SteadyTime ends_;
  std::optional<TokenResult> failure_;  // of the last renewal
  SteadyTime forget_failure_at_;

  bool renewing_ = false;
  bool reached_ = false;  // the service's host has been connected to
  bool stopped_ = false;
  Timer* pause_ = nullptr;     // of the renewal under way
  std::list<Timer*> waiting_;  // for its end
};

TokenResult RefreshingTokenSource::token() const {
  TokenResult result;
  result.access_token = access_token_;
  result.issued = issued_;
  return result;
}

// While the token service is away, the token that lives is good to its end.
TokenResult RefreshingTokenSource::failed() const {
  if (failure_->kind == Kind::unavailable && lives_for(last_use)) return token();
  return *failure_;
}

asio::awaitable<TokenResult> RefreshingTokenSource::get() {
  while (renewing_) {
    co_await wait_for_renewal();
    if (failure_) co_return failed();
    if (!access_token_.empty()) co_return token();
  }
  if (!access_token_.empty() && clock_.steady() < renew_at_) co_return token();
  if (failure_ && clock_.steady() < forget_failure_at_) co_return failed();

  renewing_ = true;
  try {
    TokenResult result = co_await renew();
    renewal_over(std::move(result));
  } catch (const std::exception& error) {
    renewal_over(
        token_failure(Kind::unavailable, std::string("renew the access token: ") + error.what()));
  }
  if (failure_) co_return failed();
  co_return token();
}

asio::awaitable<void> RefreshingTokenSource::wait_for_renewal() {
  const auto timer = clock_.timer();
  const auto place = waiting_.insert(waiting_.end(), timer.get());
  co_await timer->wait_until(SteadyTime::max());
  waiting_.erase(place);
}

void RefreshingTokenSource::renewal_over(TokenResult result) {
  renewing_ = false;
  failure_.reset();
  if (result.kind != Kind::ok) {
    failure_ = std::move(result);
    forget_failure_at_ = clock_.steady() + failure_memory;
  }
  for (Timer* timer : waiting_) timer->wake();
}

asio::awaitable<TokenResult> RefreshingTokenSource::renew() {
  for (int n = 1;; ++n) {
    Try last = co_await try_once();
    if (!last.again) co_return std::move(last.result);
    const int unreached = std::min(quick_tries, retry_.attempts);
    const bool quick = last.unreachable && !reached_;
    const bool enough = n >= (quick ? unreached : retry_.attempts);
    // A token that still lives need not be renewed now: the next caller tries again.
    if (enough || stopped_ || lives_for(last_use)) co_return std::move(last.result);
    auto wait = backoff(retry_, n, random_);
    if (quick) wait = std::min(wait, quick_wait);
    if (last.pause) wait += *last.pause;
    co_await pause(wait);
    if (stopped_) co_return std::move(last.result);
  }
}

asio::awaitable<void> RefreshingTokenSource::pause(std::chrono::milliseconds time) {
  if (stopped_) co_return;
  const auto timer = clock_.timer();
  pause_ = timer.get();
  co_await timer->wait_until(clock_.steady() + time);
  pause_ = nullptr;
}

// Under the lock from reading the refresh token to replacing it: of two processes that renew at
// once, the later one must send what the earlier one has stored.
asio::awaitable<Try> RefreshingTokenSource::try_once() {
  Try outcome;
  const auto file = real_place(auth_.refresh_token);
  outcome.result = check_file();
  if (outcome.result.kind != Kind::ok) co_return outcome;
  std::optional<FolderLock> folder;
  std::optional<SecretWriter> writer;
  try {
    folder.emplace(file.parent_path());
    const bool locked = co_await lock(*folder);
    if (!locked) {
      outcome.result = token_failure(Kind::unavailable, "another process holds the lock on " +
                                                            file.parent_path().string() +
                                                            " and does not give it back");
      co_return outcome;
    }
    writer.emplace(file);
  } catch (const std::system_error& error) {
    outcome.result = token_failure(
        Kind::cannot_store, std::string("the refresh token that the service will send could not be "
                                        "kept: ") +
                                error.what() + "; this user must be able to write there");
    co_return outcome;
  }

  std::string refresh_token;
  Request request;
  outcome.result = take_secrets(refresh_token, request);
  if (outcome.result.kind != Kind::ok) co_return outcome;
  const SteadyTime asked = clock_.steady();
  Exchange exchange = co_await transport_.exchange(std::move(request), oauth_timeout);
  TokenAnswer answer = judge_token_answer(exchange, setup_);
  wipe(exchange.response.body);
  if (answer.kind == TokenAnswer::Kind::granted)
    outcome.result = keep(*writer, answer, refresh_token);
  wipe(refresh_token);
  if (outcome.result.kind != Kind::ok) co_return outcome;
  if (answer.kind == TokenAnswer::Kind::refused) remember_refusal(answer.error);
  if (answer.kind == TokenAnswer::Kind::granted) {
    const auto lifetime = answer.lifetime;
    ends_ = asked + lifetime;
    renew_at_ = asked + std::max<std::chrono::seconds>(lifetime - ahead, lifetime / 2);
  }
  co_return settle(std::move(answer), exchange);
}

asio::awaitable<bool> RefreshingTokenSource::lock(FolderLock& lock) {
  const SteadyTime until = clock_.steady() + lock_patience;
  while (!lock.try_lock()) {
    if (stopped_ || clock_.steady() >= until) co_return false;
    co_await pause(lock_interval);
  }
  co_return true;
}

TokenResult RefreshingTokenSource::check_file() const {
  const auto& file = auth_.refresh_token;
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return token_failure(
        Kind::not_authorised,
        "no refresh token in " + file.string() +
            ": run `referrald login`, or put a refresh token into that file (mode 0600)");
  }
  if (config::readable_by_others(found.st_mode, config::access_list(file))) {
    return token_failure(Kind::not_authorised, "the refresh token's file " + file.string() +
                                                   " can be read by others: chmod 600 it");
  }
  return {};
}

TokenResult RefreshingTokenSource::take_secrets(std::string& refresh_token,
                                                Request& request) const {
  try {
    config::SecretSource source;
    source.file = auth_.refresh_token;
    refresh_token = config::read_secret(source);
    request = requests_.refresh(refresh_token);
    return {};
  } catch (const std::runtime_error& error) {
    return token_failure(Kind::not_authorised, error.what());
  }
}

// Before the access token is used: the refresh token that came with it is the only one for the next
// time.
TokenResult RefreshingTokenSource::keep(SecretWriter& writer, TokenAnswer& answer,
                                        std::string_view old_token) const {
  // Who it is does not change with the token, and not every answer says it.
  SignIn sign_in = read_sign_in(auth_.refresh_token).value_or(SignIn{});
  if (!answer.account.user.empty()) sign_in.account = answer.account;
  sign_in.renewed = clock_.wall();
  sign_in.refused.reset();
  TokenResult result;
  if (!answer.refresh_token.empty() && answer.refresh_token != old_token) {
    try {
      writer.commit(answer.refresh_token);
    } catch (const std::system_error& error) {
      wipe(answer.access_token);
      result = token_failure(
          Kind::cannot_store,
          std::string("the refresh token that the service sent cannot be kept: ") + error.what() +
              "; the old one is still in " + auth_.refresh_token.string());
    }
  }
  wipe(answer.refresh_token);
  if (result.kind == Kind::ok) keep_sign_in(auth_.refresh_token, sign_in);
  return result;
}

// Until the service takes the sign-in again, or another one is made.
void RefreshingTokenSource::remember_refusal(const std::string& why) const {
  SignIn sign_in = read_sign_in(auth_.refresh_token).value_or(SignIn{});
  sign_in.refused = Refusal{clock_.wall(), why};
  keep_sign_in(auth_.refresh_token, sign_in);
}

Try RefreshingTokenSource::settle(TokenAnswer answer, const Exchange& exchange) {
  Try outcome;
  outcome.unreachable = answer.kind == TokenAnswer::Kind::unreachable;
  if (exchange.kind != Exchange::Kind::not_sent) reached_ = true;
  switch (answer.kind) {
    case TokenAnswer::Kind::granted:
      access_token_ = std::move(answer.access_token);
      issued_ = moment_of(exchange.response, clock_.steady());
      break;
    case TokenAnswer::Kind::refused:
      outcome.result = token_failure(Kind::not_authorised, std::move(answer.error));
      break;
    case TokenAnswer::Kind::again:
    case TokenAnswer::Kind::unreachable:
      outcome.result = token_failure(Kind::unavailable, unavailable_text(answer));
      outcome.again = true;
      outcome.pause =
          retry_after(exchange.response.retry_after, exchange.response.date, clock_.wall());
      break;
    case TokenAnswer::Kind::untrusted:
    case TokenAnswer::Kind::barred:
      outcome.result = token_failure(Kind::unavailable, unavailable_text(answer));
      outcome.result.fatal = true;
      break;
  }
  return outcome;
}

std::string RefreshingTokenSource::unavailable_text(const TokenAnswer& answer) const {
  std::string what = "no access token from " + setup_.authority + ": " + answer.error;
  const std::string text = what + "; ";
  switch (answer.kind) {
    case TokenAnswer::Kind::unreachable:
      return text +
             "check partner_center.auth.authority, this machine's network, and a firewall or "
             "proxy in between";
    case TokenAnswer::Kind::untrusted:
      return text +
             "check partner_center.auth.authority, a proxy in between, and "
             "partner_center.ca_file";
    case TokenAnswer::Kind::barred:
      return what;  // it says what to do
    default:
      return text + "try again later";
  }
}

}  // namespace

TokenResult token_failure(Kind kind, std::string error) {
  TokenResult result;
  result.kind = kind;
  result.error = std::move(error);
  return result;
}

std::unique_ptr<TokenSource> make_token_source(const config::Auth& auth,
                                               const std::string& audience,
                                               const config::Retry& retry, Transport& transport,
                                               Clock& clock, Random& random) {
  return std::make_unique<RefreshingTokenSource>(auth, audience, retry, transport, clock, random);
}

}  // namespace referrald::submission
