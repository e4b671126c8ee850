// Calls to the referrals API: permit, token, trace id, and what concerns the whole client (401,
// 429).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/service_time.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::submission {

// What became of a call. As with Exchange there is no "failed".
struct Answer {
  enum class Kind {
    not_sent,   // the request never left
    answered,   // a whole answer, of whatever status
    unknown,    // it left; its effect is unknown
    stopped,    // never left: the run is draining
    exhausted,  // never left: the daily budget is used up
    no_token,   // never left: see `token`
  };
  Kind kind = Kind::not_sent;
  Response response;              // answered; a failure's body without our token
  Exchange::Trouble trouble{};    // not_sent, unknown
  std::string error;              // not_sent, unknown, no_token: one clause for a person
  TokenResult::Kind token{};      // no_token
  std::string client_request_id;  // of the last try
};

// Whether an answer of that status says "too much" and nothing of the request, which was not
// processed.
constexpr bool is_throttled(int status) {
  return status == 429 || status == 509;
}

// What the calls of a run came to.
struct CallCounts {
  std::uint64_t requests = 0;   // sent to the API
  std::uint64_t retries = 0;    // of them: repeated ones
  std::uint64_t throttled = 0;  // answers 429 and 509
};

// One request to the API and what became of it, for whoever counts them.
struct CallReport {
  enum class Operation { create, update, read, list };
  enum class Outcome {
    ok,         // 2xx
    refused,    // any other answer that says something of the request
    conflict,   // 412: the referral was changed meanwhile
    throttled,  // 429, 509
    failed,     // 5xx
    no_answer,  // it left, and no whole answer came
    not_sent,   // it could not leave
  };
  Operation operation = Operation::read;
  Outcome outcome = Outcome::ok;
  std::chrono::nanoseconds took{};  // from leaving to the answer, or to giving up
};
std::string_view to_string(CallReport::Operation operation);
std::string_view to_string(CallReport::Outcome outcome);

// How throttling goes on for the client as a whole.
struct Throttling {
  // Answers 429 or 509 with no proper one between; those under way together are one. 0: it is over.
  int in_a_row = 0;
  int status = 0;                     // of the last of them
  std::chrono::milliseconds pause{};  // that follows it
};

// One thread; many calls may be under way, and no more than `connections` at once: those that wait
// for their turn in the rate, for a token or for each other hold no connection, and take their
// place in the rate only when they leave.
class Client {
 public:
  Client(Transport& transport, TokenSource& tokens, RateLimiter& limiter, Clock& clock,
         Random& random, const config::Submission& settings);

  // POSTs a referral. The caller holds the permit. Repeats only after a 401, once, with a new token
  // (reference, section 7.2): nothing else is known to have had no effect. A 429, 509 or
  // Retry-After pauses the whole client.
  boost::asio::awaitable<Answer> create(std::string body);

  // PATCHes what `target` names, for the version of that eTag (verbatim, with its quotes; blank, of
  // a service that has told none even when it was read: for whatever version is there), and asks
  // for the referral as it is then. Repeats as create() does.
  boost::asio::awaitable<Answer> change(std::string target, std::string patch, std::string etag,
                                        bool permit_held);

  // GETs, repeating what may be repeated (no answer, 5xx, 423, 429) up to `retry.attempts` times
  // with backoff.
  boost::asio::awaitable<Answer> get(std::string target);

  // Is told of each throttling, and once when it is over; whichever call meets it.
  void on_throttling(std::function<void(const Throttling&)> observer);

  // Is told when the rate falls below the configured one because the service throttles (calls per
  // second), and when it is back (nullopt).
  void on_pace(std::function<void(config::Rate)> observer);

  // Is told of each request once it is over, also of those that are repeated. To be cheap.
  void on_call(std::function<void(const CallReport&)> observer);

  // The service's clock, by all answers; by a token's too once that is asked for, so that the first
  // request is not sent without knowing it. A token that cannot be had tells nothing here.
  boost::asio::awaitable<void> learn_time();
  WallTime service_time() const { return service_time_.now(); }

  // Nothing leaves any more, and waits between tries end; calls that have left run to their end.
  void stop();

  CallCounts counts;

 private:
  // What became of a call when its connection was ready.
  struct Departure {
    bool held = false;              // it may not leave yet
    SteadyTime at;                  // when it left, or began to
    std::uint64_t throttlings = 0;  // those of which it knows
  };
  // `left` says whether a try of this call has left already; it is set when one does.
  boost::asio::awaitable<Answer> call(Request request, bool permit_held, bool& left);
  boost::asio::awaitable<bool> take_place();  // false: told to stop
  void give_place_back();
  Answer unsent(Answer answer);
  Request authorised(const Request& request, const TokenResult& token, const std::string& id,
                     Departure& departure);
  void notice(const Response& response, std::uint64_t throttlings);
  void adapt(const Response& response, SteadyTime left);

  Transport& transport_;
  TokenSource& tokens_;
  RateLimiter& limiter_;
  Clock& clock_;
  Random& random_;
  const config::Submission& settings_;
  ServiceTime service_time_;
  std::uint64_t throttlings_ = 0;  // those that began; answers under way together are one
  int throttled_in_a_row_ = 0;
  std::function<void(const Throttling&)> on_throttling_ = [](const Throttling&) {};
  std::function<void(config::Rate)> on_pace_ = [](config::Rate) {};
  std::function<void(const CallReport&)> on_call_;
  std::size_t taken_ = 0;  // places of calls that leave or have left; one for each connection
  bool stopped_ = false;
  std::list<Timer*> waiting_;
  std::deque<std::pair<Timer*, bool*>> queued_;  // who waits for a place; whether it was given
};

}  // namespace referrald::submission
