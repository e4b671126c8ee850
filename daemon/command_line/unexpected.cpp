#include "daemon/command_line/unexpected.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/diagnostics.hpp"

namespace referrald {
namespace {

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

// "list", "list and show", "list, show and sync".
std::string commands_with(const std::string& option, const std::vector<KnownOption>& known) {
  std::vector<std::string_view> commands;
  for (const KnownOption& one : known)
    if (one.name == option && !one.command.empty()) commands.emplace_back(one.command);
  const std::string_view last = commands.back();
  commands.pop_back();
  return commands.empty() ? std::string(last)
                          : fmt::format("{} and {}", fmt::join(commands, ", "), last);
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
                     commands_with(near->name, known));
}

}  // namespace

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

}  // namespace referrald
