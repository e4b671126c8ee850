#include "daemon/submission/token_bucket.hpp"

#include <algorithm>

namespace referrald::submission {
namespace {

// Slower rates and larger bursts would overflow the clock's type, and mean the same.
constexpr std::chrono::duration<double> longest_interval{std::chrono::years{1}};
constexpr std::chrono::duration<double> longest_run{std::chrono::years{100}};

SteadyTime::duration whole(std::chrono::duration<double> time) {
  return std::chrono::ceil<SteadyTime::duration>(time);
}

std::optional<SteadyTime::duration> interval_of(config::Rate rate) {
  if (!rate) return std::nullopt;
  return whole(std::min(std::chrono::duration<double>(1.0 / *rate), longest_interval));
}

}  // namespace

TokenBucket::TokenBucket(config::Rate rate, int burst, SteadyTime now)
    : own_(interval_of(rate)), burst_(std::max(burst, 1)), next_(now - tolerance()) {}

SteadyTime::duration TokenBucket::interval() const {
  const auto zero = SteadyTime::duration::zero();
  return std::max(own_.value_or(zero), slowed_.value_or(zero));
}

// How far calls may run ahead of the even pace. A slowed bucket holds fewer calls, not more time.
SteadyTime::duration TokenBucket::tolerance() const {
  const auto step = own_ ? *own_ : interval();
  const auto run = std::chrono::duration<double>(step) * (burst_ - 1);
  return run < longest_run ? step * (burst_ - 1) : whole(longest_run);
}

void TokenBucket::go_on_from(const TokenBucket& before) {
  next_ = std::max(next_, before.next_);
  empty_until_ = std::max(empty_until_, before.empty_until_);
  slowed_ = before.slowed_;
}

SteadyTime TokenBucket::next(SteadyTime now) const {
  if (interval() == SteadyTime::duration::zero()) return now;
  return std::max(next_, now - tolerance());
}

SteadyTime TokenBucket::take(SteadyTime now) {
  const auto slot = next(now);
  next_ = slot + interval();
  return slot;
}

void TokenBucket::give_back(std::size_t calls) {
  // An emptied bucket is not filled by what was taken before. Each cost its own interval at least.
  if (own_) next_ = std::max(next_ - *own_ * static_cast<std::int64_t>(calls), empty_until_);
}

void TokenBucket::empty_until(SteadyTime time) {
  empty_until_ = std::max(empty_until_, time);
  next_ = std::max(next_, time);
}

void TokenBucket::slow_to(config::Rate rate, SteadyTime now) {
  const auto before = interval();
  slowed_ = interval_of(rate);
  if (interval() > before) next_ = std::max(next_, now);
}

}  // namespace referrald::submission
