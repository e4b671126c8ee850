// The failures that an operator can meet: what each means, and what to do about it. One table, for
// `show` and for docs/errors.md, which is generated from it. What a row is rejected for before
// anything is sent stands in mapping/rule_table.cpp, what the token service refuses in
// daemon/submission/token_errors.cpp.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "daemon/exit.hpp"
#include "daemon/submission/halt.hpp"
#include "persistence/ledger.hpp"

namespace referrald {

// Where a failure is met.
enum class Met {
  exit,     // the program's exit code
  row,      // a row's last error, with a code of ours
  service,  // a row's last error, with a code of the service's (reference, section 7.1)
  status,   // a row's last error, by its HTTP status (section 7.2)
  run,      // the message of a run that stopped
  ledger,   // the message of a command that cannot use the ledger
};

// What it is in the code; it decides with which exit code the program ends. Blank: nothing of it.
using Cause = std::variant<std::monostate, Exit, submission::Halt, persistence::LedgerError::Kind>;

struct KnownFailure {
  Met met;
  std::string_view code;  // as it is shown; of `run` and `ledger`: a part of the message
  std::string_view meaning;
  std::string_view remedy;
  Cause cause{};
};

// In the document's order.
std::span<const KnownFailure> known_failures();

// Or nullptr.
const KnownFailure* find_failure(Met met, std::string_view code);
// By "404", else by "4xx", or nullptr.
const KnownFailure* find_status(int status);

}  // namespace referrald
