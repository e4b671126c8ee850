#include "daemon/submission/pace.hpp"

#include <algorithm>

namespace referrald::submission {
namespace {

constexpr double lowered = 0.5;
constexpr double lowest_share = 1.0 / 16;
// However rare calls are, no single answer proves more.
constexpr double highest_step = 1.0 / 16;

}  // namespace

void Pace::called(SteadyTime now) {
  constexpr std::chrono::seconds second{1};
  if (now - second_ >= second) {
    in_last_second_ = now - second_ < 2 * second ? in_second_ : 0;
    second_ = now;
    in_second_ = 0;
  }
  ++in_second_;
}

double Pace::measured() const {
  return std::max(static_cast<double>(std::max(in_second_, in_last_second_)), least_measured);
}

void Pace::throttled(SteadyTime left, SteadyTime now) {
  const bool first = slowed_at_ == SteadyTime::min();
  if (!first && (left <= slowed_at_ || now - slowed_at_ < settling)) return;
  if (!slowed_) full_ = configured_ ? *configured_ : measured();
  slowed_ = std::max(slowed_.value_or(full_) * lowered, full_ * lowest_share);
  slowed_at_ = now;
}

void Pace::succeeded(SteadyTime left) {
  if (!slowed_ || left <= slowed_at_) return;
  const std::chrono::duration<double> rise = full_rise;
  *slowed_ += std::min(full_ / (*slowed_ * rise.count()), full_ * highest_step);
  if (*slowed_ >= full_) slowed_.reset();
}

}  // namespace referrald::submission
