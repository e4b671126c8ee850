// A log that keeps its lines, for tests that assert what an operator will act upon.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "daemon/log.hpp"

namespace referrald {

class RecordingLog : public Log {
 public:
  explicit RecordingLog(LogLevel level = LogLevel::trace) : Log(level) {}

  // "info row created external_id=7 attempt=1", in order.
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 protected:
  void write(LogLevel level, std::string_view message, std::span<const Field> fields) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(to_string(level)) + ' ' + text_of(message, fields));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace referrald
