#include "daemon/sync/sync_run.hpp"

#include <algorithm>
#include <set>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "daemon/spawn.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/changed_row.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "daemon/sync/list_walk.hpp"
#include "daemon/sync/source_history.hpp"
#include "daemon/sync/tenant_gate.hpp"
#include "daemon/text.hpp"

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::Ledger;
using persistence::ListFilter;
using persistence::RowKey;
using persistence::RowView;
using persistence::State;
using submission::Halt;

constexpr std::uint64_t rows_ahead = 4'096;
constexpr std::uint64_t few_rows_ahead = 512;  // where rows are claimed as they enter the ledger
// What enters the ledger together. With a rate, requests are due while one core reads: short turns.
constexpr std::size_t rows_together = 128;
constexpr std::size_t few_rows_together = 32;

// Where a canary run of `limit` rows ends among those that wait, oldest first.
RowKey last_of_waiting(Ledger& ledger, const std::vector<std::string>& sources,
                       std::uint64_t limit) {
  Sightings rows;
  std::uint64_t count = 0;
  for (const auto& source : sources) {
    ListFilter filter;
    filter.states = {State::pending, State::sending, State::in_doubt};
    filter.source = source;
    std::uint64_t left = limit;
    ledger.list(filter, [&](const RowView& row) {
      if (left == 0) return;
      --left;
      count += rows.seen(row.row) ? 0 : 1;
      rows.add(row.row);
    });
  }
  if (count < limit) return std::numeric_limits<RowKey>::max();
  RowKey last = 0;
  for (std::uint64_t met = 0; met < limit; met += rows.seen(last) ? 1 : 0) ++last;
  return last;
}

// Whether one export may bring a row that another has brought already, or one the same row twice,
// as a folder of pages.
bool may_revise_rows(const std::vector<Export>& exports) {
  std::set<std::string_view> sources;
  return std::ranges::any_of(exports, [&](const Export& what) {
    std::error_code error;
    return !sources.insert(what.source).second ||
           (fs::is_directory(what.file, error) && !fs::exists(what.file / "model.json", error));
  });
}

// Until a row is tried or looked for again.
std::chrono::milliseconds longest_wait(const config::Submission& settings) {
  return std::max(settings.retry.max, settings.reconcile.apart);
}

std::uint64_t count_of(const persistence::Counts& counts, State state) {
  const auto found = counts.find(state);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t waiting_in(const persistence::Counts& counts) {
  return count_of(counts, State::pending) + count_of(counts, State::sending);
}

std::uint64_t in_doubt_in(const persistence::Counts& counts) {
  return count_of(counts, State::in_doubt);
}

}  // namespace

SyncRun::SyncRun(SyncParts parts, WorkList work, std::optional<std::uint64_t> limit, bool confirmed,
                 bool without_adopt)
    : parts_(std::move(parts)),
      work_(std::move(work)),
      limit_(limit),
      confirmed_(confirmed),
      without_adopt_(without_adopt),
      started_(parts_.clock.wall()),
      settling_(parts_.clock.timer()) {
  for (const auto& what : work_.exports)
    outcomes_.push_back({what.file, what.source, what.mapping_version});
}

// However it ended: what has left has left.
SyncRun::~SyncRun() {
  if (parts_.rate != nullptr && limiter_) parts_.rate->emplace(limiter_->history());
}

asio::awaitable<SyncOutcome> SyncRun::run() {
  executor_ = co_await asio::this_coro::executor;
  std::function<void()> headers = [this] { check_headers(work_.exports); };
  co_await parts_.background(std::move(headers));
  co_await begin();
  const bool go_on = failures_.empty() || !work_.named;
  bool within = true;
  if (go_on && parts_.config.guard && !confirmed_) within = co_await within_guard(work_.exports);
  if (draining_) unfinished_ = unfinished_ || !work_.exports.empty();
  if (go_on && within && !draining_) co_await read_and_send();
  SyncOutcome outcome = co_await finish();
  co_return outcome;
}

// A ledger that does not know what the tenant holds would create again what another ledger, or a
// person, has created.
asio::awaitable<Gate> SyncRun::tenant_is_known() {
  Standing standing = Standing::known;
  LedgerWork ask = [&](Ledger& ledger) {
    standing = standing_of(&ledger);
    if (standing != Standing::known && without_adopt_) set_known(ledger);
  };
  co_await parts_.ledger.run(std::move(ask));
  tenant_known_ = standing == Standing::known || without_adopt_;
  if (tenant_known_) {
    if (standing != Standing::known) log().write("gate-passed");
    co_return Gate{};
  }
  const auto closed = [](Standing why) {
    return Gate{Halt::strangers, "nothing was sent: " + reason_for_standing(why)};
  };
  if (standing == Standing::adopting) co_return closed(standing);
  ListWalk walk(*client_, "$orderby=createdDateTime%20desc");
  bool empty = true;
  while (empty) {
    const auto page = co_await walk.next();
    if (!page) break;
    empty = page->referrals.empty();
  }
  const auto calls = limiter_->take_unrecorded();
  LedgerWork remember = [&](Ledger& ledger) {
    for (const auto& [day, made] : calls) ledger.add_calls(day, made);
    if (!empty)
      set_strangers(ledger);
    else if (!walk.failed())
      set_known(ledger);
  };
  co_await parts_.ledger.run(std::move(remember));
  if (walk.failed()) {
    const auto stop = stop_of(walk, parts_.config.submission);
    co_return Gate{stop.halt, stop.reason};
  }
  tenant_known_ = empty;
  co_return empty ? Gate{} : closed(Standing::strangers);
}

// Reading and sending overlap, since what is durable may leave; unless a later row may take the
// place of what would be sent, or withdraw it.
asio::awaitable<void> SyncRun::read_and_send() {
  // What waits from an earlier run is of an older export, which these may correct.
  const bool read_first = waited_ > 0 || may_revise_rows(work_.exports);
  if (read_first) co_await read_exports();
  sending_ = true;
  spawn(executor_, dispatcher_->run(),
        [this](std::exception_ptr failure) { dispatch_ended(std::move(failure)); });
  try {
    if (!read_first) co_await read_exports();
  } catch (...) {
    // Only the ledger's failure comes here; the dispatcher has to end before it goes further.
    if (!error_) error_ = std::current_exception();
    dispatcher_->drain();
  }
  dispatcher_->intake_finished();
  while (!dispatched_) (void)co_await settling_->wait_until(submission::SteadyTime::max());
  if (error_) std::rethrow_exception(error_);
}

// A run that cannot send any more need not read on: the next one will. What a budget or a signal
// leaves is read all the same, or stopped by drain().
void SyncRun::dispatch_ended(std::exception_ptr failure) {
  if (!error_) error_ = std::move(failure);
  dispatched_ = true;
  sending_ = false;
  const auto halt = dispatcher_->result().halt;
  const bool goes_on = halt == Halt::none || halt == Halt::draining || halt == Halt::budget;
  if (error_ || !goes_on) {
    abandoned_ = true;
    intake_->stop();
  }
  settling_->wake();
}

asio::awaitable<void> SyncRun::begin() {
  claim_.sources = work_.sources;
  claim_.max_attempts = parts_.config.submission.retry.attempts;
  const auto day = submission::format_time(started_).substr(0, 10);
  std::uint64_t doubtful = 0;
  LedgerWork work = [&](Ledger& ledger) {
    ledger.bind_tenant(parts_.config.partner_center.auth.tenant);
    key_ = key_of(ledger.fingerprint_key());
    ledger.checkpoint_often(parts_.config.submission.rate.has_value());  // claims are due in time
    doubtful = ledger.recover(started_);
    ledger.bring_forward(started_ + longest_wait(parts_.config.submission));
    claim_.run = ledger.start_run("sync", started_);
    used_today_ = ledger.calls(day);
    const auto counts = ledger.counts(work_.sources);
    waited_ = waiting_in(counts) + in_doubt_in(counts);
    tenant_known_ = standing_of(&ledger) == Standing::known;
    if (limit_) claim_.up_to = last_of_waiting(ledger, work_.sources, *limit_);
  };
  co_await parts_.ledger.run(std::move(work));
  progress_.waited = waited_;
  progress_.run = claim_.run;
  folding_ = std::make_unique<FoldingLog>(parts_.log, [this] { return parts_.clock.steady(); });
  log_ = std::make_unique<ContextLog>(*folding_, Fields{{"run_id", claim_.run}});
  log().write("run-started",
              {{"command", "sync"}, {"exports", work_.exports.size()}, {"waiting", waited_}});
  if (doubtful > 0) log().write("run-was-cut-off", {{"rows", doubtful}});
  const auto& settings = parts_.config.submission;
  limiter_ = std::make_unique<submission::RateLimiter>(
      settings.rate, settings.burst, settings.daily_budget, used_today_, parts_.clock);
  if (parts_.rate != nullptr && *parts_.rate) limiter_->go_on_from(**parts_.rate);
  client_ = std::make_unique<submission::Client>(parts_.api, parts_.tokens, *limiter_, parts_.clock,
                                                 parts_.random, settings);
  if (parts_.on_call) client_->on_call(parts_.on_call);
  DispatchParts dispatch{parts_.ledger, *client_,      *limiter_, parts_.tokens,
                         parts_.clock,  parts_.random, log(),     key_};
  dispatcher_ = std::make_unique<Dispatcher>(dispatch, settings, claim_);
  dispatcher_->before_first([this] { return tenant_is_known(); });
  intake_ = std::make_unique<Intake>(parts_.ledger, intake_options());
}

IntakeOptions SyncRun::intake_options() {
  IntakeOptions options;
  options.run = claim_.run;
  options.key = key_;
  options.log = log_.get();
  options.rows_together = parts_.config.submission.rate ? few_rows_together : rows_together;
  if (limit_) options.limit = *limit_ > waited_ ? *limit_ - waited_ : 0;
  options.revises_waiting = limit_ && waited_ > 0;
  options.now = [this] { return parts_.clock.wall(); };
  options.claims = dispatcher_->fresh_claims();
  options.hand_over = [this](std::vector<persistence::Intent> intents, std::exception_ptr error) {
    dispatcher_->hand_over(std::move(intents), std::move(error));
  };
  options.find_unchanged = [this](const Export& what) { return find_unchanged(what); };
  options.is_last = [this] { return reads_last_; };
  if (parts_.rest) options.pace = [this, rows = options.rows_together] { keep_pace(rows); };
  options.progress = [this](const Tally& total, std::uint64_t bytes, std::uint64_t of) {
    persistence::RunSummary read;
    read.rows_read = total.rows_read;
    read.unchanged = total.unchanged;
    read.changed = total.changed - total.replaced;
    read.excluded = total.excluded;
    read.rejected = total.rejected;
    read.refused = total.refused;
    asio::post(executor_, [this, admitted = total.admitted, bytes, of, read] {
      if (admitted > progress_.admitted) dispatcher_->intake_progress();
      progress_.admitted = admitted;
      progress_.bytes_read = bytes;
      progress_.bytes_total = of;
      progress_.so_far = read;
    });
  };
  return options;
}

// Reading runs only so far ahead of sending that the ledger's pages of a row are still in memory
// when it is sent. When sending is slow, reading goes on slowly all the same, by some 3,000 rows a
// second: what is in the ledger is safe.
void SyncRun::keep_pace(std::size_t rows) const {
  const std::size_t most_rests = rows / 3;  // of a millisecond
  const auto* const places = dispatcher_->fresh_claims();
  for (std::size_t i = 0; i < most_rests && sending_ && !intake_->stopped(); ++i) {
    const auto ahead = intake_->tally().admitted - intake_->tally().held;
    if (ahead <= dispatcher_->settled() + (places != nullptr ? few_rows_ahead : rows_ahead)) return;
    if (places != nullptr && places->open_places() >= rows) return;
    parts_.rest();
  }
}

void SyncRun::drain() {
  // What has come to its end is not stopped any more.
  if (draining_ || finishing_) return;
  draining_ = true;
  settling_->wake();
  if (intake_) intake_->stop();
  if (dispatcher_) dispatcher_->drain();
}

SyncProgress SyncRun::progress() const {
  auto progress = progress_;
  if (dispatcher_) {
    progress.done = dispatcher_->settled();
    progress.so_far.created = dispatcher_->result().created;
    progress.so_far.updated = dispatcher_->result().updated;
    progress.so_far.refused += dispatcher_->result().refused;
    progress.so_far.requests = client_->counts.requests;
    progress.so_far.retries = client_->counts.retries;
    progress.so_far.throttled = client_->counts.throttled;
    progress.slowed_to = limiter_->slowed_to();
    progress.calls_today = limiter_->used_today();
  }
  return progress;
}

persistence::RunSummary SyncRun::summary_so_far() const {
  persistence::RunSummary summary;
  const auto& tally = intake_->tally();
  const auto& sent = dispatcher_->result();
  summary.rows_read = tally.rows_read;
  summary.created = sent.created;
  summary.updated = sent.updated;
  summary.unchanged = tally.unchanged + sent.as_wanted;
  summary.changed = tally.changed - tally.replaced;
  summary.excluded = tally.excluded;
  summary.rejected = tally.rejected;
  summary.refused = tally.refused + sent.refused;
  summary.requests = client_->counts.requests;
  summary.retries = client_->counts.retries;
  summary.throttled = client_->counts.throttled;
  return summary;
}

// What was read, and why not all of it is done.
void SyncRun::tell(SyncOutcome& outcome) const {
  const auto& summary = outcome.summary;
  const auto& tally = intake_->tally();
  const auto& sent = dispatcher_->result();
  outcome.rejected_by_reason = tally.by_reason;
  outcome.deleted = tally.deleted;
  outcome.rejections = tally.rejections;
  outcome.refused_before = tally.refused_before;
  outcome.remarks = tally.remarks;
  outcome.invitations = tally.invitations;
  outcome.backward = tally.backward;
  outcome.closed = tally.closed + sent.closed;
  outcome.limit_reached = limit_ && (intake_->limit_reached() || waited_ >= *limit_);
  outcome.exports = outcomes_;
  outcome.halt = halt();
  outcome.halt_reason = closed_ ? closed_->reason : sent.reason;
  outcome.problems = problems_;
  for (const auto& failure : failures_)
    if (!failure.message.empty()) outcome.messages.push_back(failure.message);
  outcome.failures = failures_;
  if (halt() != Halt::none && halt() != Halt::draining) {
    outcome.messages.push_back(outcome.halt_reason);
    outcome.failures.push_back(
        {event_of(halt()), sync::exit_of(halt()), outcome.halt_reason, {}, {}});
  } else if (ended_with_rows_waiting(summary)) {
    outcome.messages.push_back(fmt::format(
        "{} could not be brought to an end by submission.retry.attempts tries: `referrald list "
        "--state pending --state in_doubt` names them, `referrald show ID` says why",
        counted(summary.waiting + summary.in_doubt, "row")));
    outcome.failures.push_back(
        {"rows-left-waiting", Exit::stopped, outcome.messages.back(), {}, {}});
  }
}

asio::awaitable<SyncOutcome> SyncRun::finish() {
  finishing_ = true;
  SyncOutcome outcome;
  outcome.run = claim_.run;
  auto& summary = outcome.summary;
  summary = summary_so_far();
  const auto finished = parts_.clock.wall();
  summary.seconds = std::chrono::duration<double>(finished - started_).count();
  folding_->flush();
  co_await put_away();
  LedgerWork work = [&](Ledger& ledger) {
    const auto counts = ledger.counts(work_.sources);
    summary.waiting = waiting_in(counts);
    summary.in_doubt = in_doubt_in(counts);
    outcome.need_person = count_of(counts, State::rejected) + count_of(counts, State::refused);
    outcome.exit = exit_code(summary);
    ledger.finish_run(claim_.run, summary, code(outcome.exit), finished);
    remember_exports(ledger);
    const auto read = sources_read();
    if (is_success(outcome.exit))
      for (const auto& source : sources_caught_up(ledger))
        remember_run(ledger, source, {finished, outcome.exit});
    for (const auto& source : read) remember_run(ledger, source, {finished, outcome.exit});
    if (parts_.config.retention) ledger.prune(finished - *parts_.config.retention);
  };
  co_await parts_.ledger.run(std::move(work));
  tell(outcome);
  co_return outcome;
}

// Those whose last run was cut short, and all of whose rows this one has brought to their end.
std::vector<std::string> SyncRun::sources_caught_up(Ledger& ledger) const {
  std::vector<std::string> sources;
  for (const auto& source : work_.sources) {
    const auto last = history_of(ledger, source).last;
    const bool cut_short =
        last && (last->exit == Exit::unavailable || last->exit == Exit::stopped ||
                 last->exit == Exit::not_authorised);
    if (!cut_short) continue;
    const auto counts = ledger.counts({source});
    const bool held = std::ranges::any_of(ledger.handled_exports(source), [](const auto& what) {
      return what.handled == persistence::Handled::guarded;
    });
    if (!held && waiting_in(counts) + in_doubt_in(counts) == 0) sources.push_back(source);
  }
  return sources;
}

Exit SyncRun::exit_code(const persistence::RunSummary& summary) const {
  if (halt() != Halt::none && halt() != Halt::draining) return sync::exit_of(halt());
  if (!failures_.empty()) return failures_.front().exit;
  if (draining_ && unfinished_) return Exit::stopped;
  // Of what waited before, the limit leaves the rest alone; all else was to be done.
  const std::uint64_t beyond = limit_ && waited_ > *limit_ ? waited_ - *limit_ : 0;
  if (summary.in_doubt > 0 || summary.waiting > beyond) return Exit::stopped;
  if (summary.rejected > 0 || summary.refused > 0) return Exit::needs_person;
  return Exit::ok;
}

// Nothing has stopped the run, and all the same not all is done.
bool SyncRun::ended_with_rows_waiting(const persistence::RunSummary& summary) const {
  return halt() == Halt::none && failures_.empty() && !draining_ &&
         exit_code(summary) == Exit::stopped;
}

}  // namespace referrald::sync
