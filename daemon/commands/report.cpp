#include "daemon/commands/report.hpp"

#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

bool for_a_person(const Globals& globals) {
  return globals.resolved_format == LogFormat::text || !globals.log;
}

}  // namespace

void report(Globals& globals, const std::string& message) {
  if (message.empty()) return;
  if (for_a_person(globals))
    globals.console.line("referrald: " + printable(message));
  else
    globals.log->error(message);
}

void warn(Globals& globals, const std::string& message) {
  if (for_a_person(globals))
    globals.console.line("referrald: warning: " + printable(message));
  else
    globals.log->warning(message);
}

void report(Globals& globals, const config::Problems& problems) {
  for (const config::Problem& problem : problems.list()) {
    if (for_a_person(globals))
      globals.console.line((problem.place.file.empty() ? "referrald: " : "") +
                           printable(config::to_string(problem)));
    else
      globals.log->error(config::to_string(problem), {{"file", problem.place.file},
                                                      {"line", problem.place.line},
                                                      {"column", problem.place.column}});
  }
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
