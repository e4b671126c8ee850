#include "daemon/status_page/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "daemon/status_page/exposition.hpp"
#include "daemon/status_page/health.hpp"

namespace referrald::status_page {
namespace {

using persistence::RunSummary;
using persistence::State;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using submission::CallReport;

struct RowOutcome {
  const char* name;
  std::uint64_t RunSummary::*rows;
};
constexpr std::array row_outcomes{
    RowOutcome{"created", &RunSummary::created},     RowOutcome{"updated", &RunSummary::updated},
    RowOutcome{"unchanged", &RunSummary::unchanged}, RowOutcome{"excluded", &RunSummary::excluded},
    RowOutcome{"rejected", &RunSummary::rejected},   RowOutcome{"refused", &RunSummary::refused},
};

constexpr std::array operations{CallReport::Operation::create, CallReport::Operation::update,
                                CallReport::Operation::read, CallReport::Operation::list};
constexpr std::array call_outcomes{CallReport::Outcome::ok,       CallReport::Outcome::refused,
                                   CallReport::Outcome::conflict, CallReport::Outcome::throttled,
                                   CallReport::Outcome::failed,   CallReport::Outcome::no_answer,
                                   CallReport::Outcome::not_sent};
constexpr std::array results{Result::good, Result::needs_person, Result::stopped, Result::failed};
constexpr std::array doings{Doing::starting, Doing::idle,           Doing::reading, Doing::sending,
                            Doing::waiting,  Doing::budget_used_up, Doing::stopping};
constexpr std::array all_states{State::pending,  State::sending, State::in_doubt, State::synced,
                                State::rejected, State::refused, State::closed};

// Seconds; the configured timeout is 30 as a rule.
const prometheus::Histogram::BucketBoundaries duration_buckets{0.05, 0.1, 0.25, 0.5, 1,
                                                               2.5,  5,   10,   30,  60};

constexpr const char* rows_name = "referrald_rows_total";
constexpr const char* runs_name = "referrald_runs_total";
constexpr const char* requests_name = "referrald_requests_total";
constexpr const char* retries_name = "referrald_retries_total";
constexpr const char* throttles_name = "referrald_throttles_total";
constexpr const char* duration_name = "referrald_request_duration_seconds";

double seconds_of(Timestamp time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1'000.0;
}

using Labels = std::vector<ClientMetric::Label>;

// Gauges made anew for each text: none outlives what it was about.
class Gauges {
 public:
  explicit Gauges(std::vector<MetricFamily>& out) : out_(out) {}

  void family(const char* name, const char* help) {
    out_.push_back({name, help, MetricType::Gauge, {}});
  }
  void value(double number, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = number;
    out_.back().metric.push_back(std::move(metric));
  }
  void one(const char* name, const char* help, double number) {
    family(name, help);
    value(number);
  }
  void count(const char* name, const char* help, std::uint64_t number) {
    one(name, help, static_cast<double>(number));
  }
  void instant(const char* name, const char* help, Timestamp time) {
    one(name, help, seconds_of(time));
  }

 private:
  std::vector<MetricFamily>& out_;
};

void add_process(const Snapshot& snapshot, Gauges& gauges) {
  gauges.family("referrald_build_info", "The version that runs; always 1.");
  gauges.value(1, {{"version", snapshot.version}});
  gauges.instant("referrald_start_time_seconds", "When the process started.", snapshot.started);
  gauges.instant("referrald_snapshot_time_seconds", "When these values were taken.", snapshot.at);
  gauges.one("referrald_ready",
             "1 if what is handed in now would be sent, else 0; /readyz says why.",
             health_of(snapshot).ready ? 1 : 0);
  gauges.family("referrald_doing", "1 for what the daemon does at the moment, else 0.");
  for (const Doing doing : doings)
    gauges.value(doing == snapshot.live.now.doing ? 1 : 0,
                 {{"doing", std::string(to_string(doing))}});
}

void add_ledger(const Snapshot& snapshot, Gauges& gauges) {
  const LedgerView& ledger = snapshot.ledger;
  gauges.family("referrald_queue_rows", "Rows in the ledger by state.");
  for (const State state : all_states)
    gauges.value(static_cast<double>(count_of(ledger.counts, state)),
                 {{"state", std::string(persistence::to_string(state))}});
  gauges.count("referrald_needs_person_rows",
               "Rows that are not sent until a person does something.", ledger.needing);
  const double age =
      ledger.oldest ? std::max(0.0, seconds_of(snapshot.at) - seconds_of(ledger.oldest->since)) : 0;
  gauges.one("referrald_oldest_waiting_row_age_seconds",
             "Since when the longest waiting row waits; 0 if none does.", age);
  gauges.family("referrald_last_success_timestamp_seconds",
                "When the last run of the source ended that did all it could.");
  for (const SourceView& source : ledger.sources)
    if (source.last_success)
      gauges.value(seconds_of(*source.last_success), {{"source", source.name}});
  gauges.family("referrald_last_run_failed", "1 if the last run of the source failed, else 0.");
  for (const SourceView& source : ledger.sources)
    if (source.last_run)
      gauges.value(source.result == Result::failed ? 1 : 0, {{"source", source.name}});
}

void add_calls_and_sign_in(const Snapshot& snapshot, Gauges& gauges) {
  const auto& [limit, used, rate, slowed_to] = snapshot.budget;
  gauges.count("referrald_calls_today", "Calls to the API on this UTC day.", used);
  if (limit) {
    gauges.count("referrald_budget_calls", "Calls that a UTC day may have.", *limit);
    gauges.count("referrald_budget_left_calls", "Calls that this UTC day may still have.",
                 *limit - std::min(*limit, used));
  }
  if (rate)
    gauges.one("referrald_rate_calls_per_second",
               "Calls per second that are permitted now; less than configured while the service "
               "throttles.",
               slowed_to.value_or(*rate));
  const SignIn& sign_in = snapshot.sign_in;
  gauges.one("referrald_sign_in_present", "1 if there is a sign-in, else 0.",
             sign_in.present ? 1 : 0);
  gauges.family("referrald_sign_in_expiry_timestamp_seconds",
                "When the refresh token ends unless it is used, and when the client's secret or "
                "certificate does.");
  if (sign_in.good_until)
    gauges.value(seconds_of(*sign_in.good_until), {{"credential", "refresh_token"}});
  if (sign_in.client_until)
    gauges.value(seconds_of(*sign_in.client_until), {{"credential", "client"}});
}

// The cumulative counts of a histogram's text, by its buckets' bounds.
struct Resumed {
  std::map<double, double> cumulative;
  double sum = 0;
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& rows =
      prometheus::BuildCounter()
          .Name(rows_name)
          .Help("Rows by what became of them; rejected and refused ones each time they are read.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& runs =
      prometheus::BuildCounter().Name(runs_name).Help("Runs by how they ended.").Register(registry);
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name(requests_name)
          .Help("Requests to the API by what became of them.")
          .Register(registry);
  prometheus::Counter& retries = prometheus::BuildCounter()
                                     .Name(retries_name)
                                     .Help("Requests that repeated an earlier one.")
                                     .Register(registry)
                                     .Add({});
  prometheus::Counter& throttles =
      prometheus::BuildCounter()
          .Name(throttles_name)
          .Help("Answers by which the service asked to be called less.")
          .Register(registry)
          .Add({});
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name(duration_name)
          .Help("From a request's leaving to its answer.")
          .Register(registry);
  persistence::RunId run = 0;
  RunSummary counted;  // of that run

  prometheus::Histogram& duration_of(std::string_view operation) {
    return durations.Add({{"operation", std::string(operation)}}, duration_buckets);
  }
  void resume_durations(const std::map<std::string, Resumed>& resumed);
};

// The buckets are those of this program, or the text is not ours to go on from.
void Metrics::Impl::resume_durations(const std::map<std::string, Resumed>& resumed) {
  for (const auto& [operation, past] : resumed) {
    if (past.cumulative.size() != duration_buckets.size() + 1) continue;
    std::vector<double> increments;
    double before = 0;
    for (const auto& [bound, count] : past.cumulative) {
      increments.push_back(count - before);
      before = count;
    }
    duration_of(operation).ObserveMultiple(increments, past.sum);
  }
}

Metrics::Metrics(const std::vector<std::string>& sources) : impl_(std::make_unique<Impl>()) {
  for (const std::string& source : sources) {
    for (const RowOutcome& outcome : row_outcomes)
      impl_->rows.Add({{"source", source}, {"outcome", outcome.name}});
    for (const Result result : results)
      impl_->runs.Add({{"source", source}, {"result", std::string(to_string(result))}});
  }
  for (const auto operation : operations) {
    const std::string name(to_string(operation));
    for (const auto outcome : call_outcomes)
      impl_->requests.Add({{"operation", name}, {"outcome", std::string(to_string(outcome))}});
    impl_->duration_of(name);
  }
}

Metrics::~Metrics() = default;

void Metrics::called(const CallReport& call) {
  const std::string operation(to_string(call.operation));
  impl_->requests.Add({{"operation", operation}, {"outcome", std::string(to_string(call.outcome))}})
      .Increment();
  if (call.outcome == CallReport::Outcome::throttled) impl_->throttles.Increment();
  if (call.outcome != CallReport::Outcome::not_sent)
    impl_->duration_of(operation).Observe(std::chrono::duration<double>(call.took).count());
}

void Metrics::ran(persistence::RunId run, std::string_view source, const RunSummary& so_far) {
  if (run != impl_->run) {
    impl_->run = run;
    impl_->counted = {};
  }
  RunSummary& counted = impl_->counted;
  const auto grown = [&](std::uint64_t RunSummary::*member) {
    const std::uint64_t more = so_far.*member - std::min(so_far.*member, counted.*member);
    counted.*member = std::max(so_far.*member, counted.*member);
    return static_cast<double>(more);
  };
  for (const RowOutcome& outcome : row_outcomes)
    impl_->rows.Add({{"source", std::string(source)}, {"outcome", outcome.name}})
        .Increment(grown(outcome.rows));
  impl_->retries.Increment(grown(&RunSummary::retries));
}

void Metrics::ended(std::string_view source, Result result) {
  impl_->runs.Add({{"source", std::string(source)}, {"result", std::string(to_string(result))}})
      .Increment();
}

void Metrics::resume(std::string_view text) {
  std::map<std::string, Resumed> durations;
  each_sample(text, [&](const Sample& sample) {
    if (!std::isfinite(sample.value) || sample.value < 0) return;
    const auto label = [&](const char* name) {
      const auto found = sample.labels.find(name);
      return found == sample.labels.end() ? std::string() : found->second;
    };
    const prometheus::Labels labels(sample.labels.begin(), sample.labels.end());
    if (sample.name == rows_name) impl_->rows.Add(labels).Increment(sample.value);
    if (sample.name == runs_name) impl_->runs.Add(labels).Increment(sample.value);
    if (sample.name == requests_name) impl_->requests.Add(labels).Increment(sample.value);
    if (sample.name == retries_name) impl_->retries.Increment(sample.value);
    if (sample.name == throttles_name) impl_->throttles.Increment(sample.value);
    if (sample.name == std::string(duration_name) + "_sum")
      durations[label("operation")].sum = sample.value;
    if (sample.name == std::string(duration_name) + "_bucket")
      if (const auto bound = parse_value(label("le")))
        durations[label("operation")].cumulative[*bound] = sample.value;
  });
  impl_->resume_durations(durations);
}

std::string Metrics::text(const Snapshot& snapshot) const {
  std::vector<MetricFamily> families = impl_->registry.Collect();
  Gauges gauges(families);
  add_process(snapshot, gauges);
  add_ledger(snapshot, gauges);
  add_calls_and_sign_in(snapshot, gauges);
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, families);
  return std::move(out).str();
}

}  // namespace referrald::status_page
