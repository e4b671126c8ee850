#include "daemon/status_page/snapshot.hpp"

#include <algorithm>
#include <cmath>

#include "daemon/exit.hpp"

namespace referrald::status_page {
namespace {

using persistence::Run;
using persistence::State;

constexpr int last_that_is_no_failure = code(Exit::stopped);

struct Span {
  Timestamp from, to;
};

// What of `count` falls before `time`, if it is spread evenly over the span: rounded so that the
// hours add up to the count.
std::uint64_t share_before(std::uint64_t count, const Span& span, Timestamp time) {
  if (time >= span.to) return count;
  if (time <= span.from) return 0;
  const auto whole = static_cast<double>((span.to - span.from).count());
  const auto part = static_cast<double>((time - span.from).count());
  return static_cast<std::uint64_t>(std::floor(static_cast<double>(count) * part / whole));
}

std::uint64_t share_of(std::uint64_t count, const Span& span, const Hour& hour) {
  // An instant falls into the hour that begins with it, or holds it.
  if (span.from == span.to)
    return hour.begin <= span.from && span.from < hour.begin + std::chrono::hours{1} ? count : 0;
  return share_before(count, span, hour.begin + std::chrono::hours{1}) -
         share_before(count, span, hour.begin);
}

void add(const Run& run, Timestamp now, std::vector<Hour>& hours) {
  const Timestamp end =
      std::clamp(run.finished.value_or(now), run.started, std::max(now, run.started));
  const Span span{run.started, end};
  for (Hour& hour : hours) {
    hour.created += share_of(run.summary.created, span, hour);
    hour.updated += share_of(run.summary.updated, span, hour);
    hour.rejected += share_of(run.summary.rejected, span, hour);
    hour.refused += share_of(run.summary.refused, span, hour);
    const bool failed = run.exit_code.value_or(0) > last_that_is_no_failure;
    const bool ended_here = hour.begin <= end && end < hour.begin + std::chrono::hours{1};
    if (run.finished && failed && ended_here) ++hour.failures;
  }
}

}  // namespace

std::string_view to_string(Doing doing) {
  switch (doing) {
    case Doing::starting:
      return "starting";
    case Doing::idle:
      return "idle";
    case Doing::reading:
      return "reading";
    case Doing::sending:
      return "sending";
    case Doing::waiting:
      return "waiting";
    case Doing::budget_used_up:
      return "budget_used_up";
    case Doing::stopping:
      return "stopping";
  }
  return "";
}

std::string_view to_string(Result result) {
  switch (result) {
    case Result::none:
      return "none";
    case Result::good:
      return "good";
    case Result::needs_person:
      return "needs_person";
    case Result::stopped:
      return "stopped";
    case Result::failed:
      return "failed";
  }
  return "";
}

std::uint64_t count_of(const persistence::Counts& counts, State state) {
  const auto found = counts.find(state);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t waiting_in(const persistence::Counts& counts) {
  return count_of(counts, State::pending) + count_of(counts, State::sending) +
         count_of(counts, State::in_doubt);
}

std::vector<Hour> hours_of_day(const std::vector<Run>& runs, const std::optional<Run>& live,
                               Timestamp now) {
  const Timestamp current = std::chrono::floor<std::chrono::hours>(now);
  std::vector<Hour> hours(day_hours);
  for (int i = 0; i < day_hours; ++i)
    hours[static_cast<std::size_t>(i)].begin = current - std::chrono::hours{day_hours - 1 - i};
  for (const Run& run : runs)
    if (!live || run.id != live->id) add(run, now, hours);
  // The ledger's entry is newer once the run has ended.
  if (live) {
    const auto ended = std::ranges::find_if(
        runs, [&](const Run& run) { return run.id == live->id && run.finished; });
    add(ended == runs.end() ? *live : *ended, now, hours);
  }
  return hours;
}

}  // namespace referrald::status_page
