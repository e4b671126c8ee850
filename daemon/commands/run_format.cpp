#include "daemon/commands/run_format.hpp"

#include <cerrno>
#include <csignal>

#include <fmt/format.h>

namespace referrald::commands {

using persistence::Run;
using status_page::Result;

bool is_under_way(const Run& run) {
  if (run.finished || run.pid <= 0) return false;
  return ::kill(static_cast<pid_t>(run.pid), 0) == 0 || errno == EPERM;
}

std::string result_in_words(Exit exit) {
  switch (exit) {
    case Exit::ok:
      return "everything as wanted";
    case Exit::needs_person:
      return "finished, some rows need a person";
    case Exit::stopped:
      return "stopped before the end, rows still waiting";
    case Exit::no_input:
      return "an export was missing";
    case Exit::unavailable:
      return "the service was unavailable";
    case Exit::internal:
      return "an internal error";
    case Exit::cannot_write:
      return "something could not be written";
    case Exit::cannot_read:
      return "an export or the ledger could not be read";
    case Exit::not_authorised:
      return "not authorised; sign in with `referrald login`";
    case Exit::invalid:
      return "a mapping or an export did not fit";
    default:
      return fmt::format("ended with {}", code(exit));
  }
}

std::string result_in_words(const Run& run) {
  if (run.finished) return result_in_words(static_cast<Exit>(run.exit_code.value_or(0)));
  return is_under_way(run) ? fmt::format("running, process {}", run.pid)
                           : "ended without finishing (killed?); the next sync looks for what it "
                             "left open";
}

Result result_of(Exit exit) {
  switch (exit) {
    case Exit::ok:
      return Result::good;
    case Exit::needs_person:
      return Result::needs_person;
    case Exit::stopped:
      return Result::stopped;
    default:
      return Result::failed;
  }
}

Result result_of(const Run& run) {
  if (run.finished) return result_of(static_cast<Exit>(run.exit_code.value_or(0)));
  return is_under_way(run) ? Result::none : Result::stopped;
}

persistence::Timestamp waiting_since(const persistence::RowView& row) {
  const bool again = row.step == persistence::Step::own && !row.own.referral_id.empty();
  return again ? row.changed : row.first_seen;
}

}  // namespace referrald::commands
