// A Transport whose answers a test queues, and which remembers what it was asked.
//
//   transport.then(answered(503));
//   transport.then(unknown(Exchange::Trouble::timeout), 30s);      // after 30 virtual seconds
//   transport.otherwise([](const Request& r) { return answered(200, "{}"); });
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/submission/clock.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::test {

submission::Exchange answered(int status, std::string body = {});
submission::Exchange answered(submission::Response response);
submission::Exchange not_sent(submission::Exchange::Trouble trouble, std::string error = {});
submission::Exchange unknown(submission::Exchange::Trouble trouble, std::string error = {});

class ScriptedTransport final : public submission::Transport {
 public:
  // Answers one request; may look at it, and at anything else the test knows.
  using Answer = std::function<submission::Exchange(const submission::Request&)>;

  struct Asked {
    submission::Request request;
    std::chrono::milliseconds timeout;
    submission::SteadyTime at;
  };

  explicit ScriptedTransport(submission::Clock& clock) : clock_(clock) {}

  // The next request not yet spoken for gets this, after `delay`. With a delay longer than the
  // request's timeout it ends `unknown` by then. An Answer is asked when the request arrives.
  void then(submission::Exchange exchange, std::chrono::milliseconds delay = {});
  void then(Answer answer, std::chrono::milliseconds delay = {});
  // Requests beyond the queue get this. Without it such a request throws std::logic_error.
  void otherwise(Answer answer, std::chrono::milliseconds delay = {});

  // A connection is ready so long after it is asked for, from now on; `at` of what is asked is
  // then.
  void connect_within(std::chrono::milliseconds time) { connecting_ = time; }

  const std::vector<Asked>& asked() const { return asked_; }
  const submission::Request& last() const;  // throws std::logic_error when nothing was asked
  std::size_t queued() const { return script_.size(); }
  int in_flight() const { return in_flight_; }
  int most_in_flight() const { return most_in_flight_; }
  bool closed() const { return closed_; }

  boost::asio::awaitable<submission::Exchange> exchange(submission::Request request,
                                                        std::chrono::milliseconds timeout) override;
  boost::asio::awaitable<void> close() override;

 private:
  struct Step {
    Answer answer;
    std::chrono::milliseconds delay;
  };

  Step next_step(const submission::Request& request);

  submission::Clock& clock_;
  std::deque<Step> script_;
  std::optional<Step> otherwise_;
  std::vector<Asked> asked_;
  std::chrono::milliseconds connecting_{};
  int in_flight_ = 0;
  int most_in_flight_ = 0;
  bool closed_ = false;
};

// The header's value, or nullptr; names compare without case.
const std::string* header(const submission::Request& request, std::string_view name);

}  // namespace referrald::test
