// What is wrong at the moment: said when it begins and when it has passed, not while it lasts.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "daemon/log.hpp"

namespace referrald::inbox {

// One thread.
class Troubles {
 public:
  // Told of what begins (true) and passes, by key and message.
  using Observer = std::function<void(bool, const std::string&, const std::string&)>;

  Troubles(Log& log, Observer observer) : log_(log), observer_(std::move(observer)) {}

  // `key` says what is wrong, for pass(); `message` says it to the operator, again only when it is
  // another one.
  void begin(const std::string& key, Event event, const std::string& message, Fields fields = {}) {
    auto& known = active_[key];
    if (known == message) return;
    known = message;
    log_.write_words(event, message, fields);
    observer_(true, key, message);
  }
  // It is well again, if it was not; `message` is for the observer.
  void pass(const std::string& key, Event event, const std::string& message) {
    if (active_.erase(key) == 0) return;
    if (event->message.empty())
      log_.write_words(event, message);
    else
      log_.write(event);
    observer_(false, key, message);
  }

 private:
  Log& log_;
  Observer observer_;
  std::map<std::string, std::string> active_;
};

}  // namespace referrald::inbox
