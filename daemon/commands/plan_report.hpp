// How a plan is printed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/commands/plan_columns.hpp"
#include "daemon/commands/plan_show.hpp"
#include "daemon/sync/guard.hpp"
#include "daemon/sync/survey.hpp"
#include "daemon/sync/tenant_gate.hpp"

namespace referrald::commands {

struct PlanReport {
  std::map<std::string, sync::SourcePlan> sources;
  std::vector<std::string> without_files;
  std::uint64_t waiting = 0;  // rows of earlier runs
  config::Rate rate;
  std::vector<sync::OverGuard> over_guard;  // what would stop a sync that is not confirmed
  sync::Standing standing = sync::Standing::fresh;
  std::optional<std::uint64_t> budget_left;  // calls, today (UTC); absent: no daily budget
  // The first rows in full; the counts are in `sources`.
  std::uint64_t changed_rows = 0;  // of which `changed` are the first
  std::vector<sync::ChangedRow> changed;
  std::vector<sync::RejectedRow> rejected;

  bool shows = false;  // --show was given
  std::vector<ShownReferral> shown;
  std::vector<ExportColumns> columns;  // --columns: of each export

  // Keeps the row if there is room: memory does not grow with the export.
  void add(const sync::ChangedRow& row);
  void remove_changed(std::string_view external_id);
  void add(const sync::RejectedRow& row);
};

std::string plan_text(const PlanReport& report);
std::string plan_json(const PlanReport& report);

}  // namespace referrald::commands
