#include "daemon/submission/client.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/submission/wire.hpp"

namespace referrald::submission {
namespace {

Answer without_token(const TokenResult& token) {
  Answer answer;
  answer.kind = Answer::Kind::no_token;
  answer.token = token.kind;
  answer.error = token.error;
  return answer;
}

Answer not_permitted(Permit permit) {
  Answer answer;
  answer.kind = permit == Permit::stopped ? Answer::Kind::stopped : Answer::Kind::exhausted;
  return answer;
}

Answer from(Exchange exchange, std::string client_request_id) {
  Answer answer;
  switch (exchange.kind) {
    case Exchange::Kind::not_sent:
      answer.kind = Answer::Kind::not_sent;
      break;
    case Exchange::Kind::answered:
      answer.kind = Answer::Kind::answered;
      break;
    case Exchange::Kind::unknown:
      answer.kind = Answer::Kind::unknown;
      break;
  }
  answer.response = std::move(exchange.response);
  answer.trouble = exchange.trouble;
  answer.error = std::move(exchange.error);
  answer.client_request_id = std::move(client_request_id);
  return answer;
}

// A refusal may repeat what it refuses, and its message goes into the ledger.
void redact(std::string& text, const std::string& secret) {
  constexpr std::string_view in_its_place = "…";
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + in_its_place.size())) {
    text.replace(at, secret.size(), in_its_place);
  }
}

CallReport::Operation operation_of(const Request& request) {
  using enum CallReport::Operation;
  if (request.method == "POST") return create;
  if (request.method == "PATCH") return update;
  return request.target.find('?') == std::string::npos ? read : list;
}

CallReport::Outcome outcome_of(const Exchange& exchange) {
  using enum CallReport::Outcome;
  if (exchange.kind == Exchange::Kind::not_sent) return not_sent;
  if (exchange.kind == Exchange::Kind::unknown) return no_answer;
  const int status = exchange.response.status;
  if (is_throttled(status)) return throttled;
  if (status >= 500) return failed;
  if (status == 412) return conflict;
  return status >= 200 && status < 300 ? ok : refused;
}

// A read has no effect, so whatever gave no proper answer may be repeated.
bool may_repeat_read(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::not_sent:
      return !is_lasting(answer.trouble);
    case Answer::Kind::unknown:
      return true;
    case Answer::Kind::answered: {
      const int status = answer.response.status;
      // Cut in the middle, or a gateway's page in its place.
      if (status == 200 && !is_json_object(answer.response.body)) return true;
      return status == 423 || status == 408 || is_throttled(status) ||
             (status >= 500 && status != 501 && status != 507);
    }
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(CallReport::Operation operation) {
  switch (operation) {
    case CallReport::Operation::create:
      return "create";
    case CallReport::Operation::update:
      return "update";
    case CallReport::Operation::read:
      return "read";
    case CallReport::Operation::list:
      return "list";
  }
  return "";
}

std::string_view to_string(CallReport::Outcome outcome) {
  switch (outcome) {
    case CallReport::Outcome::ok:
      return "ok";
    case CallReport::Outcome::refused:
      return "refused";
    case CallReport::Outcome::conflict:
      return "conflict";
    case CallReport::Outcome::throttled:
      return "throttled";
    case CallReport::Outcome::failed:
      return "failed";
    case CallReport::Outcome::no_answer:
      return "no_answer";
    case CallReport::Outcome::not_sent:
      return "not_sent";
  }
  return "";
}

Client::Client(Transport& transport, TokenSource& tokens, RateLimiter& limiter, Clock& clock,
               Random& random, const config::Submission& settings)
    : transport_(transport),
      tokens_(tokens),
      limiter_(limiter),
      clock_(clock),
      random_(random),
      settings_(settings),
      service_time_(clock) {}

boost::asio::awaitable<Answer> Client::create(std::string body) {
  Request request;
  request.method = "POST";
  request.target = std::string(referrals_path);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  bool left = false;
  Answer answer = co_await call(std::move(request), true, left);
  co_return answer;
}

boost::asio::awaitable<Answer> Client::change(std::string target, std::string patch,
                                              std::string etag, bool permit_held) {
  Request request;
  request.method = "PATCH";
  request.target = std::move(target);
  request.headers.emplace_back("Content-Type", "application/json");
  if (!etag.empty()) request.headers.emplace_back("If-Match", std::move(etag));
  request.headers.emplace_back("Prefer", "return=representation");
  request.body = std::move(patch);
  bool left = false;
  Answer answer = co_await call(std::move(request), permit_held, left);
  co_return answer;
}

boost::asio::awaitable<Answer> Client::get(std::string target) {
  Answer answer;
  bool left = false;
  for (int attempt = 1;; ++attempt) {
    Request request;
    request.target = target;
    answer = co_await call(std::move(request), false, left);
    if (!may_repeat_read(answer) || attempt >= settings_.retry.attempts || stopped_) break;
    auto timer = clock_.timer();
    const auto place = waiting_.insert(waiting_.end(), timer.get());
    (void)co_await timer->wait_until(clock_.steady() + backoff(settings_.retry, attempt, random_));
    waiting_.erase(place);
    if (stopped_) break;
  }
  co_return answer;
}

void Client::on_throttling(std::function<void(const Throttling&)> observer) {
  on_throttling_ = std::move(observer);
}

void Client::on_pace(std::function<void(config::Rate)> observer) {
  on_pace_ = std::move(observer);
}

void Client::on_call(std::function<void(const CallReport&)> observer) {
  on_call_ = std::move(observer);
}

boost::asio::awaitable<void> Client::learn_time() {
  const TokenResult token = co_await tokens_.get();
  service_time_.hear(token.issued);
}

void Client::stop() {
  stopped_ = true;
  for (const auto& [timer, given] : std::exchange(queued_, {})) timer->wake();
  for (auto* timer : waiting_) timer->wake();
}

// First come, first served: whoever gives a place back hands it to the next.
boost::asio::awaitable<bool> Client::take_place() {
  const auto places = static_cast<std::size_t>(std::max(settings_.connections, 1));
  if (taken_ < places && queued_.empty()) {
    ++taken_;
    co_return true;
  }
  const auto timer = clock_.timer();
  bool given = false;
  queued_.emplace_back(timer.get(), &given);
  (void)co_await timer->wait_until(SteadyTime::max());
  co_return given;
}

void Client::give_place_back() {
  if (queued_.empty()) {
    --taken_;
    return;
  }
  const auto [timer, given] = queued_.front();
  queued_.pop_front();
  *given = true;
  timer->wake();
}

// A call that does not leave after all.
Answer Client::unsent(Answer answer) {
  limiter_.give_back(1);
  give_place_back();
  return answer;
}

// The rate counts what leaves: a call whose connection takes long to open takes its place in it
// when that is open. `departure` outlives the exchange.
Request Client::authorised(const Request& request, const TokenResult& token, const std::string& id,
                           Departure& departure) {
  Request sent = request;
  sent.headers.emplace_back("Authorization", "Bearer " + token.access_token);
  sent.headers.emplace_back("Accept", "application/json");
  sent.headers.emplace_back("client-request-id", id);
  sent.may_leave = [this, &departure] {
    departure = {stopped_ || !limiter_.try_depart(), clock_.steady(), throttlings_};
    return !departure.held;
  };
  return sent;
}

boost::asio::awaitable<Answer> Client::call(Request request, bool permit_held, bool& left) {
  for (int round = 1;; ++round) {
    if (!permit_held) {
      const Permit permit = co_await limiter_.acquire();
      if (permit != Permit::granted) co_return not_permitted(permit);
    }
    permit_held = false;
    const bool placed = co_await take_place();
    if (!placed) {
      limiter_.give_back(1);
      co_return not_permitted(Permit::stopped);
    }
    TokenResult token;
    const std::string id = random_.uuid();
    Exchange exchange;
    Departure departure;
    do {
      token = co_await tokens_.get();
      // A pause that began meanwhile holds for this call too, and the token may end in it.
      while (token.kind == TokenResult::Kind::ok && !stopped_ && !limiter_.may_depart()) {
        const Permit permit = co_await limiter_.wait_to_depart();
        if (permit != Permit::granted) co_return unsent(not_permitted(permit));
        token = co_await tokens_.get();
      }
      // The renewal may have taken long, and the run been told to stop meanwhile.
      if (stopped_) co_return unsent(not_permitted(Permit::stopped));
      if (token.kind != TokenResult::Kind::ok) co_return unsent(without_token(token));
      departure = {false, clock_.steady(), throttlings_};
      Request sent = authorised(request, token, id, departure);
      exchange = co_await transport_.exchange(std::move(sent), settings_.timeout);
    } while (departure.held);
    give_place_back();
    if (on_call_)
      on_call_({operation_of(request), outcome_of(exchange), clock_.steady() - departure.at});
    if (exchange.kind == Exchange::Kind::not_sent) {
      limiter_.give_back(1);
    } else {
      ++counts.requests;
      if (left) ++counts.retries;
      left = true;
    }
    if (exchange.kind == Exchange::Kind::answered) {
      service_time_.hear(moment_of(exchange.response, clock_.steady()));
      if (exchange.response.status >= 300) redact(exchange.response.body, token.access_token);
      adapt(exchange.response, departure.at);
      notice(exchange.response, departure.throttlings);
    }
    const bool unauthenticated =
        exchange.kind == Exchange::Kind::answered && exchange.response.status == 401;
    // The access token may have ended early: a new one, once. A second 401 is the caller's to
    // report.
    if (!unauthenticated || round == 2) co_return from(std::move(exchange), id);
    tokens_.reject(token.access_token);
  }
}

// 503 too is a service's way of saying "too much", if not always.
void Client::adapt(const Response& response, SteadyTime left) {
  const bool slowed = limiter_.slowed_to().has_value();
  if (is_throttled(response.status) || response.status == 503) {
    limiter_.slow_down(left);
  } else if (response.status < 500) {
    limiter_.speed_up(left);
  }
  if (limiter_.slowed_to().has_value() != slowed) on_pace_(limiter_.slowed_to());
}

// Throttling concerns the whole client, not the one request (reference, section 7.3). `throttlings`
// is their number when the request left: one that was under way at the last of them tells nothing
// of whether it persists.
void Client::notice(const Response& response, std::uint64_t throttlings) {
  const bool throttled = is_throttled(response.status);
  const bool later = throttlings == throttlings_;
  if (!throttled && response.status < 500) {
    if (later && std::exchange(throttled_in_a_row_, 0) > 0) on_throttling_({});
    return;
  }
  auto pause = retry_after(response.retry_after, response.date, clock_.wall());
  if (throttled) ++counts.throttled;
  if (throttled && later) {
    ++throttlings_;
    ++throttled_in_a_row_;
    // "Wait that long, then back off exponentially if it persists."
    if (!pause || throttled_in_a_row_ > 1) {
      pause = pause.value_or(std::chrono::milliseconds{0}) +
              backoff(settings_.retry, throttled_in_a_row_, random_);
    }
  }
  if (pause) limiter_.pause_until(clock_.steady() + *pause);
  if (throttled && later) on_throttling_({throttled_in_a_row_, response.status, *pause});
}

}  // namespace referrald::submission
