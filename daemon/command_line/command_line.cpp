#include "daemon/command_line/command_line.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/values.hpp"
#include "daemon/command_line/help.hpp"
#include "daemon/command_line/unexpected.hpp"

namespace referrald {
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

Command& Command::choice(const Word& word, std::vector<std::string_view> words,
                         std::function<void(std::size_t)> choose) {
  const auto take = [name = std::string(word.name), words = std::move(words),
                     choose = std::move(choose)](const std::string& text) {
    const auto found = std::ranges::find(words, text);
    if (found == words.end())
      throw CLI::ValidationError(name,
                                 fmt::format("'{}' is none of {}", text, fmt::join(words, ", ")));
    choose(static_cast<std::size_t>(found - words.begin()));
  };
  command_.add_option_function<std::string>(word.name, take, word.meaning)->type_name(word.type);
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

CommandLine::CommandLine(const char* program, const char* version, const char* description)
    : app_(std::make_unique<CLI::App>(description, program)), version_(version) {
  app_->fallthrough();
  app_->set_help_flag("-h,--help", "print this help, or a command's");
}

CommandLine::~CommandLine() = default;

Command CommandLine::global() {
  return Command(*app_, chosen_);
}

Command CommandLine::add(const char* name, const char* description) {
  return Command(*app_->add_subcommand(name, description), chosen_);
}

Understood CommandLine::parse(int argc, char** argv) {
  using Kind = Understood::Kind;
  app_->set_version_flag("--version", app_->get_name() + " " + version_, "print the version");
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto selected = app_->get_subcommands();
    return {Kind::answer, {}, help_text(selected.empty() ? *app_ : *selected[0])};
  } catch (const CLI::CallForVersion& version) {
    return {Kind::answer, {}, std::string(version.what()) + '\n'};
  } catch (const CLI::ExtrasError&) {
    return {Kind::mistake, {}, unexpected(*app_)};
  } catch (const CLI::ParseError& error) {
    return {Kind::mistake, {}, error.what()};
  }
  if (!chosen_) return {Kind::nothing, {}, help_text(*app_)};
  return {Kind::work, chosen_, {}};
}

}  // namespace referrald
