// What every command is given.
//
// A command is one file with one function
//     void add_<command>(CommandLine& line, Globals& globals);
// that declares the command, its options and its work. main runs what the user chose and turns its
// result or its exception into the exit code.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "config/config.hpp"
#include "daemon/console.hpp"
#include "daemon/exit.hpp"
#include "daemon/log.hpp"
#include "daemon/output.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

struct Globals {
  Console& console;                                    // standard error
  Output& out;                                         // standard output
  std::function<persistence::Timestamp()> now;         // the wall clock
  std::optional<std::filesystem::path> config_file{};  // -c
  std::optional<LogLevel> log_level{};
  std::optional<LogFormat> log_format{};
  std::unique_ptr<Log> log{};  // by the options; load_config() adds the file's settings
  LogFormat resolved_format = LogFormat::text;  // of `log`
};

// (Re)makes globals.log from the options, or else these settings.
void start_log(Globals& globals, const config::Log& settings);

// Reads -c, else $REFERRALD_CONFIG, else /etc/referrald/referrald.yaml, and starts the log as it
// says. Throws CommandError: no_input when the file is missing, invalid with all problems.
config::Config load_config(Globals& globals);

// The ledger beside whoever writes it; nullptr (and a line on standard error) when there is none
// yet. Throws LedgerError.
std::unique_ptr<persistence::Ledger> open_ledger(const Globals& globals,
                                                 const config::Config& config);

// "2026-11-22", "2026-11-22T10:00:00Z" (also with an offset, "+02:00") or how long ago, "2h".
// Throws CommandError(usage).
persistence::Timestamp parse_since(const std::string& text, persistence::Timestamp now);

}  // namespace referrald::commands
