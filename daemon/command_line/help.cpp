#include "daemon/command_line/help.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/text.hpp"

namespace referrald {
namespace {

// What stands on the left, and its explanation.
using Entry = std::pair<std::string, std::string>;

std::string section(const std::string& title, const std::vector<Entry>& entries) {
  if (entries.empty()) return {};
  std::size_t left = 0;
  for (const auto& [name, text] : entries) left = std::max(left, name.size());
  std::string out = "\n" + title + ":\n";
  for (const auto& [name, text] : entries)
    out += fmt::format("  {:<{}}  {}\n", name, left, wrapped(text, left + 4));
  return out;
}

// "FILE"; CLI11 puts the validators' names behind it.
std::string type_of(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

Entry entry_of(const CLI::Option& option) {
  std::string name;
  for (const std::string& letter : option.get_snames()) name += "-" + letter + ", ";
  for (const std::string& word : option.get_lnames()) name += "--" + word + ", ";
  name.erase(name.size() - 2);
  if (option.get_snames().empty()) name.insert(0, "    ");
  const std::string type = type_of(option);
  return {type.empty() ? name : name + ' ' + type, option.get_description()};
}

std::vector<Entry> options_of(const CLI::App& app) {
  std::vector<Entry> entries;
  for (const CLI::Option* option : app.get_options())
    if (!option->get_positional() && option->nonpositional()) entries.push_back(entry_of(*option));
  // --help comes last: it is what one knows already.
  std::ranges::stable_partition(
      entries, [](const Entry& entry) { return !entry.first.ends_with("--help"); });
  return entries;
}

// "EXTERNAL_REFERENCE_ID" or "[EXPORT…]".
std::string shown(const CLI::Option& positional) {
  const std::string name = positional.get_name();
  const std::string repeated = positional.get_items_expected_max() > 1 ? name + "…" : name;
  return positional.get_required() ? repeated : "[" + repeated + "]";
}

std::string help_of_command(const CLI::App& command) {
  std::string usage = "usage: referrald [GLOBAL OPTIONS] " + command.get_name() + " [OPTIONS]";
  std::vector<Entry> arguments;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    usage += ' ' + shown(*option);
    arguments.emplace_back(option->get_name(), option->get_description());
  }
  return fmt::format("{}: {}\n\n{}\n", command.get_name(),
                     wrapped(command.get_description(), command.get_name().size() + 2), usage) +
         section("arguments", arguments) + section("options", options_of(command)) +
         "\n`referrald --help` shows the global options.\n";
}

std::string help_of_program(const CLI::App& app) {
  std::vector<Entry> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    commands.emplace_back(command->get_name(), command->get_description());
  return fmt::format("referrald: {}\n\nusage: referrald [GLOBAL OPTIONS] COMMAND [OPTIONS]\n",
                     app.get_description()) +
         section("commands", commands) + section("global options", options_of(app)) +
         "\n`referrald COMMAND --help` shows a command's options.\n";
}

}  // namespace

std::string help_text(const CLI::App& app) {
  return app.get_parent() == nullptr ? help_of_program(app) : help_of_command(app);
}

}  // namespace referrald
