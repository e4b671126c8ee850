#include <array>
#include <cstdint>
#include <limits>

#include "config/sections.hpp"
#include "config/values.hpp"

namespace referrald::config {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 8> submission_keys{
    "rate", "burst", "daily_budget", "connections", "timeout", "retry", "reconcile", "conflicts"};
constexpr std::array<std::string_view, 3> retry_keys{"attempts", "initial", "max"};
constexpr std::array<std::string_view, 2> reconcile_keys{"looks", "apart"};
constexpr std::array<std::string_view, 2> guard_keys{"max_creates", "max_changed"};

constexpr std::uint64_t any_int = std::numeric_limits<int>::max();
constexpr std::uint64_t any_count = std::numeric_limits<std::int64_t>::max();  // as SQLite has it

void take_int(const StrictMap& map, std::string_view name, std::uint64_t most, int& out) {
  if (const auto value = map.number(name, 1, most)) out = static_cast<int>(*value);
}

void read_retry(const StrictMap& submission, Retry& out) {
  const auto map = submission.section("retry", retry_keys);
  if (!map) return;
  take_int(*map, "attempts", any_int, out.attempts);
  take_duration(*map, "initial", milliseconds(1), out.initial);
  take_duration(*map, "max", milliseconds(1), out.max);
  if (out.initial > out.max) {
    map->report(map->has("initial") ? "initial" : "max",
                map->has("initial") ? "is longer than max" : "is shorter than initial",
                "initial is the first wait between two attempts (default 1s), max the longest "
                "(default 5m)");
  }
}

void read_reconcile(const StrictMap& submission, Reconcile& out) {
  const auto map = submission.section("reconcile", reconcile_keys);
  if (!map) return;
  take_int(*map, "looks", any_int, out.looks);
  take_duration(*map, "apart", milliseconds(0), out.apart);
}

std::optional<Conflicts> parse_conflicts(std::string_view text) {
  if (text == "ask") return Conflicts::ask;
  if (text == "crm") return Conflicts::crm;
  if (text == "partner_center") return Conflicts::partner_center;
  return std::nullopt;
}

}  // namespace

void read_submission(const StrictMap& root, Submission& out) {
  const auto map = root.section("submission", submission_keys);
  if (!map) return;
  take(*map, "rate", parse_rate, "is not a rate",
       "write N/s, N/min or N/h with N above 0 (60/min), at most 100000/s, or unlimited", out.rate);
  take_int(*map, "burst", any_int, out.burst);
  if (const auto budget = map->number("daily_budget", 1, any_count)) out.daily_budget = *budget;
  take_int(*map, "connections", 1'000, out.connections);
  take_duration(*map, "timeout", milliseconds(1), out.timeout);
  read_retry(*map, out.retry);
  read_reconcile(*map, out.reconcile);
  take(*map, "conflicts", parse_conflicts, "is no way to settle a conflict",
       "write ask, crm or partner_center", out.conflicts);
}

void read_guard(const StrictMap& root, std::optional<Guard>& out) {
  const auto map = root.section("guard", guard_keys);
  if (!map) return;
  Guard guard;
  if (map->is_map() && !map->has("max_creates") && !map->has("max_changed")) {
    root.report("guard", "guards nothing",
                "give max_creates or max_changed, or remove the section");
  }
  guard.max_creates = map->number("max_creates", 0, any_count);
  take(*map, "max_changed", parse_share, "is not a share",
       "write it in percent, from 0% to 100%: 30%", guard.max_changed);
  out = guard;
}

}  // namespace referrald::config
