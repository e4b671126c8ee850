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

std::int64_t day_of(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::string name_of(std::int64_t day) {
  return format_date(std::chrono::sys_days{std::chrono::days{day}});
}

}  // namespace

// By hand: strptime() asks the locale, and takes a tenth of what an exchange costs.
std::optional<WallTime> parse_http_date(const std::string& text) {
  constexpr std::string_view form = "Sun, 06 Nov 1994 08:49:37 GMT";
  constexpr std::string_view days = "Mon,Tue,Wed,Thu,Fri,Sat,Sun,";
  constexpr std::string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
  if (text.size() != form.size() || !text.ends_with(" GMT")) return std::nullopt;
  for (const std::size_t i : {3U, 4U, 7U, 11U, 16U, 19U, 22U})
    if (text[i] != form[i]) return std::nullopt;
  bool digits = true;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (const char c : std::string_view(text).substr(at, length)) {
      digits = digits && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const std::size_t day = days.find(std::string_view(text).substr(0, 4));
  const std::size_t month = months.find(std::string_view(text).substr(8, 4));
  const std::chrono::year_month_day date{std::chrono::year{number(12, 4)},
                                         std::chrono::month{static_cast<unsigned>(month / 4 + 1)},
                                         std::chrono::day{static_cast<unsigned>(number(5, 2))}};
  const int hour = number(17, 2);
  const int minute = number(20, 2);
  const int second = number(23, 2);
  if (!digits || day % 4 != 0 || month % 4 != 0 || !date.ok() || hour > 23 || minute > 59 ||
      second > 60)
    return std::nullopt;
  return WallTime{std::chrono::sys_days{date} + std::chrono::hours{hour} +
                  std::chrono::minutes{minute} + std::chrono::seconds{second}};
}

std::size_t permits_ahead(config::Rate rate) {
  constexpr double slow = 20;   // the ledger is done before the next is due
  constexpr double most = 500;  // rows that a death leaves to be looked for
  return rate && *rate > slow ? static_cast<std::size_t>(std::min(*rate, most)) : 0;
}

config::Rate kept_rate(config::Rate rate) {
  // Some calls take so much longer than others to arrive; at a slower rate that is not one call.
  constexpr double uneven_arrival = 0.004;  // seconds
  return rate && *rate * uneven_arrival > 1 ? config::Rate(*rate * (1 - uneven_arrival)) : rate;
}

RateLimiter::RateLimiter(config::Rate rate, int burst, std::optional<std::uint64_t> daily_budget,
                         std::uint64_t used_today, Clock& clock)
    : budget_(daily_budget),
      used_(used_today),
      day_number_(day_of(clock.wall())),
      clock_(clock),
      permits_(kept_rate(rate), burst + static_cast<int>(permits_ahead(rate)), clock.steady()),
      departures_(kept_rate(rate), burst, clock.steady()),
      pace_(kept_rate(rate)),
      paused_until_(SteadyTime::min()) {}

void RateLimiter::go_on_from(const RateHistory& history) {
  permits_.go_on_from(history.permits);
  departures_.go_on_from(history.departures);
  pace_.go_on_from(history.pace);
  permits_.slow_to(pace_.rate(), clock_.steady());
  departures_.slow_to(pace_.rate(), clock_.steady());
  paused_until_ = history.paused_until;
  earlier_ = history.earlier;
  const auto calls = static_cast<std::uint64_t>(std::max<std::int64_t>(history.calls, 0));
  if (history.day == day_number_) {
    used_ += calls;
    unrecorded_ += history.calls;
  } else if (calls > 0) {
    earlier_.push_back({name_of(history.day), calls});
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
      slot = permits_.take(now);
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

bool RateLimiter::may_depart() const {
  const auto now = clock_.steady();
  return !paused() && departures_.next(now) <= now;
}

bool RateLimiter::try_depart() {
  if (!may_depart()) return false;
  const auto now = clock_.steady();
  departures_.take(now);
  pace_.called(now);
  return true;
}

// One timer after the other: times given to all in advance would no longer fit what is left of the
// bucket after a moment in which nobody ran.
boost::asio::awaitable<Permit> RateLimiter::wait_to_depart() {
  const auto timer = clock_.timer();
  const auto place = departing_.insert(departing_.end(), timer.get());
  while (!stopped_) {
    const auto now = clock_.steady();
    const bool first = place == departing_.begin();
    const auto turn = std::max({paused_until_, next_turn_, departures_.next(now)});
    if (first && turn <= now) break;
    (void)co_await timer->wait_until(first ? turn : SteadyTime::max());
  }
  departing_.erase(place);
  // The place in the rate that is free now is taken in a moment by the one that leaves here.
  if (!stopped_) next_turn_ = departures_.next(clock_.steady()) + departures_.interval();
  if (!departing_.empty()) departing_.front()->wake();
  co_return stopped_ ? Permit::stopped : Permit::granted;
}

void RateLimiter::slow_down(SteadyTime left) {
  pace_.throttled(left, clock_.steady());
  set_pace();
}

void RateLimiter::speed_up(SteadyTime left) {
  if (!pace_.rate()) return;
  pace_.succeeded(left);
  set_pace();
}

void RateLimiter::set_pace() {
  permits_.slow_to(pace_.rate(), clock_.steady());
  departures_.slow_to(pace_.rate(), clock_.steady());
}

std::size_t RateLimiter::try_acquire(std::size_t most) {
  if (stopped_ || !waiting_.empty() || paused_until_ > clock_.steady()) return 0;
  std::size_t taken = 0;
  const auto now = clock_.steady();
  while (taken < most && permits_.next(now) <= now) {
    if (!spend()) break;
    permits_.take(now);
    ++taken;
  }
  return taken;
}

void RateLimiter::count(std::size_t calls) {
  new_day();
  used_ += calls;
  unrecorded_ += static_cast<std::int64_t>(calls);
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
  permits_.give_back(permits);
  // It may have been told that it may depart.
  next_turn_ = SteadyTime::min();
  if (!departing_.empty()) departing_.front()->wake();
}

void RateLimiter::pause_until(SteadyTime time) {
  if (time <= paused_until_) return;
  paused_until_ = time;
  permits_.empty_until(time);
  departures_.empty_until(time);
  wake_all();
}

void RateLimiter::stop() {
  stopped_ = true;
  wake_all();
}

void RateLimiter::wake_all() {
  for (auto* timer : waiting_) timer->wake();
  for (auto* timer : departing_) timer->wake();
}

std::string RateLimiter::day() const {
  return name_of(day_number_);
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
