#include "daemon/commands/sync_metrics.hpp"

#include <exception>

#include "daemon/commands/run_format.hpp"
#include "daemon/commands/status_snapshot.hpp"
#include "daemon/status_page/textfile.hpp"

namespace referrald::commands {
namespace {

std::vector<std::string> names_of(const std::vector<config::Source>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const config::Source& source : sources) names.push_back(source.name);
  return names;
}

}  // namespace

SyncMetrics::SyncMetrics(const config::Config& config, const std::vector<std::string>& sources,
                         persistence::Timestamp started)
    : config_(config),
      source_(sources.size() == 1 ? sources.front() : std::string(status_page::several_sources)),
      started_(started) {
  if (config.metrics.textfile) metrics_.emplace(names_of(config.sources));
}

std::function<void(const submission::CallReport&)> SyncMetrics::on_call() {
  if (!metrics_) return {};
  return [this](const submission::CallReport& call) { metrics_->called(call); };
}

void SyncMetrics::write(const sync::SyncOutcome& outcome, persistence::Timestamp now, Log& log) {
  if (!metrics_) return;
  metrics_->ran(outcome.run, source_, outcome.summary);
  metrics_->ended(source_, result_of(outcome.exit));
  try {
    metrics_->resume(status_page::read_textfile(*config_.metrics.textfile));
    const auto ledger = persistence::open_for_reading(config_.ledger);
    status_page::write_textfile(*config_.metrics.textfile, *metrics_,
                                snapshot_at_rest(config_, ledger.get(), started_, now));
  } catch (const std::exception& error) {
    log.write("metrics-not-written", {{"reason", error.what()}});
  }
}

}  // namespace referrald::commands
