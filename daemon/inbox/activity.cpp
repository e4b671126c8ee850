#include "daemon/inbox/activity.hpp"

#include <fmt/format.h>

#include "daemon/sync/halt_reason.hpp"

namespace referrald::inbox {

std::string in_words(const Activity& activity) {
  using Phase = Activity::Phase;
  switch (activity.phase) {
    case Phase::starting:
      return "starting";
    case Phase::stopping:
      return "stopping: what has left is answered first";
    case Phase::trouble:
      return "waiting: " + std::string(sync::first_clause(activity.reason));
    case Phase::budget:
      return fmt::format("the daily budget is used up; {} rows wait", activity.waiting);
    case Phase::reading:
      return fmt::format("reading {} of source {}", activity.export_name, activity.source);
    case Phase::sending: {
      const auto& progress = activity.progress;
      return fmt::format("sending: {} of {} rows", progress.done,
                         progress.admitted + progress.waited);
    }
    case Phase::idle:
      break;
  }
  return activity.waiting > 0 ? fmt::format("idle; {} rows wait for their time", activity.waiting)
                              : "idle";
}

}  // namespace referrald::inbox
