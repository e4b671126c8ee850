// A log that keeps its lines, for tests that assert what an operator will act upon.
#pragma once

#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/log.hpp"

namespace referrald {

// Throws on a line with a field that the catalogue does not tell of its event.
class RecordingLog : public Log {
 public:
  explicit RecordingLog(LogLevel level = LogLevel::trace) : Log(level) {}

  // Is shown each line as well.
  std::function<void(const LogLine&)> also = [](const LogLine&) {};

  // "info export archived event=export-archived source=leads", in order.
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 protected:
  void line(const LogLine& what) override {
    for (const Field& field : what.fields) {
      const bool written = !std::holds_alternative<std::monostate>(field.value);
      if (written && !told(*what.event, field.name.text()))
        throw std::logic_error("the catalogue does not say that " + std::string(what.event->name) +
                               " has the field " + std::string(field.name.text()));
    }
    const std::lock_guard lock(mutex_);
    also(what);
    lines_.push_back(std::string(to_string(what.event->level)) + ' ' + text_of(what));
  }

 private:
  static bool told(const KnownEvent& event, std::string_view field) {
    const std::string known = ' ' + std::string(event.fields) + ' ';
    const bool of_any_line = field == "run_id" || field == "repeated";
    return of_any_line || known.find(' ' + std::string(field) + ' ') != std::string::npos;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace referrald
