// A headless Chromium, driven through a pipe by its DevTools protocol; no port, no driver program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

namespace referrald::test {

// What a page is looked at with.
struct Look {
  int width = 1280, height = 900;
  bool phone = false;  // touch, and its narrow viewport taken at its word
  bool dark = false;
  bool reduced_motion = false;
  bool javascript = true;
};

// One page. Functions throw std::runtime_error when the browser does not answer within a minute.
class Browser {
 public:
  // The program; nullopt: there is none on this machine.
  static std::optional<std::filesystem::path> program();

  Browser();
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // Returns when the page has been loaded.
  void open(const std::string& url, const Look& look);
  // The value of an expression, which may be a promise.
  boost::json::value evaluate(const std::string& expression);
  std::string text(const std::string& expression);
  bool is_true(const std::string& expression);
  // Returns when the expression holds; it is looked at whenever the document changes.
  void wait_until(const std::string& condition);
  // "Tab", "Enter".
  void press(const std::string& key);
  // The whole page, as PNG.
  void screenshot(const std::filesystem::path& file);
  // What the browser complained of since open(): errors of scripts, what a policy refused, what
  // could not be loaded.
  std::vector<std::string> complaints();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::test
