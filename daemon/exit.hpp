// How the program ends: the contract's exit codes, and the exception that carries one to main.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "config/diagnostics.hpp"

namespace referrald {

// The contract's sections 1 and 7; scripts rely on the numbers. A second signal n ends the program
// with 128+n, which has no enumerator.
enum class Exit : int {
  ok = 0,               // everything is as wanted; a reading command could answer
  needs_person = 1,     // finished, some rows need a person
  stopped = 2,          // stopped before the end, rows still waiting; may be resumed
  usage = 64,           // unknown command, option or name of a source
  no_input = 66,        // the -c file, an export or an id is missing
  unavailable = 69,     // the service cannot be reached, or its certificate is refused
  internal = 70,        // a fault of the program
  cannot_write = 73,    // the ledger's folder, standard output, …
  cannot_read = 74,     // an export or the ledger is unreadable or damaged
  held = 75,            // another process holds the ledger
  not_authorised = 77,  // the sign-in is missing or refused
  invalid = 78,         // configuration or mapping
};

constexpr int code(Exit exit) {
  return static_cast<int>(exit);
}

// Ends a command. what() is for the operator: what, where, the value, what to do. With problems,
// main prints each of them on a line of its own and what() after them, if it is not empty.
class CommandError : public std::runtime_error {
 public:
  CommandError(Exit exit, const std::string& message) : std::runtime_error(message), exit_(exit) {}
  CommandError(Exit exit, config::Problems problems, const std::string& message = {})
      : std::runtime_error(message), exit_(exit), problems_(std::move(problems)) {}

  Exit exit() const { return exit_; }
  const config::Problems& problems() const { return problems_; }

 private:
  Exit exit_;
  config::Problems problems_;
};

}  // namespace referrald
