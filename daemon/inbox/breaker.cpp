#include "daemon/inbox/breaker.hpp"

#include <algorithm>
#include <utility>

namespace referrald::inbox {

bool Breaker::trouble(Exit kind, const std::string& reason, submission::SteadyTime now,
                      double chance) {
  const bool news = std::exchange(kind_, kind) != kind;
  reason_ = reason;
  half_open_ = false;
  const auto doubled = first_pause * (1 << std::min(failures_++, 10));
  const auto pause = std::min<std::chrono::seconds>(doubled, longest_pause);
  // Between half of it and all: many hosts do not come back at once.
  next_try_ =
      now + std::chrono::duration_cast<std::chrono::milliseconds>(pause * (0.5 + chance / 2));
  return news;
}

bool Breaker::well() {
  failures_ = 0;
  half_open_ = false;
  reason_.clear();
  return std::exchange(kind_, Exit::ok) != Exit::ok;
}

}  // namespace referrald::inbox
