#include "daemon/submission/rate_limit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <utility>

#include "daemon/submission/wire.hpp"

namespace referrald::submission {
namespace {

constexpr std::chrono::hours longest_pause{1};
// Slower rates and larger bursts would overflow the clock's type, and mean the same.
constexpr std::chrono::duration<double> longest_interval{std::chrono::years{1}};
constexpr std::chrono::duration<double> longest_run{std::chrono::years{100}};

SteadyTime::duration whole(std::chrono::duration<double> time) {
  return std::chrono::duration_cast<SteadyTime::duration>(time);
}

std::int64_t day_of(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

}  // namespace

std::optional<WallTime> parse_http_date(const std::string& text) {
  std::tm tm{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &tm);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return WallTime{std::chrono::seconds{timegm(&tm)}};
}

RateLimiter::RateLimiter(config::Rate rate, int burst, std::optional<std::uint64_t> daily_budget,
                         std::uint64_t used_today, Clock& clock)
    : budget_(daily_budget),
      used_(used_today),
      day_number_(day_of(clock.wall())),
      clock_(clock),
      next_(clock.steady()),
      paused_until_(SteadyTime::min()) {
  if (rate) {
    interval_ = whole(std::min(std::chrono::duration<double>(1.0 / *rate), longest_interval));
    const int ahead = std::max(burst, 1) - 1;
    const auto run = std::chrono::duration<double>(*interval_) * ahead;
    tolerance_ = run < longest_run ? *interval_ * ahead : whole(longest_run);
    next_ -= tolerance_;  // the bucket starts full
  }
}

void RateLimiter::new_day() {
  const auto today = day_of(clock_.wall());
  if (today == day_number_) return;
  if (unrecorded_ > 0) earlier_.push_back({day(), static_cast<std::uint64_t>(unrecorded_)});
  day_number_ = today;
  used_ = 0;
  unrecorded_ = 0;
}

bool RateLimiter::spend() {
  new_day();
  if (budget_ && used_ >= *budget_) return false;
  ++used_;
  ++unrecorded_;
  return true;
}

SteadyTime RateLimiter::reserve() {
  const auto now = clock_.steady();
  if (!interval_) return now;
  // GCRA: calls may run ahead of the even pace by the bucket's size.
  next_ = std::max(next_, now - tolerance_);
  const auto slot = next_;
  next_ += *interval_;
  return slot;
}

boost::asio::awaitable<void> RateLimiter::wait_until(SteadyTime time) {
  auto timer = clock_.timer();
  const auto place = waiting_.insert(waiting_.end(), timer.get());
  (void)co_await timer->wait_until(time);
  waiting_.erase(place);
}

boost::asio::awaitable<Permit> RateLimiter::pass() {
  while (paused() && !stopped_) co_await wait_until(paused_until_);
  co_return stopped_ ? Permit::stopped : Permit::granted;
}

boost::asio::awaitable<Permit> RateLimiter::acquire() {
  if (stopped_) co_return Permit::stopped;
  const bool within = spend();
  if (!within) co_return Permit::exhausted;
  bool reserved = false;
  SteadyTime slot{};
  while (true) {
    const auto now = clock_.steady();
    const bool paused = paused_until_ > now;
    if (!paused && !reserved) {
      slot = reserve();
      reserved = true;
    }
    const auto until = paused ? paused_until_ : slot;
    if (until <= now) co_return Permit::granted;
    if (paused) reserved = false;  // the bucket starts anew after a pause
    co_await wait_until(until);
    if (stopped_) {
      give_back(1);
      co_return Permit::stopped;
    }
  }
}

std::size_t RateLimiter::try_acquire(std::size_t most) {
  if (stopped_ || !waiting_.empty() || paused_until_ > clock_.steady()) return 0;
  std::size_t taken = 0;
  while (taken < most) {
    if (interval_ && std::max(next_, clock_.steady() - tolerance_) > clock_.steady()) break;
    if (!spend()) break;
    reserve();
    ++taken;
  }
  return taken;
}

void RateLimiter::give_back(std::size_t permits) {
  return_permits(permits);
  // As long as the ledger was not told of a day before, today's are all untold, too.
  const auto untold = static_cast<std::uint64_t>(std::max<std::int64_t>(unrecorded_, 0));
  std::uint64_t left = permits;
  while (left > untold && !earlier_.empty()) {
    auto& last = earlier_.back();
    const auto taken = std::min(last.calls, left - untold);
    last.calls -= taken;
    left -= taken;
    if (last.calls == 0) earlier_.pop_back();
  }
  unrecorded_ -= static_cast<std::int64_t>(left);
}

void RateLimiter::give_back_untold(std::size_t permits) {
  return_permits(permits);
}

void RateLimiter::return_permits(std::size_t permits) {
  used_ -= std::min<std::uint64_t>(used_, permits);
  // A pause emptied the bucket; what was taken before it does not fill it again.
  const auto count = static_cast<std::int64_t>(permits);
  if (interval_) next_ = std::max(next_ - *interval_ * count, paused_until_);
}

void RateLimiter::pause_until(SteadyTime time) {
  if (time <= paused_until_) return;
  paused_until_ = time;
  next_ = std::max(next_, time);
  for (auto* timer : waiting_) timer->wake();
}

void RateLimiter::stop() {
  stopped_ = true;
  for (auto* timer : waiting_) timer->wake();
}

std::string RateLimiter::day() const {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day_number_}}};
  return format_date(date);
}

std::vector<DayCalls> RateLimiter::take_unrecorded() {
  auto days = std::exchange(earlier_, {});
  if (unrecorded_ > 0) {
    days.push_back({day(), static_cast<std::uint64_t>(std::exchange(unrecorded_, 0))});
  }
  std::reverse(days.begin(), days.end());
  return days;
}

std::chrono::milliseconds backoff(const config::Retry& retry, int n, Random& random) {
  const double ceiling =
      std::min(static_cast<double>(retry.max.count()), static_cast<double>(retry.initial.count()) *
                                                           std::pow(2.0, std::clamp(n - 1, 0, 40)));
  return std::chrono::milliseconds{static_cast<std::int64_t>(ceiling * random.uniform())};
}

std::optional<std::chrono::milliseconds> retry_after(const std::string& retry_after,
                                                     const std::string& date, WallTime now) {
  if (retry_after.empty()) return std::nullopt;
  std::optional<std::chrono::milliseconds> wait;
  if (retry_after.find_first_not_of("0123456789") == std::string::npos) {
    std::int64_t seconds = 0;
    const char* end = retry_after.data() + retry_after.size();
    const auto [stop, error] = std::from_chars(retry_after.data(), end, seconds);
    wait = longest_pause;  // also for more than the type holds
    if (error == std::errc{}) {
      wait = std::min<std::chrono::seconds>(std::chrono::seconds{seconds}, longest_pause);
    }
  } else if (const auto then = parse_http_date(retry_after)) {
    wait = *then - parse_http_date(date).value_or(now);
  }
  if (!wait) return std::nullopt;
  return std::clamp<std::chrono::milliseconds>(*wait, std::chrono::milliseconds{0}, longest_pause);
}

}  // namespace referrald::submission
