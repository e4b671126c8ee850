#include "tests/simulator/service.hpp"

#include <fmt/format.h>

#include "tests/simulator/admin.hpp"

namespace referrald::simulator {
namespace {

constexpr std::uint64_t faults_seed = 0x5eed0ffa0175ULL;  // ids must not depend on faults

void gateway_page(unsigned status, std::string_view title, Answer& answer) {
  answer.clear();
  answer.status = status;
  answer.content_type = html_type;
  answer.body = fmt::format(
      "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
      "<hr><center>Microsoft-Azure-Application-Gateway/v2</center>\r\n</body>\r\n</html>\r\n",
      title);
}

// What a fault does to an answer that was processed.
Delivery spoil(Fault fault, Answer& answer) {
  switch (fault) {
    case Fault::drop_after:
      return Delivery::drop;
    case Fault::truncate_length:
      return answer.body.empty() ? Delivery::cut_close : Delivery::cut_length;
    case Fault::truncate_close:
      return Delivery::cut_close;
    case Fault::slow:
      return Delivery::slow;
    case Fault::gateway_timeout:
      gateway_page(504, "504 Gateway Time-out", answer);
      break;
    case Fault::html_success:
      gateway_page(200, "Sign in to your account", answer);
      break;
    default:
      break;
  }
  return Delivery::whole;
}

}  // namespace

Service::Service(const Settings& settings, FaultSettings faults, Clock& clock, std::uint64_t seed)
    : settings_(settings),
      clock_(clock),
      seed_(seed),
      random_(seed),
      store_(random_),
      tokens_(settings, random_),
      token_endpoint_(settings, tokens_, random_),
      api_(settings, store_, tokens_, random_, counters_),
      faults_(std::move(faults), seed ^ faults_seed) {}

Outcome Service::answer(const Request& request, Answer& answer) {
  const auto path = request.path();
  Outcome outcome;
  if (Api::owns(path)) {
    outcome = answer_api(Api::kind(request), request, answer);
    ++counters_.answers[outcome.delivery == Delivery::drop ? 0 : answer.status];
  } else if (const auto route = TokenEndpoint::route(path); route != TokenEndpoint::Route::none) {
    using Route = TokenEndpoint::Route;
    const bool device = route == Route::device_code_v1 || route == Route::device_code_v2;
    outcome.kind = device ? CallKind::device_code : CallKind::token;
    token_endpoint_.answer(route, request, clock_.now(), answer);
  } else if (Admin::owns(path)) {
    outcome.kind = CallKind::admin;
    Admin(*this).answer(request, answer);
  } else {
    api_.refuse(request, {404, "itemNotFound", "There is no such resource.", "path"}, answer);
  }
  ++counters_.requests[static_cast<std::size_t>(outcome.kind)];
  return outcome;
}

Outcome Service::answer_api(CallKind kind, const Request& request, Answer& answer) {
  const Time now = clock_.now();
  if (!request.fault.empty() && !parse_fault(request.fault)) {
    api_.refuse(request, {400, "invalidRequest", "It names no fault.", "x-simulator-fault"},
                answer);
    return {Delivery::whole, kind, Fault::none};
  }
  Outcome outcome{Delivery::whole, kind, faults_.decide(kind, request.fault)};
  if (outcome.fault == Fault::none && settings_.max_concurrent &&
      request.in_progress >= *settings_.max_concurrent) {
    outcome.fault = Fault::throttle;
  }
  // A token that is invalid anyway cannot expire: the ordinary refusal follows.
  if (outcome.fault == Fault::token_expiry &&
      tokens_.check(request.authorization, now) != Access::granted) {
    outcome.fault = Fault::none;
  }
  if (outcome.fault != Fault::none) ++counters_.faults[static_cast<std::size_t>(outcome.fault)];
  if (outcome.fault == Fault::drop_before) {
    outcome.delivery = Delivery::drop;
  } else if (!answer_instead(outcome.fault, request, now, answer)) {
    api_.answer(kind, request, now, answer);
    outcome.delivery = spoil(outcome.fault, answer);
  }
  return outcome;
}

bool Service::answer_instead(Fault fault, const Request& request, Time now, Answer& answer) {
  switch (fault) {
    case Fault::throttle:
    case Fault::unavailable:
      refuse_for_now(fault, request, now, answer);
      return true;
    case Fault::html:
      gateway_page(502, "502 Bad Gateway", answer);
      return true;
    case Fault::error_500:
      api_.refuse(request, {500, "generalException", "An unexpected error occurred.", "referral"},
                  answer);
      return true;
    case Fault::token_expiry:
      tokens_.expire(request.authorization);
      answer.headers += "WWW-Authenticate: Bearer\r\n";
      api_.refuse(request,
                  {401, "unauthenticated", "The access token has expired.", "authorization"},
                  answer);
      return true;
    default:
      return false;
  }
}

void Service::refuse_for_now(Fault fault, const Request& request, Time now, Answer& answer) {
  const Refusing form = faults_.refusing();
  const unsigned seconds = faults_.settings().retry_after;
  if (form.retry_after == Refusing::RetryAfter::seconds) {
    answer.headers += fmt::format("Retry-After: {}\r\n", seconds);
  } else if (form.retry_after == Refusing::RetryAfter::date) {
    // A date has whole seconds: round up, so that obeying it is never too early.
    const auto until = std::chrono::ceil<std::chrono::seconds>(now + std::chrono::seconds{seconds});
    answer.headers += fmt::format("Retry-After: {}\r\n", format_http_date(until));
  }
  if (fault == Fault::unavailable) {
    return api_.refuse(
        request, {503, "serviceNotAvailable", "The service is not available.", "referral"}, answer);
  }
  if (!form.plain_body) {
    return api_.refuse(request, {429, "tooManyRequests", "Rate limit is exceeded.", "referral"},
                       answer);
  }
  answer.status = 429;
  answer.content_type = json_type;
  answer.body = fmt::format(
      R"({{"statusCode": 429, "message": "Rate limit is exceeded. Try again in {} seconds."}})",
      seconds);
}

void Service::reset() {
  store_.clear();
  counters_ = {};
  faults_.clear_queue();
  token_endpoint_.forget_device_codes();
  api_.forget_replays();
}

}  // namespace referrald::simulator
