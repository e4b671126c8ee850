#include "daemon/progress.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace referrald {
namespace {

using std::chrono::seconds;
using namespace std::chrono_literals;

constexpr auto redraw_interval = 100ms;
constexpr seconds first_log_interval = 10s;
constexpr seconds longest_log_interval = 5min;
constexpr auto rate_window = 30s;
constexpr auto sample_interval = 500ms;

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string rate_text(double rate) {
  if (rate >= 10) return fmt::format("{:.0f}/s", rate);
  if (rate >= 1.5) return fmt::format("{:.1f}/s", rate);
  return fmt::format("{:.0f}/min", rate * 60);
}

std::optional<seconds> time_left(const ProgressState& state, double rate) {
  if (!state.total || *state.total <= state.done || rate <= 0) return std::nullopt;
  const double left = static_cast<double>(*state.total - state.done) / rate;
  if (left > 1e9) return std::nullopt;
  return seconds(std::llround(std::ceil(left)));
}

}  // namespace

std::string rough_duration(seconds duration) {
  const auto count = std::max<seconds::rep>(duration.count(), 0);
  if (count < 60) return fmt::format("{}s", count);
  if (count < 3'600) return fmt::format("{}m", count / 60);
  if (count < 86'400) return fmt::format("{}h {:02}m", count / 3'600, count / 60 % 60);
  return fmt::format("{}d {}h", count / 86'400, count / 3'600 % 24);
}

std::string progress_line(const ProgressState& state, double rate) {
  std::string line = state.phase + ' ' + grouped(state.done);
  if (state.total) line += " of " + grouped(*state.total);
  if (state.total && *state.total > 0 && state.done <= *state.total)
    line +=
        fmt::format(" ({} %)", static_cast<std::uint64_t>(static_cast<double>(state.done) /
                                                          static_cast<double>(*state.total) * 100));
  if (rate > 0) line += ", " + rate_text(rate);
  if (const auto left = time_left(state, rate)) line += ", " + rough_duration(*left) + " left";
  if (state.failed > 0) line += ", " + grouped(state.failed) + " failed";
  return line;
}

Progress::Progress(Console& console, Log& log, std::function<SteadyTime()> now, Shown shown)
    : console_(console),
      log_(log),
      now_(std::move(now)),
      shown_(shown),
      interval_(first_log_interval) {}

Progress::~Progress() {
  done();
}

void Progress::update(const ProgressState& state) {
  if (shown_ == Shown::no) return;
  const SteadyTime now = now_();
  const bool new_phase = state.phase != phase_;
  if (new_phase) {
    phase_ = state.phase;
    samples_.clear();
  }
  remember(now, state.done);
  if (!console_.terminal()) return tell_log(state, now);
  if (!new_phase && last_told_ && now - *last_told_ < redraw_interval) return;
  last_told_ = now;
  console_.status(progress_line(state, rate(now)));
}

void Progress::done() {
  console_.clear_status();
  samples_.clear();
  phase_.clear();
}

void Progress::remember(SteadyTime now, std::uint64_t done) {
  // The newest sample moves with every update; older ones stay half a second apart.
  if (samples_.size() >= 2 && now - samples_[samples_.size() - 2].at < sample_interval)
    samples_.back() = {now, done};
  else
    samples_.push_back({now, done});
  while (samples_.size() > 2 && now - samples_[1].at >= rate_window) samples_.pop_front();
}

double Progress::rate(SteadyTime now) const {
  const std::chrono::duration<double> elapsed = now - samples_.front().at;
  if (elapsed < 1s || samples_.back().done <= samples_.front().done) return 0;
  return static_cast<double>(samples_.back().done - samples_.front().done) / elapsed.count();
}

void Progress::tell_log(const ProgressState& state, SteadyTime now) {
  if (!last_told_) last_told_ = now;  // short work needs no line at all
  if (now - *last_told_ < interval_) return;
  last_told_ = now;
  interval_ = std::min(interval_ * 2, longest_log_interval);
  const double per_second = rate(now);
  const double per_minute = std::round(per_second * 600) / 10;
  std::optional<seconds::rep> seconds_left;
  if (const auto left = time_left(state, per_second)) seconds_left = left->count();
  log_.write("progress", {{"phase", state.phase},
                          {"done", state.done},
                          {"total", state.total},
                          {"failed", state.failed},
                          {"per_minute", per_minute},
                          {"seconds_left", seconds_left}});
}

}  // namespace referrald
