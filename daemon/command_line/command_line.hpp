// A command's place on the command line, as the command's file declares it, and what the user has
// made of it. CLI11 stands behind it: its headers take ten seconds to compile, so nobody else
// includes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/exit.hpp"

namespace CLI {
class App;
}

namespace referrald {

using Chosen = std::function<Exit()>;

// What is said of an option in --help.
struct Word {
  const char* name;     // "--since"; without dashes it is positional
  const char* type;     // "T"; of a positional: ""
  const char* meaning;  // one clause
};

// The variables that are handed in live as long as the work that runs() is given holds them; those
// of CommandLine::global() as long as the command line.
class Command {
 public:
  explicit Command(CLI::App& command, Chosen& chosen) : command_(command), chosen_(chosen) {}

  Command& flag(const char* name, bool& value, const char* meaning);
  Command& option(const Word& word, std::optional<std::string>& value);
  Command& option(const Word& word, std::optional<std::filesystem::path>& value);
  Command& option(const Word& word, std::optional<std::uint64_t>& value);  // 1 or more
  Command& option(const Word& word, std::vector<std::string>& values);     // may be repeated
  // One of some words; `choose` is told which of them.
  Command& choice(const Word& word, std::vector<std::string_view> words,
                  std::function<void(std::size_t)> choose);
  Command& argument(const Word& word, std::string& value);  // one, and required
  Command& arguments(const Word& word, std::vector<std::filesystem::path>& values);
  Command& arguments(const Word& word, std::vector<std::string>& values);

  // What the command does. It runs after all of the command line was understood.
  void runs(Chosen work);

 private:
  CLI::App& command_;
  Chosen& chosen_;
};

// What a command line says.
struct Understood {
  enum class Kind {
    work,     // `work` is to be done
    answer,   // `text` answers it: --help, --version
    mistake,  // `text` is what is wrong with it, one line
    nothing,  // no command was given; `text` is the help
  };
  Kind kind = Kind::work;
  Chosen work;
  std::string text;  // answer, nothing: ends with a line break
};

class CommandLine {
 public:
  CommandLine(const char* program, const char* version, const char* description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The options that go with every command, in front of it or behind.
  Command global();
  Command add(const char* name, const char* description);

  // Once, after everything was added.
  Understood parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Chosen chosen_;
  std::string version_;
};

}  // namespace referrald
