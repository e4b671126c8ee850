// Chance that a test decides: queued numbers, then always the same one; uuids that count up.
#pragma once

#include <cstdio>
#include <deque>
#include <string>

#include "daemon/submission/clock.hpp"

namespace referrald::test {

class ScriptedRandom final : public submission::Random {
 public:
  explicit ScriptedRandom(double always = 0.5) : always_(always) {}

  void then(double number) { queue_.push_back(number); }

  double uniform() override {
    ++drawn_;
    if (queue_.empty()) return always_;
    const double number = queue_.front();
    queue_.pop_front();
    return number;
  }

  std::string uuid() override {
    char text[37];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", ++uuids_ % 1'000'000);
    return text;
  }

  int drawn() const { return drawn_; }

 private:
  double always_;
  std::deque<double> queue_;
  int drawn_ = 0;
  int uuids_ = 0;
};

}  // namespace referrald::test
