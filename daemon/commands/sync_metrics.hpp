// The metrics of one `sync`, for node_exporter.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/log.hpp"
#include "daemon/status_page/metrics.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::commands {

// Does nothing unless the configuration names a file.
class SyncMetrics {
 public:
  // `config` outlives it; `sources` are those of the run.
  SyncMetrics(const config::Config& config, const std::vector<std::string>& sources,
              persistence::Timestamp started);

  // For sync::SyncParts::on_call; empty when nobody counts.
  std::function<void(const submission::CallReport&)> on_call();

  // The run has ended: writes the file. A failure is for the log: it changes nothing of the sync.
  void write(const sync::SyncOutcome& outcome, persistence::Timestamp now, Log& log);

 private:
  const config::Config& config_;
  std::string source_;
  persistence::Timestamp started_;
  std::optional<status_page::Metrics> metrics_;
};

}  // namespace referrald::commands
