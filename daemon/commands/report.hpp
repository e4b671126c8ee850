// What a command tells its operator beside its data: lines on standard error, or events of the log
// where a machine reads that.
#pragma once

#include <string>

#include "daemon/commands/globals.hpp"

namespace referrald::commands {

// One line or event; nothing for an empty message.
void report(Globals& globals, const std::string& message);
void warn(Globals& globals, const std::string& message);
// One line or event each; an event has the place in its fields.
void report(Globals& globals, const config::Problems& problems);

// How the program ends when the ledger cannot be used (contract, section 7).
Exit exit_of(persistence::LedgerError::Kind kind);

}  // namespace referrald::commands
