// Time as the service writes it: UTC, in units of 100 ns; handed in, so that 14 days pass at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::simulator {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
using Time = std::chrono::sys_time<Ticks>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  // Time never goes back: `by` must not be negative.
  virtual void advance(Ticks by) = 0;
};

// The computer's time and what it was advanced by.
class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<Ticks>(std::chrono::system_clock::now()) + offset_;
  }
  void advance(Ticks by) override { offset_ += by; }

 private:
  Ticks offset_{};
};

// Stands still until it is advanced; for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  void advance(Ticks by) override { now_ += by; }

 private:
  Time now_;
};

// 2022-03-07T06:29:18.810144Z: up to seven fraction digits, trailing zeros dropped
// (reference, 2.1).
void append_time(std::string& out, Time time);
std::string format_time(Time time);
// Mon, 07 Mar 2022 06:29:18 GMT
std::string format_http_date(Time time);

// Reads ISO 8601: a date, or a date and time with an optional fraction, and Z, an offset or nothing
// (meaning UTC) behind it. Nothing for what is no such text or no day of the calendar.
std::optional<Time> parse_time(std::string_view text);

}  // namespace referrald::simulator
