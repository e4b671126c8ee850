// A log in which what goes wrong again and again is said once.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/log.hpp"

namespace referrald {

// The first warning or error of a cause goes through (the same event, and the same values in the
// fields that the catalogue names as its cause); those that follow within the window are counted,
// and told at its end by one line like the last of them: "… (repeated 17 times)", with the field
// `repeated`. As long as it goes on there is one such line in each window; after a window without
// any, the next one is a first one again. Lines of the levels below always go through, but those
// that end a trouble, which come as often as it does.
//
// A window ends with the first line that comes after it, or by tick(). Thread-safe.
class FoldingLog final : public Log {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes usual_window{10};

  // `log` outlives the object. `now` may be called from any thread that writes.
  FoldingLog(Log& log, std::function<Time()> now, std::chrono::nanoseconds window = usual_window);
  // As flush().
  ~FoldingLog() override;

  // Tells of the windows that have ended; for a loop that comes by now and then.
  void tick();
  // Tells of all of them, and begins anew.
  void flush();

 protected:
  void line(const LogLine& what) override;

 private:
  struct Folded {
    Event event;
    Time until;
    std::uint64_t repeated = 0;  // in this window
    // Of the last of them.
    std::string message;
    struct Kept {
      FieldName name;
      Field::Value value;
      std::string text;  // what `value` points to
    };
    std::vector<Kept> fields;
  };

  // Of those whose window ended by `now`.
  void tell_ended(Time now);
  void tell(const Folded& folded);
  static void remember(Folded& folded, const LogLine& what);

  Log& log_;
  const std::function<Time()> now_;
  const std::chrono::nanoseconds window_;
  std::mutex mutex_;
  std::map<std::string, Folded> folded_;  // by cause; protected by mutex_, as is all below
  Time next_ = Time::max();               // when the first of their windows ends
};

}  // namespace referrald
