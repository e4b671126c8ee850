// A folder with a small valid configuration, to which each test adds what it is about.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/config.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::config {

class ConfigTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  ConfigTest() { write("lead.yaml", "referral: {}\n"); }

  ~ConfigTest() override {
    for (const std::string& name : variables_) ::unsetenv(name.c_str());
  }

  // The lines of a valid configuration; line n of a message is lines[n - 1].
  static Lines valid() {
    return {
        "partner_center:",
        "  auth:",
        "    tenant: contoso.onmicrosoft.com",
        "    client_id: 00000000-0000-0000-0000-000000000000",
        "    refresh_token: { file: token }",
        "ledger: sqlite:ledger.db",
        "sources:",
        "  - { name: leads, exports: leads/*, mapping: lead.yaml }",
    };
  }

  // A valid configuration with more lines, the first of them line 9.
  static Lines valid_and(const Lines& more) {
    Lines lines = valid();
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
  }

  // A valid configuration with one line replaced.
  static Lines valid_but(std::size_t line, const std::string& text) {
    Lines lines = valid();
    lines.at(line - 1) = text;
    return lines;
  }

  std::filesystem::path write(const std::string& name, const std::string& text,
                              mode_t mode = 0600) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  void set_variable(const std::string& name, const std::string& value) {
    variables_.insert(name);
    ASSERT_EQ(::setenv(name.c_str(), value.c_str(), 1), 0);
  }

  std::optional<Config> load(const Lines& lines, Problems& problems) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return load_config(write("referrald.yaml", text), problems);
  }

  // What is wrong, with this test's folder written as "DIR".
  std::vector<std::string> problems(const Lines& lines) {
    Problems found;
    const auto config = load(lines, found);
    EXPECT_EQ(config.has_value(), found.empty());
    std::vector<std::string> texts;
    for (const Problem& problem : found.list()) texts.push_back(without_folder(to_string(problem)));
    return texts;
  }

  Config loaded(const Lines& lines) {
    Problems found;
    auto config = load(lines, found);
    for (const Problem& problem : found.list()) ADD_FAILURE() << to_string(problem);
    return config ? *config : Config{};
  }

  std::string without_folder(std::string text) const {
    const std::string folder = folder_.string();
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
      text.replace(at, folder.size(), "DIR");
    }
    return text;
  }

  test::TemporaryFolder own_;
  std::filesystem::path folder_ = own_.path();

 private:
  std::set<std::string> variables_;
};

}  // namespace referrald::config
