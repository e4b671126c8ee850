#include "daemon/commands/command_line.hpp"

#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/values.hpp"

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
  // By hand: CLI11's own check answers with the whole range of a double.
  const auto take = [name = std::string(word.name), &value](const std::string& text) {
    value = config::parse_whole(text);
    if (value.value_or(0) == 0)
      throw CLI::ValidationError(name, fmt::format("'{}' is no whole number from 1 on", text));
  };
  command_.add_option_function<std::string>(word.name, take, word.meaning)->type_name(word.type);
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

Command& Command::arguments(const Word& word, std::vector<std::string>& values) {
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
