#include "daemon/commands/backlog.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/row_format.hpp"
#include "daemon/progress.hpp"
#include "daemon/sync/tenant_gate.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {

using persistence::State;
using persistence::Timestamp;

std::uint64_t Backlog::left_today() const {
  return daily_budget ? *daily_budget - std::min(*daily_budget, used_today) : rows;
}

std::optional<Timestamp> Backlog::done(Timestamp now) const {
  if (rows == 0 || held) return std::nullopt;
  std::uint64_t left = rows;
  Timestamp begin = now;
  if (daily_budget && left > left_today()) {
    left -= left_today();
    const auto days = (left - 1) / std::max<std::uint64_t>(*daily_budget, 1);
    left -= days * *daily_budget;
    begin = std::chrono::floor<std::chrono::days>(now) +
            std::chrono::days{1 + static_cast<std::int64_t>(days)};
  }
  if (!rate) return begin > now ? std::optional(begin) : std::nullopt;
  const double seconds = static_cast<double>(left) / *rate;
  return begin + std::chrono::seconds{std::llround(std::ceil(seconds))};
}

Backlog backlog_of(const config::Config& config, persistence::Ledger* ledger,
                   const persistence::Counts& counts, Timestamp now) {
  Backlog backlog;
  backlog.rate = config.submission.rate;
  backlog.daily_budget = config.submission.daily_budget;
  for (const auto state : {State::pending, State::sending, State::in_doubt})
    if (const auto found = counts.find(state); found != counts.end()) backlog.rows += found->second;
  if (ledger != nullptr) backlog.used_today = ledger->calls(iso_time(now).substr(0, 10));
  backlog.held = !sync::reason_for_standing(sync::standing_of(ledger)).empty();
  return backlog;
}

std::string text_of(const Backlog& backlog, Timestamp now) {
  std::string text;
  if (backlog.rows > 0) {
    const auto done = backlog.done(now);
    const std::string when =
        backlog.held ? "not before `referrald adopt`"
        : done       ? fmt::format("done in about {} ({})",
                                   rough_duration(std::chrono::ceil<std::chrono::seconds>(*done - now)),
                                   iso_time(*done))
                     : "as fast as Partner Center takes them (no rate is set)";
    text += fmt::format("backlog       {} to send, {}\n", counted(backlog.rows, "row"), when);
  }
  if (backlog.daily_budget)
    text += fmt::format("budget        {} of {} left today (UTC)\n", backlog.left_today(),
                        counted(*backlog.daily_budget, "call"));
  return text;
}

boost::json::object json_of(const Backlog& backlog, Timestamp now) {
  boost::json::object object{{"rows", backlog.rows}};
  object["done"] = nullptr;
  if (const auto done = backlog.done(now)) object["done"] = iso_time_ms(*done);
  object["calls_per_second"] = nullptr;
  if (backlog.rate) object["calls_per_second"] = *backlog.rate;
  object["daily_budget"] = object["budget_left"] = nullptr;
  if (backlog.daily_budget) {
    object["daily_budget"] = *backlog.daily_budget;
    object["budget_left"] = backlog.left_today();
  }
  return object;
}

}  // namespace referrald::commands
