// What the log says of a run that has ended.
#pragma once

#include "daemon/log.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::sync {

// What of it the caller does not tell the operator in another way.
struct ToldInLog {
  bool failures = true;  // and problems of files
  bool counts = true;    // of rows, by reason too: run-finished and what explains it
};

// A line for each reason for which rows of an export were rejected.
void log_rejections(Log& log, const Tally& tally);

// A line for each thing that went wrong, and at last run-finished. Every line has the run's id.
void log_outcome(Log& log, const SyncOutcome& outcome, ToldInLog what = {});

}  // namespace referrald::sync
