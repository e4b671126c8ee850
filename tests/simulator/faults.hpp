// Decides which request is to suffer what; doing it is the service's part.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/random.hpp"

namespace referrald::simulator {

enum class CallKind : std::uint8_t {
  create,
  get,
  list,
  patch,
  put,
  other,  // below /v1.0 without being a call of the API; DELETE
  token,
  device_code,
  admin,
  nowhere,
};
inline constexpr std::size_t call_kinds = 10;
std::string_view to_string(CallKind kind);

enum class Fault : std::uint8_t {
  none,
  drop_before,      // not processed, connection closed
  drop_after,       // processed, connection closed
  gateway_timeout,  // processed, 504 in HTML
  truncate,         // processed, one of the two following
  truncate_length,  // processed, JSON cut, Content-Length agrees
  truncate_close,   // processed, JSON cut by closing
  html,             // not processed, 502 in HTML
  html_success,     // processed, 200 in HTML
  throttle,         // not processed, 429
  unavailable,      // not processed, 503
  error_500,        // not processed
  slow,             // processed, answered in small pieces
  token_expiry,     // not processed, 401, and the token is invalid from then on
};
inline constexpr std::size_t fault_kinds = 14;
std::string_view to_string(Fault fault);  // drop-before …; "ok" for none
// Takes to_string's names, and 429, 500, 502, 503, 504 and 401 for what answers so.
std::optional<Fault> parse_fault(std::string_view name);

enum class FaultsOn { all, create, list };
std::optional<FaultsOn> parse_faults_on(std::string_view name);

struct FaultSettings {
  std::array<double, fault_kinds> probability{};
  FaultsOn on = FaultsOn::all;
  unsigned retry_after = 1;  // seconds
  std::chrono::milliseconds slow{2000};
  std::vector<Fault> script;  // for the first requests, in order
};

// A script that cannot be read; what() has file and line.
class ScriptError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
// One fault's name (or ok) a line, a number behind it repeats it, # begins a comment.
std::vector<Fault> parse_script(std::string_view text, std::string_view file);

// How a 429 or 503 looks.
struct Refusing {
  enum class RetryAfter { absent, seconds, date };
  RetryAfter retry_after = RetryAfter::absent;
  bool plain_body = false;  // reference, section 7.3, instead of 7.1
};

class Faults {
 public:
  Faults(FaultSettings settings, std::uint64_t seed)
      : settings_(std::move(settings)),
        random_(seed),
        queue_(settings_.script.begin(), settings_.script.end()) {
    look();
  }

  // The header wins, whatever the kind; then what is queued (the script first), then chance, these
  // two for calls of the API that `on` selects. `truncate` has become one of its two forms.
  Fault decide(CallKind kind, std::string_view header);
  Refusing refusing();

  const FaultSettings& settings() const { return settings_; }
  void change(const FaultSettings& settings);  // keeps the queue
  void queue(Fault fault) { queue_.push_back(fault); }
  void clear_queue() { queue_.clear(); }
  std::size_t queued() const { return queue_.size(); }

 private:
  void look();
  bool selects(CallKind kind) const;
  Fault settle(Fault fault);

  FaultSettings settings_;
  Random random_;
  std::deque<Fault> queue_;
  bool chance_ = false;  // some probability is above zero
};

}  // namespace referrald::simulator
