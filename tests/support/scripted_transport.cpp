#include "tests/support/scripted_transport.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace referrald::test {

using submission::Exchange;
using submission::Request;
using submission::Response;

namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

Exchange without_answer(Exchange::Kind kind, Exchange::Trouble trouble, std::string error) {
  Exchange exchange;
  exchange.kind = kind;
  exchange.trouble = trouble;
  exchange.error = error.empty() ? "scripted trouble" : std::move(error);
  return exchange;
}

}  // namespace

Exchange answered(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return answered(std::move(response));
}

Exchange answered(Response response) {
  Exchange exchange;
  exchange.kind = Exchange::Kind::answered;
  exchange.response = std::move(response);
  return exchange;
}

Exchange not_sent(Exchange::Trouble trouble, std::string error) {
  return without_answer(Exchange::Kind::not_sent, trouble, std::move(error));
}

Exchange unknown(Exchange::Trouble trouble, std::string error) {
  return without_answer(Exchange::Kind::unknown, trouble, std::move(error));
}

void ScriptedTransport::then(Exchange exchange, std::chrono::milliseconds delay) {
  then([exchange = std::move(exchange)](const Request&) { return exchange; }, delay);
}

void ScriptedTransport::then(Answer answer, std::chrono::milliseconds delay) {
  script_.push_back(Step{std::move(answer), delay});
}

void ScriptedTransport::otherwise(Answer answer, std::chrono::milliseconds delay) {
  otherwise_ = Step{std::move(answer), delay};
}

const Request& ScriptedTransport::last() const {
  if (asked_.empty()) throw std::logic_error("nothing was asked");
  return asked_.back().request;
}

ScriptedTransport::Step ScriptedTransport::next_step(const Request& request) {
  if (!script_.empty()) {
    Step step = std::move(script_.front());
    script_.pop_front();
    return step;
  }
  if (otherwise_) return *otherwise_;
  throw std::logic_error("no answer is scripted for " + request.method + " " + request.target);
}

boost::asio::awaitable<Exchange> ScriptedTransport::exchange(Request request,
                                                             std::chrono::milliseconds timeout) {
  if (closed_) throw std::logic_error("an exchange after close()");
  if (connecting_.count() > 0) {
    const auto timer = clock_.timer();
    co_await timer->wait_until(clock_.steady() + connecting_);
  }
  if (const auto may_leave = std::exchange(request.may_leave, {}); may_leave && !may_leave())
    co_return Exchange{};
  asked_.push_back(Asked{request, timeout, clock_.steady()});
  const Step step = next_step(request);
  Exchange result = step.answer(request);

  most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
  // Even without a delay an answer never comes within the call, as with the real one.
  const auto timer = clock_.timer();
  co_await timer->wait_until(clock_.steady() + std::min(step.delay, timeout));
  --in_flight_;
  if (step.delay > timeout) result = unknown(Exchange::Trouble::timeout, "no answer in time");
  co_return result;
}

boost::asio::awaitable<void> ScriptedTransport::close() {
  closed_ = true;
  co_return;
}

const std::string* header(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (equal_without_case(key, name)) return &value;
  }
  return nullptr;
}

}  // namespace referrald::test
