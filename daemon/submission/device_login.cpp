#include "daemon/submission/device_login.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include <simdjson.h>

#include "daemon/submission/lenient_number.hpp"
#include "daemon/submission/secret_file.hpp"
#include "daemon/submission/sign_in.hpp"
#include "daemon/submission/token_answer.hpp"
#include "daemon/submission/token_request.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Kind = TokenResult::Kind;

constexpr std::chrono::seconds usual_interval = 5s;
constexpr std::chrono::seconds least_interval = 1s;
constexpr std::chrono::seconds slow_down = 5s;  // RFC 8628, section 3.5
constexpr std::chrono::seconds longest_life = 1h;

struct Offer {
  DeviceCode shown;
  std::string device_code;
  std::chrono::seconds interval = usual_interval;
};

std::chrono::seconds seconds_of(simdjson::dom::object object, std::string_view name,
                                std::chrono::seconds usual) {
  const auto value = lenient_number(object, name);
  if (!value || *value < 0) return usual;
  return std::min(std::chrono::seconds{*value}, longest_life);
}

std::optional<Offer> read_offer(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body).get(object) != simdjson::SUCCESS) return std::nullopt;
  Offer offer;
  const auto text = [&](std::string_view name, std::string& into) {
    std::string_view value;
    if (object[name].get(value) != simdjson::SUCCESS || value.empty()) return false;
    into = value;
    return true;
  };
  if (!text("device_code", offer.device_code) || !text("user_code", offer.shown.user_code) ||
      !(text("verification_uri", offer.shown.verification_uri) ||
        text("verification_url", offer.shown.verification_uri)))
    return std::nullopt;
  offer.shown.lifetime = seconds_of(object, "expires_in", offer.shown.lifetime);
  offer.interval = std::max(seconds_of(object, "interval", usual_interval), least_interval);
  return offer;
}

class DeviceLogin {
 public:
  DeviceLogin(const config::Auth& auth, const std::string& audience, Transport& transport,
              Clock& clock, Random& random)
      : auth_(auth),
        setup_{auth.authority, proof_of(auth)},
        requests_(auth, audience, clock, random),
        transport_(transport),
        clock_(clock) {}

  asio::awaitable<TokenResult> run(std::function<void(const DeviceCode&)> show) {
    if (auto fault = check_place()) co_return std::move(*fault);
    if (auto fault = check_proof()) co_return std::move(*fault);
    Request request = requests_.device_code();
    Exchange told = co_await transport_.exchange(std::move(request), oauth_timeout);
    const bool answered = told.kind == Exchange::Kind::answered && told.response.status == 200;
    std::optional<Offer> offer = answered ? read_offer(told.response.body) : std::nullopt;
    if (!offer) co_return refused(judge_token_answer(told, setup_), answered);
    show(offer->shown);
    TokenResult result = co_await wait_for_person(*offer);
    wipe(offer->device_code);
    co_return result;
  }

 private:
  // A token that exists only once is not asked for when it could not be kept.
  std::optional<TokenResult> check_place() const {
    try {
      const auto place = real_place(auth_.refresh_token);
      FolderLock folder(place.parent_path());
      // Who holds the lock writes there, and what stands there now is that one's.
      if (!folder.try_lock()) return std::nullopt;
      const SecretWriter trial(place);
      return std::nullopt;
    } catch (const std::system_error& error) {
      return token_failure(Kind::cannot_store,
                           std::string("the refresh token could not be kept: ") + error.what() +
                               "; this user must be able to write there");
    }
  }

  // Nobody is asked to sign in for a secret or a certificate that cannot be used.
  std::optional<TokenResult> check_proof() const {
    Request trial;
    auto fault = make_poll({}, trial);
    wipe(trial.body);
    return fault;
  }

  asio::awaitable<TokenResult> wait_for_person(const Offer& offer) {
    const SteadyTime end = clock_.steady() + offer.shown.lifetime;
    auto interval = offer.interval;
    const auto timer = clock_.timer();
    for (;;) {
      if (clock_.steady() >= end)
        co_return token_failure(Kind::not_authorised,
                                "the code was not entered in time: run `referrald login` again");
      (void)co_await timer->wait_until(std::min(clock_.steady() + interval, end));
      Request request;
      if (auto fault = make_poll(offer, request)) co_return std::move(*fault);
      Exchange exchange = co_await transport_.exchange(std::move(request), oauth_timeout);
      TokenAnswer answer = judge_token_answer(exchange, setup_);
      wipe(exchange.response.body);
      if (answer.oauth_error == "slow_down") interval += slow_down;
      const bool pending =
          answer.oauth_error == "authorization_pending" || answer.oauth_error == "slow_down";
      // What keeps the service away for a moment is gone at one of the next tries.
      if (pending || answer.kind == TokenAnswer::Kind::again ||
          answer.kind == TokenAnswer::Kind::unreachable)
        continue;
      if (answer.kind != TokenAnswer::Kind::granted) co_return refused(answer, false);
      co_return keep(answer);
    }
  }

  std::optional<TokenResult> make_poll(const Offer& offer, Request& request) const {
    try {
      request = requests_.device_poll(offer.device_code);
      return std::nullopt;
    } catch (const std::runtime_error& error) {
      return token_failure(Kind::not_authorised, error.what());
    }
  }

  TokenResult keep(TokenAnswer& answer) const {
    wipe(answer.access_token);
    if (answer.refresh_token.empty())
      return token_failure(Kind::not_authorised,
                           "the sign-in gave no refresh token: allow offline_access to the app "
                           "registration, then run `referrald login` again");
    TokenResult result;
    try {
      store_sign_in(auth_.refresh_token, answer.refresh_token, {answer.account, clock_.wall()});
    } catch (const std::system_error& error) {
      result = token_failure(Kind::cannot_store,
                             std::string("the refresh token cannot be kept: ") + error.what());
    }
    wipe(answer.refresh_token);
    return result;
  }

  TokenResult refused(const TokenAnswer& answer, bool unreadable) const {
    const std::string from = "no code to sign in from " + auth_.authority + ": ";
    if (unreadable)
      return token_failure(Kind::unavailable,
                           from + "its answer cannot be read; check partner_center.auth.authority");
    if (answer.kind == TokenAnswer::Kind::refused)
      return token_failure(Kind::not_authorised, answer.error);
    return token_failure(
        Kind::unavailable,
        from + answer.error + "; check partner_center.auth.authority and this machine's network");
  }

  const config::Auth& auth_;
  const TokenSetup setup_;
  const TokenRequests requests_;
  Transport& transport_;
  Clock& clock_;
};

}  // namespace

asio::awaitable<TokenResult> login_by_device_code(const config::Auth& auth, std::string audience,
                                                  Transport& transport, Clock& clock,
                                                  Random& random,
                                                  std::function<void(const DeviceCode&)> show) {
  DeviceLogin login(auth, audience, transport, clock, random);
  TokenResult result = co_await login.run(std::move(show));
  co_return result;
}

}  // namespace referrald::submission
