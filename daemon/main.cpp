// referrald: brings Partner Center up to date with what a CRM exports.
//
// This file is the way in: the commands, the global options, and the one place where an exception
// becomes an exit code. Each command is a file in commands/.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/adopt.hpp"
#include "daemon/commands/check.hpp"
#include "daemon/commands/globals.hpp"
#include "daemon/commands/init.hpp"
#include "daemon/commands/list.hpp"
#include "daemon/commands/login.hpp"
#include "daemon/commands/plan.hpp"
#include "daemon/commands/pull.hpp"
#include "daemon/commands/rejects.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/resolve.hpp"
#include "daemon/commands/results.hpp"
#include "daemon/commands/retry.hpp"
#include "daemon/commands/run.hpp"
#include "daemon/commands/show.hpp"
#include "daemon/commands/status.hpp"
#include "daemon/commands/sync.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/text.hpp"

namespace referrald {
namespace {

using commands::Globals;
using commands::report;

void add_commands(CommandLine& line, Globals& globals) {
  commands::add_init(line, globals);
  commands::add_check(line, globals);
  commands::add_plan(line, globals);
  commands::add_sync(line, globals);
  commands::add_run(line, globals);
  commands::add_status(line, globals);
  commands::add_list(line, globals);
  commands::add_show(line, globals);
  commands::add_retry(line, globals);
  commands::add_resolve(line, globals);
  commands::add_results(line, globals);
  commands::add_rejects(line, globals);
  commands::add_adopt(line, globals);
  commands::add_pull(line, globals);
  commands::add_login(line, globals);
}

template <typename T>
using Choices = std::vector<std::pair<std::string_view, T>>;

const Choices<LogLevel> log_levels{{"error", LogLevel::error},
                                   {"warning", LogLevel::warning},
                                   {"info", LogLevel::info},
                                   {"debug", LogLevel::debug},
                                   {"trace", LogLevel::trace}};
const Choices<LogFormat> log_formats{{"auto", LogFormat::automatic},
                                     {"text", LogFormat::text},
                                     {"json", LogFormat::json},
                                     {"journal", LogFormat::journal}};

// An option that takes one of some words.
template <typename T>
void add_choice(Command& command, const Word& word, std::optional<T>& chosen,
                const Choices<T>& choices) {
  std::vector<std::string_view> words;
  for (const auto& [name, value] : choices) words.push_back(name);
  command.choice(word, std::move(words),
                 [&chosen, &choices](std::size_t which) { chosen = choices[which].second; });
}

void add_global_options(CommandLine& line, Globals& globals) {
  Command global = line.global();
  global.option({"-c,--config", "FILE",
                 "configuration file; else $REFERRALD_CONFIG, else /etc/referrald/referrald.yaml"},
                globals.config_file);
  add_choice(global,
             {"--log-level", "LEVEL", "error, warning, info, debug or trace; else as configured"},
             globals.log_level, log_levels);
  add_choice(global, {"--log-format", "FORMAT", "auto, text, json or journal; else as configured"},
             globals.log_format, log_formats);
}

// Runs what was chosen. Every exception of the program ends here.
Exit run(Globals& globals, const Chosen& chosen) {
  try {
    const Exit exit = chosen();
    globals.out.flush();
    return exit;
  } catch (const ReaderGone&) {
    return Exit::ok;
  } catch (const CommandError& error) {
    report(globals, error.problems());
    report(globals, "command-failed", error.what(), error.exit());
    return error.exit();
  } catch (const persistence::LedgerError& error) {
    report(globals, "ledger-failed", error.what(), commands::exit_of(error.kind()));
    return commands::exit_of(error.kind());
  } catch (const mapping::ExportError& error) {
    report(globals, "export-refused", error.what(), sync::exit_of(error.kind()));
    return sync::exit_of(error.kind());
  } catch (const std::bad_alloc&) {
    report(globals, "internal-error", "internal error: out of memory", Exit::internal);
  } catch (const std::exception& error) {
    report(globals, "internal-error", std::string("internal error: ") + error.what(),
           Exit::internal);
  } catch (...) {
    report(globals, "internal-error", "internal error", Exit::internal);
  }
  return Exit::internal;
}

// What is written before an error is shown before it, also to those who look at both together.
Exit run_and_flush(Globals& globals, const Chosen& chosen) {
  const Chosen flushing = [&] {
    try {
      return chosen();
    } catch (...) {
      globals.out.flush();
      throw;
    }
  };
  return run(globals, flushing);
}

Exit parse_and_run(int argc, char** argv, Globals& globals) {
  CommandLine line("referrald", REFERRALD_VERSION,
                   "brings Microsoft Partner Center up to date with what a CRM exports");
  add_global_options(line, globals);
  add_commands(line, globals);
  const Understood understood = line.parse(argc, argv);
  switch (understood.kind) {
    case Understood::Kind::work:
      commands::start_log(globals, {});
      return run_and_flush(globals, understood.work);
    case Understood::Kind::answer:
      return run(globals, [&] {
        globals.out.write(understood.text);
        return Exit::ok;
      });
    case Understood::Kind::mistake:
      globals.console.line("referrald: " + printable(understood.text));
      return Exit::usage;
    case Understood::Kind::nothing:
      globals.console.line(understood.text.substr(0, understood.text.size() - 1));
      return Exit::usage;
  }
  return Exit::internal;
}

// A descriptor that the caller closed would else be given to the ledger or a socket. Standard
// output becomes unwritable, so that lost data is an error.
void open_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY) != fd)
      std::abort();
}

// A core dump would hold tokens and rows. (The sanitizers look into their process by what this
// forbids.)
void forbid_core_dumps() {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

Exit start(int argc, char** argv) {
  forbid_core_dumps();
  open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  Console console(STDERR_FILENO);
  Output out(STDOUT_FILENO);
  commands::Globals globals{
      .console = console, .out = out, .now = [] {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
      }};
  return parse_and_run(argc, argv, globals);
}

}  // namespace
}  // namespace referrald

int main(int argc, char** argv) {
  return referrald::code(referrald::start(argc, argv));
}
