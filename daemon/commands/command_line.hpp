// A command's place on the command line, as the command's file declares it. CLI11 stands behind it:
// its headers take ten seconds to compile, so only command_line.cpp, main and help include them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/exit.hpp"

namespace CLI {
class App;
}

namespace referrald::commands {

using Chosen = std::function<Exit()>;

// What is said of an option in --help.
struct Word {
  const char* name;     // "--since"; without dashes it is positional
  const char* type;     // "T"; of a positional: ""
  const char* meaning;  // one clause
};

// The variables that are handed in live as long as the work that runs() is given holds them.
class Command {
 public:
  explicit Command(CLI::App& command, Chosen& chosen) : command_(command), chosen_(chosen) {}

  Command& flag(const char* name, bool& value, const char* meaning);
  Command& option(const Word& word, std::optional<std::string>& value);
  Command& option(const Word& word, std::optional<std::filesystem::path>& value);
  Command& option(const Word& word, std::optional<std::uint64_t>& value);  // 1 or more
  Command& option(const Word& word, std::vector<std::string>& values);     // may be repeated
  Command& argument(const Word& word, std::string& value);                 // one, and required
  Command& arguments(const Word& word, std::vector<std::filesystem::path>& values);
  Command& arguments(const Word& word, std::vector<std::string>& values);

  // What the command does. It runs after all of the command line was understood.
  void runs(Chosen work);

 private:
  CLI::App& command_;
  Chosen& chosen_;
};

class CommandLine {
 public:
  // `chosen` becomes the work of the command that the user chose.
  CommandLine(CLI::App& app, Chosen& chosen) : app_(app), chosen_(chosen) {}
  Command add(const char* name, const char* description);

 private:
  CLI::App& app_;
  Chosen& chosen_;
};

}  // namespace referrald::commands
