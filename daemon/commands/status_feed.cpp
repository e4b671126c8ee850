#include "daemon/commands/status_feed.hpp"

#include <deque>
#include <exception>
#include <optional>

#include "daemon/commands/run_format.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/commands/status_snapshot.hpp"
#include "daemon/status_page/status_page.hpp"
#include "daemon/status_page/textfile.hpp"
#include "daemon/status_page/words.hpp"

namespace referrald::commands {
namespace {

namespace asio = boost::asio;
using inbox::Activity;
using status_page::Doing;
using status_page::Snapshot;
using submission::SteadyTime;

constexpr std::chrono::seconds tick{1};
// How old what is shown of the ledger may be: while somebody looks, and else.
constexpr std::chrono::seconds fresh{2};
constexpr std::chrono::seconds stale{30};
constexpr std::chrono::minutes listen_again{1};
// Another process may begin to write while the ledger is read; that passes, and is not worth a
// word.
constexpr int told_failure = 5;
// Over so long the rate of rows is taken.
constexpr std::chrono::seconds rate_window{30};

Doing doing_of(Activity::Phase phase) {
  switch (phase) {
    case Activity::Phase::starting:
      return Doing::starting;
    case Activity::Phase::idle:
      return Doing::idle;
    case Activity::Phase::reading:
      return Doing::reading;
    case Activity::Phase::sending:
      return Doing::sending;
    case Activity::Phase::trouble:
      return Doing::waiting;
    case Activity::Phase::budget:
      return Doing::budget_used_up;
    case Activity::Phase::stopping:
      break;
  }
  return Doing::stopping;
}

// Nothing is sent as long as it lasts.
bool blocks(const inbox::Trouble& trouble) {
  return trouble.subject == "service" || trouble.subject == "ledger";
}

std::string as_sentence(const std::string& text) {
  return status_page::capitalised(text.ends_with('.') ? text : text + ".");
}

std::vector<std::string> names_of(const std::vector<config::Source>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const auto& source : sources) names.push_back(source.name);
  return names;
}

std::string counted_as(const Activity& activity) {
  return activity.source.empty() ? std::string(status_page::several_sources) : activity.source;
}

class Feed final : public StatusFeed {
 public:
  explicit Feed(StatusFeedParts parts)
      : parts_(std::move(parts)),
        timer_(parts_.clock.timer()),
        metrics_(names_of(parts_.config.sources)) {
    const auto& file = parts_.config.metrics.textfile;
    metrics_.resume(parts_.counted.empty() && file ? status_page::read_textfile(*file)
                                                   : parts_.counted);
    snapshot_.version = REFERRALD_VERSION;
    snapshot_.started = parts_.started;
  }

  asio::awaitable<void> run() override {
    while (!stopped_) {
      listen();
      sample();
      const auto now = parts_.clock.steady();
      const bool due = now >= next_view_ || (looked_at_ && now >= read_at_ + fresh);
      // At the start the ledger is brought forward, which is no time to read it.
      if (due && parts_.activity().phase != Activity::Phase::starting) {
        co_await read();
        read_at_ = parts_.clock.steady();
        next_view_ = read_at_ + (failures_ > 0 ? tick : stale);
        looked_at_ = false;
      }
      if (!stopped_) (void)co_await timer_->wait_until(parts_.clock.steady() + tick);
    }
  }

  void stop() override {
    stopped_ = true;
    if (page_) page_->stop();
    timer_->wake();
  }

  void beat() override { beat_ = parts_.clock.steady(); }
  void called(const submission::CallReport& call) override { metrics_.called(call); }

  void ended(const sync::SyncOutcome& outcome) override {
    const auto source = counted_as(parts_.activity());
    metrics_.ran(outcome.run, source, outcome.summary);
    metrics_.ended(source, result_of(outcome.exit));
    next_view_ = SteadyTime{};
    file_wanted_ = parts_.config.metrics.textfile.has_value();
    timer_->wake();
  }

  std::string counted() const override { return metrics_.text(present()); }

 private:
  void listen() {
    if (!parts_.config.status_page || page_ || parts_.clock.steady() < next_listen_) return;
    try {
      auto page = std::make_unique<status_page::StatusPage>(
          parts_.executor, parts_.clock, parts_.log, *parts_.config.status_page,
          [this] {
            looked_at_ = true;
            return present();
          },
          metrics_);
      page->start();
      page_ = std::move(page);
    } catch (const status_page::ListenError& error) {
      if (!std::exchange(unheard_, true))
        parts_.log.write_words("status-page-unavailable", error.what());
      next_listen_ = parts_.clock.steady() + listen_again;
    }
  }

  // Of the run under way.
  void sample() {
    const auto activity = parts_.activity();
    const auto& progress = activity.progress;
    if (progress.run == 0) {
      samples_.clear();
      return;
    }
    metrics_.ran(progress.run, counted_as(activity), progress.so_far);
    const auto now = parts_.clock.steady();
    if (sampled_run_ != progress.run) samples_.clear();
    sampled_run_ = progress.run;
    samples_.push_back({now, progress.done});
    while (now - samples_.front().at > rate_window) samples_.pop_front();
  }

  double rate() const {
    if (samples_.size() < 2) return 0;
    const std::chrono::duration<double> length = samples_.back().at - samples_.front().at;
    return static_cast<double>(samples_.back().done - samples_.front().done) / length.count();
  }

  // The ledger and the sign-in's files, as they are now.
  asio::awaitable<void> read() {
    const auto now = parts_.clock.wall();
    status_page::LedgerView view;
    SignInHealth health;
    std::string failure;
    const bool to_file = std::exchange(file_wanted_, false);
    std::function<void()> work = [&] {
      try {
        const auto ledger = persistence::open_for_reading(parts_.config.ledger);
        view = ledger_view(parts_.config, ledger.get(), now);
        health = sign_in_health(parts_.config.partner_center.auth, now);
      } catch (const std::exception& error) {
        failure = error.what();
      }
    };
    co_await parts_.background(std::move(work));
    if (failure.empty()) {
      snapshot_.ledger = std::move(view);
      snapshot_.sign_in = sign_in_view(health, now);
      failures_ = 0;
    } else if (++failures_ == told_failure) {
      parts_.log.write("view-not-read", {{"reason", failure}});
    }
    if (to_file) write_file();
  }

  // Small, and on a local disk.
  void write_file() {
    try {
      status_page::write_textfile(*parts_.config.metrics.textfile, metrics_, present());
    } catch (const std::exception& error) {
      parts_.log.write("metrics-not-written", {{"reason", error.what()}});
    }
  }

  Snapshot present() const {
    const auto activity = parts_.activity();
    auto snapshot = snapshot_;
    snapshot.at = parts_.clock.wall();
    snapshot.live = live(activity);
    if (read_at_ == SteadyTime{}) {  // nothing is known yet, the sign-in neither
      snapshot.live.now.doing = Doing::starting;
      snapshot.sign_in.present = true;
    }
    const bool begun = activity.progress.run != 0;
    snapshot.budget =
        budget_view(parts_.config.submission,
                    begun ? activity.progress.calls_today : snapshot.ledger.calls_today,
                    begun ? activity.progress.slowed_to : config::Rate{});
    return snapshot;
  }

  status_page::Live live(const Activity& activity) const {
    status_page::Live live;
    live.now = now(activity);
    // The wall clock may be set meanwhile, which is no standstill.
    if (beat_)
      live.beat = parts_.clock.wall() - std::chrono::duration_cast<std::chrono::milliseconds>(
                                            parts_.clock.steady() - *beat_);
    for (const auto& source : activity.sources)
      if (source.next_look) live.next_due[source.name] = *source.next_look;
    for (const auto& trouble : activity.troubles)
      if (trouble.subject != "budget")  // the page says so by itself
        live.troubles.push_back({trouble.code, as_sentence(trouble.message), trouble.remedy,
                                 trouble.since, blocks(trouble)});
    if (activity.progress.run != 0 && activity.run_began) {
      auto& run = live.run.emplace();
      run.id = activity.progress.run;
      run.command = "sync";
      run.started = *activity.run_began;
      run.summary = activity.progress.so_far;
    }
    return live;
  }

  status_page::Now now(const Activity& activity) const {
    const auto& progress = activity.progress;
    status_page::Now now;
    now.doing = doing_of(activity.phase);
    now.reason = activity.reason;
    now.since = activity.since;
    now.source = activity.source;
    if (progress.run == 0) return now;
    now.run = progress.run;
    now.export_name = progress.export_name;
    now.done = progress.done;
    now.rate = rate();
    if (!progress.reading) {
      now.total = progress.admitted + progress.waited;
      if (now.rate > 0 && *now.total >= now.done)
        now.left = std::chrono::seconds{
            static_cast<std::int64_t>(static_cast<double>(*now.total - now.done) / now.rate)};
    }
    return now;
  }

  struct Sample {
    SteadyTime at;
    std::uint64_t done;
  };

  StatusFeedParts parts_;
  std::unique_ptr<submission::Timer> timer_;
  status_page::Metrics metrics_;
  Snapshot snapshot_;  // but for what is live
  std::unique_ptr<status_page::StatusPage> page_;
  bool unheard_ = false;  // the page could not be opened, and that was said
  bool stopped_ = false;
  bool file_wanted_ = false;
  bool looked_at_ = false;  // since the ledger was read
  int failures_ = 0;        // to read the ledger, in a row
  SteadyTime next_listen_{}, next_view_{}, read_at_{};
  std::optional<SteadyTime> beat_;
  persistence::RunId sampled_run_ = 0;
  std::deque<Sample> samples_;
};

}  // namespace

std::unique_ptr<StatusFeed> make_status_feed(StatusFeedParts parts) {
  if (!parts.config.status_page && !parts.config.metrics.textfile) return nullptr;
  return std::make_unique<Feed>(std::move(parts));
}

}  // namespace referrald::commands
