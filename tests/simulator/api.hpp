// The referrals API: one request in, one answer out; no sockets, no faults.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/simulator/change.hpp"
#include "tests/simulator/counters.hpp"
#include "tests/simulator/message.hpp"
#include "tests/simulator/odata.hpp"
#include "tests/simulator/settings.hpp"
#include "tests/simulator/store.hpp"
#include "tests/simulator/tokens.hpp"
#include "tests/simulator/validation.hpp"

namespace referrald::simulator {

class Api {
 public:
  Api(const Settings& settings, Store& store, Tokens& tokens, Random& random, Counters& counters)
      : settings_(settings), store_(store), tokens_(tokens), random_(random), counters_(counters) {}

  static bool owns(std::string_view path) { return path.starts_with("/v1.0/"); }
  static CallKind kind(const Request& request);

  void answer(CallKind kind, const Request& request, Time now, Answer& answer);

  // An answer of reference, section 7.1, with the headers that every answer has.
  void refuse(const Request& request, const Refusal& refusal, Answer& answer);
  void forget_replays() { replays_.clear(); }

 private:
  struct Replay {
    unsigned status;
    std::string headers;
    std::string body;
  };

  std::optional<Refusal> check_caller(const Request& request, Time now, Answer& answer) const;
  std::optional<Refusal> check_body(const Request& request) const;
  std::optional<Refusal> create(const Request& request, Time now, Answer& answer);
  std::optional<Refusal> list(const Request& request, Time now, Answer& answer);
  std::optional<Refusal> change(CallKind kind, Referral& referral, const Request& request, Time now,
                                Answer& answer);
  std::optional<Refusal> check_match(CallKind kind, const Referral& referral,
                                     const Request& request) const;
  std::optional<Refusal> one(CallKind kind, const Request& request, Time now, Answer& answer);
  std::size_t append_page(ListQuery& query, Time now, std::string& out, std::optional<Time>& next);
  bool shows(const Referral& referral, Time now) const;
  std::size_t count_all(const ListQuery& query, Time now);
  std::string next_link(const ListQuery& query) const;
  void show(const Referral& referral, unsigned status, Answer& answer) const;
  void count_ignored(const Draft& draft);
  void append_trace_headers(const Request& request, Answer& answer);
  RenderOptions rendering(bool context) const;

  const Settings& settings_;
  Store& store_;
  Tokens& tokens_;
  Random& random_;
  Counters& counters_;
  Validator validator_;
  FilterMatcher matcher_;
  Selector selector_;
  Draft draft_;
  Change change_;
  std::unordered_map<std::string, Replay> replays_;
};

}  // namespace referrald::simulator
