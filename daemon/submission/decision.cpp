#include "daemon/submission/decision.hpp"

#include <utility>

#include <fmt/format.h>

#include "daemon/submission/failure_codes.hpp"
#include "daemon/submission/wire.hpp"

namespace referrald::submission {
namespace {

using persistence::Failure;
using persistence::State;
using persistence::Step;

std::string_view code_of(Exchange::Trouble trouble) {
  switch (trouble) {
    case Exchange::Trouble::none:
      break;
    case Exchange::Trouble::resolve:
      return failure_code::cannot_resolve;
    case Exchange::Trouble::connect:
      return failure_code::cannot_connect;
    case Exchange::Trouble::tls:
      return failure_code::tls_refused;
    case Exchange::Trouble::timeout:
      return failure_code::timeout;
    case Exchange::Trouble::closed:
      return failure_code::connection_closed;
    case Exchange::Trouble::unreadable:
      return failure_code::unreadable_answer;
    case Exchange::Trouble::proxy:
      return failure_code::proxy_refused;
  }
  return failure_code::no_answer;
}

Failure failure_of(const Answer& answer) {
  Failure failure;
  failure.client_request_id = answer.client_request_id;
  if (answer.kind != Answer::Kind::answered) {
    failure.code = code_of(answer.trouble);
    failure.message = answer.error;
    return failure;
  }
  const auto error = parse_error(answer.response.body);
  failure.http_status = answer.response.status;
  failure.request_id = answer.response.request_id;
  failure.code = error.code.empty() ? fmt::format("http-{}", answer.response.status) : error.code;
  failure.message = error.message;
  if (!error.target.empty()) failure.message += fmt::format(" [{}]", error.target);
  return failure;
}

Decision waits(Failure failure, bool counts) {
  Decision decision;
  decision.state = State::pending;
  decision.failure = std::move(failure);
  decision.counts = counts;
  decision.delay = Delay::backoff;
  return decision;
}

// The request had no effect and the run cannot go on: the row waits as it was.
Decision halts(std::optional<Failure> failure, Halt halt) {
  Decision decision;
  decision.state = State::pending;
  decision.failure = std::move(failure);
  decision.counts = false;
  decision.halt = halt;
  return decision;
}

Decision in_doubt(Failure failure) {
  Decision decision;
  decision.state = State::in_doubt;
  decision.failure = std::move(failure);
  decision.delay = Delay::look;
  return decision;
}

Decision refused(Failure failure) {
  Decision decision;
  decision.state = State::refused;
  decision.failure = std::move(failure);
  return decision;
}

Decision success(Step step, bool co_sell, const Answer& answer) {
  auto referral = parse_referral(answer.response.body, answer.response.etag);
  const bool wants_engagement = co_sell && step == Step::own;
  if (!referral || (wants_engagement && referral->ids.engagement_id.empty())) {
    auto failure = failure_of(answer);
    failure.code = failure_code::unreadable_answer;
    failure.message = referral ? "the answer names no engagementId"
                               : "the answer reports success and its body is no referral";
    auto decision = in_doubt(std::move(failure));
    // One may have been cut off; several in a row, and something answers in the service's place.
    decision.service_trouble = true;
    return decision;
  }
  return decide_found(std::move(referral->ids));
}

Decision answered(Step step, bool co_sell, const Answer& answer, bool last_attempt) {
  const int status = answer.response.status;
  if (status >= 200 && status < 300) return success(step, co_sell, answer);
  auto failure = failure_of(answer);
  switch (status) {
    case 401:
    case 403:
      return halts(std::move(failure), Halt::not_authorised);
    case 404:
    case 410:
      // On the first step nothing but the URL can be what was not found; on the second the
      // engagement, which was created moments ago and may show late.
      if (step == Step::own) return halts(std::move(failure), Halt::wrong_url);
      if (last_attempt) return refused(std::move(failure));
      return waits(std::move(failure), true);
    case 408:  // a proxy gave up waiting; what passed it is unknown
    case 409:
      return in_doubt(std::move(failure));
    case 423:
      return waits(std::move(failure), true);
    // Not processed. The whole client pauses, and the row does not pay for it.
    case 429:
    case 509: {
      auto decision = waits(std::move(failure), false);
      decision.delay = Delay::none;
      return decision;
    }
    case 501:
      return refused(std::move(failure));
    case 507: {
      auto decision = in_doubt(std::move(failure));
      decision.halt = Halt::storage_full;
      return decision;
    }
    default:
      break;
  }
  if (status >= 500) {
    auto decision = in_doubt(std::move(failure));
    decision.service_trouble = true;
    return decision;
  }
  // A redirect is never followed: the token would go with it.
  if (status < 400) return halts(std::move(failure), Halt::wrong_url);
  return refused(std::move(failure));
}

Halt halt_of(TokenResult::Kind kind) {
  switch (kind) {
    case TokenResult::Kind::unavailable:
      return Halt::unavailable;
    case TokenResult::Kind::cannot_store:
      return Halt::cannot_store;
    default:
      return Halt::not_authorised;
  }
}

}  // namespace

Decision decide(Step step, bool co_sell, const Answer& answer, bool last_attempt) {
  switch (answer.kind) {
    case Answer::Kind::stopped:
      return halts(std::nullopt, Halt::draining);
    case Answer::Kind::exhausted:
      return halts(std::nullopt, Halt::budget);
    case Answer::Kind::no_token:
      return halts(std::nullopt, halt_of(answer.token));
    case Answer::Kind::not_sent: {
      auto decision = waits(failure_of(answer), false);
      decision.service_trouble = true;
      if (is_lasting(answer.trouble)) decision.halt = Halt::unavailable;
      return decision;
    }
    case Answer::Kind::unknown: {
      auto decision = in_doubt(failure_of(answer));
      decision.service_trouble = true;
      return decision;
    }
    case Answer::Kind::answered:
      break;
  }
  return answered(step, co_sell, answer, last_attempt);
}

Decision decide_update(const Answer& answer) {
  const auto waits_for = [](Failure failure, bool counts) {
    return waits(std::move(failure), counts);
  };
  if (answer.kind == Answer::Kind::unknown) {
    auto decision = waits_for(failure_of(answer), true);
    decision.service_trouble = true;
    return decision;
  }
  if (answer.kind != Answer::Kind::answered) return decide(Step::update, false, answer);
  const int status = answer.response.status;
  if (status >= 200 && status < 300) {
    auto referral = parse_referral(answer.response.body, answer.response.etag);
    if (!referral && (status != 204 || !answer.response.body.empty())) {
      auto failure = failure_of(answer);
      failure.code = failure_code::unreadable_answer;
      failure.message = "the answer reports success and its body is no referral";
      auto decision = waits_for(std::move(failure), true);
      decision.service_trouble = true;
      return decision;
    }
    Decision decision;
    decision.state = State::synced;
    decision.ids = referral ? std::move(referral->ids) : persistence::ReferralIds{};
    if (!referral) decision.ids->etag = answer.response.etag;
    return decision;
  }
  switch (status) {
    case 404:
    case 410: {
      auto failure = failure_of(answer);
      failure.code = failure_code::referral_gone;
      failure.message = "Partner Center does not know the referral any more";
      return refused(std::move(failure));
    }
    case 409:
    case 412: {
      auto decision = waits_for(failure_of(answer), true);
      decision.read_again = true;
      return decision;
    }
    case 408:
      return waits_for(failure_of(answer), true);
    case 507: {
      auto decision = waits_for(failure_of(answer), true);
      decision.halt = Halt::storage_full;
      return decision;
    }
    default:
      break;
  }
  if (status >= 500 && status != 501 && status != 509) {
    auto decision = waits_for(failure_of(answer), true);
    decision.service_trouble = true;
    return decision;
  }
  return answered(Step::update, false, answer, false);
}

Decision decide_found(persistence::ReferralIds ids) {
  Decision decision;
  decision.ids = std::move(ids);
  decision.state = State::synced;
  return decision;
}

std::optional<Decision> decide_not_found(const persistence::Doubt& doubt, int looks, int wanted) {
  if (looks < wanted) return std::nullopt;
  // 409 says that sending it again would be answered the same.
  if (doubt.http_status == 409) {
    return refused({std::string(failure_code::reported_conflict),
                    "the service reports a conflict, and its list does not hold the "
                    "referral",
                    409,
                    {},
                    {}});
  }
  Decision decision;
  decision.state = State::pending;
  return decision;
}

}  // namespace referrald::submission
