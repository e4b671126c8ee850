// The whole simulated service behind one function; sockets and files stay outside.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulator/api.hpp"
#include "tests/simulator/counters.hpp"
#include "tests/simulator/faults.hpp"
#include "tests/simulator/message.hpp"
#include "tests/simulator/settings.hpp"
#include "tests/simulator/store.hpp"
#include "tests/simulator/time.hpp"
#include "tests/simulator/token_endpoint.hpp"
#include "tests/simulator/tokens.hpp"

namespace referrald::simulator {

// What became of a request, for the request log and the connection.
struct Outcome {
  Delivery delivery = Delivery::whole;
  CallKind kind = CallKind::nowhere;
  Fault fault = Fault::none;
};

// One thread. `settings` and `clock` outlive it.
class Service {
 public:
  Service(const Settings& settings, FaultSettings faults, Clock& clock, std::uint64_t seed);

  Outcome answer(const Request& request, Answer& answer);

  // For the admin routes and the end of the program.
  const Settings& settings() const { return settings_; }
  Clock& clock() { return clock_; }
  Store& store() { return store_; }
  Faults& faults() { return faults_; }
  const Counters& counters() const { return counters_; }
  std::uint64_t seed() const { return seed_; }
  // Referrals, counts, queued faults, device codes and replays go; settings, tokens, probabilities
  // and the clock's advance stay.
  void reset();

 private:
  Outcome answer_api(CallKind kind, const Request& request, Answer& answer);
  // Answers without looking at the request any further; false when the fault is of another kind.
  bool answer_instead(Fault fault, const Request& request, Time now, Answer& answer);
  void refuse_for_now(Fault fault, const Request& request, Time now, Answer& answer);

  const Settings& settings_;
  Clock& clock_;
  std::uint64_t seed_;
  Random random_;
  Counters counters_;
  Store store_;
  Tokens tokens_;
  TokenEndpoint token_endpoint_;
  Api api_;
  Faults faults_;
};

}  // namespace referrald::simulator
