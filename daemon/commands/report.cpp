#include "daemon/commands/report.hpp"

#include "daemon/sync/outcome_log.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

bool for_a_person(const Globals& globals) {
  return globals.resolved_format == LogFormat::text || !globals.log;
}

}  // namespace

bool summary_is_read_by_a_person(const Globals& globals) {
  return for_a_person(globals) && globals.console.terminal();
}

void report(Globals& globals, Event event, const std::string& message, Exit exit) {
  if (message.empty()) return;
  if (for_a_person(globals))
    globals.console.line("referrald: " + printable(message));
  else
    globals.log->write_words(event, message, {{"exit_code", code(exit)}});
}

void warn(Globals& globals, Event event, const std::string& message, Fields fields) {
  if (for_a_person(globals))
    globals.console.line("referrald: warning: " + printable(message));
  else
    globals.log->write_words(event, message, fields);
}

void report(Globals& globals, const config::Problems& problems) {
  for (const config::Problem& problem : problems.list()) {
    if (for_a_person(globals))
      globals.console.line((problem.place.file.empty() ? "referrald: " : "") +
                           printable(config::to_string(problem)));
    else
      globals.log->write_words("file-invalid", config::to_string(problem),
                               {{"file", problem.place.file},
                                {"line", problem.place.line},
                                {"column", problem.place.column}});
  }
}

void report(Globals& globals, const sync::SyncOutcome& outcome) {
  const bool person = for_a_person(globals);
  sync::log_outcome(*globals.log, outcome,
                    {.failures = !person, .counts = !summary_is_read_by_a_person(globals)});
  if (!person) return;
  report(globals, outcome.problems);
  for (const auto& message : outcome.messages)
    report(globals, "command-failed", message, outcome.exit);
}

Exit exit_of(persistence::LedgerError::Kind kind) {
  using Kind = persistence::LedgerError::Kind;
  switch (kind) {
    case Kind::cannot_write:
      return Exit::cannot_write;
    case Kind::cannot_read:
    case Kind::damaged:
    case Kind::newer:
      return Exit::cannot_read;
    case Kind::held:
      return Exit::held;
    case Kind::other_tenant:
      return Exit::invalid;
  }
  return Exit::internal;
}

}  // namespace referrald::commands
