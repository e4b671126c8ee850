// What is wrong at the moment: said when it begins and when it has passed, not while it lasts.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/log.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/text.hpp"

namespace referrald::inbox {

// Of them one that lasts, for whoever looks.
struct Trouble {
  std::string
      subject;  // "service", "ledger", "source leads", "mapping leads", "guard leads", "budget"
  std::string code;     // the log event's name
  std::string message;  // for the operator
  std::string remedy;
  submission::WallTime since{};
};

// One thread.
class Troubles {
 public:
  // Told of what begins (true) and passes, by key and message.
  using Observer = std::function<void(bool, const std::string&, const std::string&)>;

  Troubles(Log& log, submission::Clock& clock, Observer observer)
      : log_(log), clock_(clock), observer_(std::move(observer)) {}

  // `key` says what is wrong, for pass(); `message` says it to the operator, again only when it is
  // another one.
  void begin(const std::string& key, Event event, const std::string& message, Fields fields = {}) {
    const auto [place, is_new] = active_.try_emplace(key);
    auto& known = place->second;
    if (!is_new && known.message == message) return;
    const auto since = is_new ? clock_.wall() : known.since;
    known = {key, std::string(event->name), message, without_links(event->remedy), since};
    log_.write_words(event, message, fields);
    observer_(true, key, message);
  }
  // It is well again, if it was not; `message` is for the observer; blank: the event's.
  void pass(const std::string& key, Event event, const std::string& message) {
    if (active_.erase(key) == 0) return;
    if (event->message.empty())
      log_.write_words(event, message);
    else
      log_.write(event);
    observer_(false, key, message.empty() ? std::string(event->message) : message);
  }

  // nullptr: it is well.
  const Trouble* find(const std::string& key) const {
    const auto found = active_.find(key);
    return found == active_.end() ? nullptr : &found->second;
  }

  std::vector<Trouble> list() const {
    std::vector<Trouble> troubles;
    for (const auto& [key, trouble] : active_) troubles.push_back(trouble);
    return troubles;
  }

 private:
  Log& log_;
  submission::Clock& clock_;
  Observer observer_;
  std::map<std::string, Trouble> active_;
};

}  // namespace referrald::inbox
