#include "daemon/commands/globals.hpp"

#include <cstdlib>
#include <sstream>
#include <system_error>
#include <vector>

#include <date/date.h>
#include <fmt/format.h>

namespace referrald::commands {
namespace {

std::filesystem::path config_path(const Globals& globals) {
  if (globals.config_file) return *globals.config_file;
  if (const char* file = std::getenv("REFERRALD_CONFIG"); file != nullptr && *file != '\0')
    return file;
  return "/etc/referrald/referrald.yaml";
}

std::string origin_of_path(const Globals& globals) {
  if (globals.config_file) return "-c";
  return std::getenv("REFERRALD_CONFIG") != nullptr ? "$REFERRALD_CONFIG" : "the default";
}

// The whole of `text` by one of date's formats.
std::optional<persistence::Timestamp> parse_time(const std::string& text, const char* format) {
  std::istringstream in(text);
  persistence::Timestamp time;
  in >> date::parse(format, time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return time;
}

}  // namespace

void start_log(Globals& globals, const config::Log& settings) {
  globals.resolved_format = resolve(globals.log_format.value_or(settings.format), globals.console);
  globals.log = make_log(globals.log_level.value_or(settings.level), globals.resolved_format,
                         globals.console);
}

config::Config load_config(Globals& globals) {
  const std::filesystem::path file = config_path(globals);
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    const std::string why = error ? error.message() : "No such file or directory";
    throw CommandError(Exit::no_input,
                       fmt::format("configuration file {} ({}): {}; name another with -c FILE or "
                                   "$REFERRALD_CONFIG",
                                   file.string(), origin_of_path(globals), why));
  }
  config::Problems problems;
  std::optional<config::Config> config = config::load_config(file, problems);
  if (!config) throw CommandError(Exit::invalid, std::move(problems));
  start_log(globals, config->log);
  return *std::move(config);
}

std::unique_ptr<persistence::Ledger> open_ledger(const Globals& globals,
                                                 const config::Config& config) {
  auto ledger = persistence::open_for_reading(config.ledger);
  if (!ledger)
    globals.console.line(fmt::format("referrald: no ledger yet at {}: the first sync makes it",
                                     config.ledger.string()));
  return ledger;
}

persistence::Timestamp parse_since(const std::string& text, persistence::Timestamp now) {
  if (const auto ago = config::parse_duration(text)) return now - *ago;
  for (const char* format : {"%FT%TZ", "%FT%T%Ez", "%FT%RZ", "%F"})
    if (const auto time = parse_time(text, format)) return *time;
  throw CommandError(Exit::usage, "--since " + text +
                                      ": not a time; write 2026-11-22, 2026-11-22T10:00:00Z, or "
                                      "how long ago: 90m, 2h, 14d");
}

}  // namespace referrald::commands
