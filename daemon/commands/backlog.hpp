// What waits to be sent, and when it will be done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "config/config.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

struct Backlog {
  std::uint64_t rows = 0;  // that wait; each takes a request or two
  config::Rate rate;
  std::optional<std::uint64_t> daily_budget;
  std::uint64_t used_today = 0;  // of the budget, on the UTC day of asking
  bool held = false;             // nothing is sent before an adopt

  std::uint64_t left_today() const;  // of the budget
  // At the set rate and with the budget of each day; nullopt: nothing waits, or it is held, or
  // there is neither a rate nor a budget that it exceeds.
  std::optional<persistence::Timestamp> done(persistence::Timestamp now) const;
};

// `ledger` may be nullptr: there is none yet.
Backlog backlog_of(const config::Config& config, persistence::Ledger* ledger,
                   const persistence::Counts& counts, persistence::Timestamp now);

// "backlog" and "budget", a line each; nothing where there is nothing to say.
std::string text_of(const Backlog& backlog, persistence::Timestamp now);
boost::json::object json_of(const Backlog& backlog, persistence::Timestamp now);

}  // namespace referrald::commands
