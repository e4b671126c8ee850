#include "daemon/sync/outcome_log.hpp"

#include <cmath>

#include "daemon/log_context.hpp"
#include "mapping/rules.hpp"

namespace referrald::sync {
namespace {

void log_failures(Log& log, const SyncOutcome& outcome) {
  for (const auto& problem : outcome.problems.list())
    log.write_words("file-invalid", config::to_string(problem),
                    {{"file", problem.place.file},
                     {"line", problem.place.line},
                     {"column", problem.place.column}});
  for (const auto& failure : outcome.failures) {
    const bool told = failure.message.empty();  // by a problem
    log.write_words(failure.event,
                    told ? "the header of an export does not fit its mapping" : failure.message,
                    {{"source", failure.source},
                     {"export", failure.export_name},
                     {"exit_code", code(failure.exit)}});
  }
}

}  // namespace

void log_rejections(Log& log, const Tally& tally) {
  for (const auto& one : tally.rejections) {
    const auto* rule = mapping::find_rule(one.code);
    log.write("rows-rejected", {{"source", one.source},
                                {"export", one.export_name},
                                {"code", one.code},
                                {"rows", one.rows},
                                {"line", one.line},
                                {"external_reference_id", one.external_id},
                                {"columns", one.columns},
                                {"reason", rule == nullptr ? "" : rule->cause},
                                {"remedy", rule == nullptr ? "" : rule->remedy}});
  }
  for (const auto& one : tally.refused_before)
    log.write("rows-refused-before", {{"source", one.source},
                                      {"export", one.export_name},
                                      {"rows", one.rows},
                                      {"line", one.line},
                                      {"external_reference_id", one.external_id}});
}

namespace {

void log_summary(Log& log, const SyncOutcome& outcome) {
  const auto& summary = outcome.summary;
  log.write("run-finished", {{"command", "sync"},
                             {"exit_code", code(outcome.exit)},
                             {"duration_ms", std::llround(summary.seconds * 1'000)},
                             {"rows_read", summary.rows_read},
                             {"created", summary.created},
                             {"updated", summary.updated},
                             {"unchanged", summary.unchanged},
                             {"changed", summary.changed},
                             {"excluded", summary.excluded},
                             {"rejected", summary.rejected},
                             {"refused", summary.refused},
                             {"in_doubt", summary.in_doubt},
                             {"waiting", summary.waiting},
                             {"requests", summary.requests},
                             {"retries", summary.retries},
                             {"throttled", summary.throttled},
                             {"closed", outcome.closed},
                             {"deleted", outcome.deleted},
                             {"limit_reached", outcome.limit_reached}});
}

}  // namespace

void log_outcome(Log& log, const SyncOutcome& outcome, ToldInLog what) {
  ContextLog with_run(log, {{"run_id", outcome.run}});
  for (const auto& remark : outcome.remarks) with_run.write_words("export-remark", remark);
  if (outcome.backward > 0) with_run.write("status-stays", {{"rows", outcome.backward}});
  if (outcome.invitations > 0)
    with_run.write("invitations-changed", {{"rows", outcome.invitations}});
  if (what.failures) log_failures(with_run, outcome);
  if (!what.counts) return;
  if (outcome.summary.in_doubt > 0)
    with_run.write("rows-left-in-doubt", {{"rows", outcome.summary.in_doubt}});
  log_summary(with_run, outcome);
}

}  // namespace referrald::sync
