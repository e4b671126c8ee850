// What Prometheus is told: counters that are counted here, and gauges that are read off a snapshot.
//
// docs/monitoring.md lists the metrics. None holds personal data; labels are sources, operations,
// outcomes and states.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/status_page/snapshot.hpp"
#include "daemon/submission/client.hpp"

namespace referrald::status_page {

// The label of rows of a run over several sources.
inline constexpr std::string_view several_sources = "(several)";

// One thread, that of the io_context.
class Metrics {
 public:
  // Counters of these sources are there from the start, as 0.
  explicit Metrics(const std::vector<std::string>& sources);
  ~Metrics();

  // For sync::SyncParts::on_call.
  void called(const submission::CallReport& call);

  // What a run of that source has done so far; what is new since the last time is counted. To be
  // told at least once, with the run's summary.
  void ran(persistence::RunId run, std::string_view source, const persistence::RunSummary& so_far);
  // The run has ended so.
  void ended(std::string_view source, Result result);

  // Goes on counting from a text that text() gave, of a process that has ended; what it cannot read
  // it ignores.
  void resume(std::string_view text);

  // The text format, version 0.0.4.
  std::string text(const Snapshot& snapshot) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The content type of text().
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace referrald::status_page
