// What is wrong at the moment: said when it begins and when it has passed, not while it lasts.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "daemon/log.hpp"

namespace referrald::inbox {

// One thread.
class Troubles {
 public:
  explicit Troubles(Log& log) : log_(log) {}

  // `key` says what is wrong, for passed(); `message` says it to the operator, again only when it
  // is another one.
  void begin(const std::string& key, const std::string& message, LogLevel level = LogLevel::error) {
    auto& known = active_[key];
    if (known == message) return;
    known = message;
    log_.at(level, message);
  }
  // It is well again, if it was not.
  void pass(const std::string& key, std::string_view message) {
    if (active_.erase(key) > 0) log_.info(message);
  }

 private:
  Log& log_;
  std::map<std::string, std::string> active_;
};

}  // namespace referrald::inbox
