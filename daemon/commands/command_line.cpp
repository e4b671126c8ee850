#include "daemon/commands/command_line.hpp"

#include <utility>

#include <CLI/CLI.hpp>

namespace referrald::commands {
namespace {

template <typename Value>
CLI::Option* add(CLI::App& command, const Word& word, Value& value) {
  return command.add_option(word.name, value, word.meaning)->type_name(word.type);
}

}  // namespace

Command& Command::flag(const char* name, bool& value, const char* meaning) {
  command_.add_flag(name, value, meaning);
  return *this;
}

Command& Command::option(const Word& word, std::optional<std::string>& value) {
  add(command_, word, value);
  return *this;
}

Command& Command::option(const Word& word, std::optional<std::filesystem::path>& value) {
  add(command_, word, value);
  return *this;
}

Command& Command::option(const Word& word, std::optional<std::uint64_t>& value) {
  add(command_, word, value)->check(CLI::PositiveNumber);
  return *this;
}

Command& Command::option(const Word& word, std::vector<std::string>& values) {
  add(command_, word, values)->allow_extra_args(false);
  return *this;
}

Command& Command::argument(const Word& word, std::string& value) {
  command_.add_option(word.name, value, word.meaning)->required();
  return *this;
}

Command& Command::arguments(const Word& word, std::vector<std::filesystem::path>& values) {
  add(command_, word, values);
  return *this;
}

void Command::runs(Chosen work) {
  command_.callback([&chosen = chosen_, work = std::move(work)] { chosen = work; });
}

Command CommandLine::add(const char* name, const char* description) {
  return Command(*app_.add_subcommand(name, description), chosen_);
}

}  // namespace referrald::commands
