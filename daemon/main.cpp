// referrald: brings Partner Center up to date with what a CRM exports.
//
// This file is the way in: the commands, the global options, and the one place where an exception
// becomes an exit code. Each command is a file in commands/.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

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
#include "daemon/help.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/text.hpp"

namespace referrald {
namespace {

using commands::Chosen;
using commands::Globals;
using commands::report;

void add_commands(CLI::App& app, Globals& globals, Chosen& chosen) {
  commands::CommandLine line(app, chosen);
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
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::optional<T>& chosen,
                        const Choices<T>& choices, const std::string& description) {
  const auto choose = [name, &chosen, &choices](const std::string& text) {
    std::vector<std::string_view> known;
    for (const auto& [word, value] : choices) {
      if (word == text) chosen = value;
      known.push_back(word);
    }
    if (!chosen)
      throw CLI::ValidationError(name,
                                 fmt::format("'{}' is none of {}", text, fmt::join(known, ", ")));
  };
  return app.add_option_function<std::string>(name, choose, description);
}

void add_global_options(CLI::App& app, Globals& globals) {
  app.add_option("-c,--config", globals.config_file,
                 "configuration file; else $REFERRALD_CONFIG, else /etc/referrald/referrald.yaml")
      ->type_name("FILE");
  add_choice<LogLevel>(app, "--log-level", globals.log_level, log_levels,
                       "error, warning, info, debug or trace; else as configured")
      ->type_name("LEVEL");
  add_choice<LogFormat>(app, "--log-format", globals.log_format, log_formats,
                        "auto, text, json or journal; else as configured")
      ->type_name("FORMAT");
  app.set_version_flag("--version", "referrald " REFERRALD_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this help, or a command's");
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

Exit usage(Globals& globals, const std::string& message) {
  globals.console.line("referrald: " + printable(message));
  return Exit::usage;
}

// An option that might have been meant.
struct KnownOption {
  std::string name;     // with its dashes
  std::string command;  // empty: a global one
};

void add_options(std::vector<KnownOption>& known, const CLI::App& app) {
  const std::string command = app.get_parent() == nullptr ? "" : app.get_name();
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back({"--" + name, command});
    for (const std::string& name : option->get_snames()) known.push_back({"-" + name, command});
  }
}

std::string_view without_dashes(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  return name;
}

// Without the dashes, which are nothing that names have in common.
std::optional<KnownOption> nearest(std::string_view name, const std::vector<KnownOption>& known) {
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const KnownOption& option : known) names.push_back(without_dashes(option.name));
  const auto near = config::nearest(without_dashes(name), names);
  if (!near) return std::nullopt;
  return *std::ranges::find(known, std::string_view(*near),
                            [](const KnownOption& option) { return without_dashes(option.name); });
}

constexpr auto every_command = [](const CLI::App*) { return true; };

// What is wrong with an option that was not understood. `selected`: the command, if one was given.
std::string unexpected_option(const CLI::App& app, const CLI::App* selected,
                              const std::string& argument) {
  const std::string name = argument.substr(0, argument.find('='));
  // In the order in which they are meant, if several are equally near.
  std::vector<KnownOption> known;
  if (selected != nullptr) add_options(known, *selected);
  add_options(known, app);
  for (const CLI::App* command : app.get_subcommands(every_command)) add_options(known, *command);
  const auto near = nearest(name, known);
  const std::string of = selected == nullptr ? "" : selected->get_name();
  if (!near)
    return fmt::format("unknown option '{}'; see referrald {}{}--help", name, of,
                       of.empty() ? "" : " ");
  if (near->command.empty() || (near->command == of && near->name != name))
    return fmt::format("unknown option '{}'; did you mean '{}'?", name, near->name);
  if (near->command == of || of.empty())
    return fmt::format("'{}' is an option of a command and goes behind it: referrald {} {}", name,
                       near->command, near->name);
  return fmt::format("{} has no option '{}'; '{}' is one of {}", of, name, near->name,
                     near->command);
}

// One line on the first argument that nobody expected.
std::string unexpected(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(true);
  const std::string argument = left.empty() ? "" : left.front();
  const auto chosen = app.get_subcommands();
  const CLI::App* selected = chosen.empty() ? nullptr : chosen[0];
  if (argument.starts_with("-")) return unexpected_option(app, selected, argument);
  if (selected != nullptr)
    return fmt::format("unknown argument '{}'; see referrald {} --help", argument,
                       selected->get_name());
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(every_command))
    names.push_back(command->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = config::nearest(argument, known);
  return fmt::format("unknown command '{}'; {}", argument,
                     near ? "did you mean '" + *near + "'?" : "see referrald --help");
}

Exit parse_and_run(int argc, char** argv, Globals& globals) {
  CLI::App app("brings Microsoft Partner Center up to date with what a CRM exports", "referrald");
  app.fallthrough();
  Chosen chosen;
  add_global_options(app, globals);
  add_commands(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return run(globals, [&] {
      const auto selected = app.get_subcommands();
      globals.out.write(help_text(selected.empty() ? app : *selected[0]));
      return Exit::ok;
    });
  } catch (const CLI::CallForVersion& version) {
    return run(globals, [&] {
      globals.out.write(std::string(version.what()) + '\n');
      return Exit::ok;
    });
  } catch (const CLI::ExtrasError&) {
    return usage(globals, unexpected(app));
  } catch (const CLI::ParseError& error) {
    return usage(globals, error.what());
  }
  if (!chosen) {
    std::string help = help_text(app);
    help.pop_back();
    globals.console.line(help);
    return Exit::usage;
  }
  commands::start_log(globals, {});
  return run_and_flush(globals, chosen);
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
