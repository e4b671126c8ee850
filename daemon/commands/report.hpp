// What a command tells its operator beside its data: lines on standard error, or events of the log
// where a machine reads that.
#pragma once

#include <string>

#include "daemon/commands/globals.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::commands {

// Text at a terminal: what standard output says is not logged as well.
bool summary_is_read_by_a_person(const Globals& globals);

// One line or event; nothing for an empty message. The exit code is a field of the event.
void report(Globals& globals, Event event, const std::string& message, Exit exit);
void warn(Globals& globals, Event event, const std::string& message, Fields fields = {});
// One line or event each; an event has the place in its fields.
void report(Globals& globals, const config::Problems& problems);

// What ended a run: lines for a person, or events with the run's id. In front of its summary.
// run-finished is not logged at a terminal, where the summary stands on standard output.
void report(Globals& globals, const sync::SyncOutcome& outcome);

// How the program ends when the ledger cannot be used (contract, section 7).
Exit exit_of(persistence::LedgerError::Kind kind);

}  // namespace referrald::commands
