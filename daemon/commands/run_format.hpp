// How the reading commands and the status page tell of runs.
#pragma once

#include <string>

#include "daemon/exit.hpp"
#include "daemon/status_page/snapshot.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

// Whether its process lives.
bool is_under_way(const persistence::Run& run);

// "finished, some rows need a person".
std::string result_in_words(Exit exit);
// The same, and of a run that has not ended "running, process 4711".
std::string result_in_words(const persistence::Run& run);

status_page::Result result_of(Exit exit);
// none: under way.
status_page::Result result_of(const persistence::Run& run);

// Since when a waiting row waits: one that was created and waits again, since its content changed;
// any other since it was first read, whatever was tried meanwhile.
persistence::Timestamp waiting_since(const persistence::RowView& row);

}  // namespace referrald::commands
