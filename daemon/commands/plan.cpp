#include "daemon/commands/plan.hpp"

#include <algorithm>

#include "daemon/commands/plan_report.hpp"
#include "daemon/commands/row_format.hpp"
#include "daemon/commands/sync_options.hpp"
#include "daemon/sync/survey.hpp"

namespace referrald::commands {
namespace {

struct PlanOptions {
  sync::Request request;
  std::optional<std::uint64_t> show;
  bool columns = false;
  bool json = false;
};

// An export that does not fit or cannot be read to its end ends the plan: its counts would not be
// what a sync does.
void survey_exports(sync::Survey& survey, const sync::WorkList& work,
                    const std::optional<std::uint64_t>& limit) {
  for (const auto& what : work.exports) {
    if (limit && survey.admitted() >= *limit) break;
    (void)survey.read(what, limit);
  }
}

std::optional<std::uint64_t> budget_left(const config::Config& config, persistence::Ledger* ledger,
                                         persistence::Timestamp now) {
  const auto budget = config.submission.daily_budget;
  if (!budget || ledger == nullptr) return budget;
  return *budget - std::min(*budget, ledger->calls(iso_time(now).substr(0, 10)));
}

PlanReport report_on(const config::Config& config, const sync::WorkList& work,
                     const PlanOptions& options, persistence::Ledger* ledger,
                     persistence::Timestamp now) {
  const auto& limit = options.request.limit;
  PlanReport report;
  report.shows = options.show.has_value();
  report.rate = config.submission.rate;
  report.without_files = work.without_files;
  sync::SurveyVisitor visitor;
  visitor.changed = [&](const sync::ChangedRow& row) { report.add(row); };
  visitor.superseded = [&](const std::string& external_id) { report.remove_changed(external_id); };
  visitor.rejected = [&](const sync::RejectedRow& row) { report.add(row); };
  if (options.show) {
    visitor.created = [&](const sync::ExportRow& row, const mapping::Mapped& mapped) {
      const auto same =
          std::ranges::find(report.shown, mapped.external_id, &ShownReferral::external_id);
      if (same != report.shown.end())
        *same = show_referral(row, mapped);
      else if (report.shown.size() < *options.show)
        report.shown.push_back(show_referral(row, mapped));
    };
    visitor.withdrawn = [&](const std::string& external_id) {
      std::erase_if(report.shown,
                    [&](const ShownReferral& one) { return one.external_id == external_id; });
    };
  }
  sync::SurveyEnd counting;
  counting.looks = static_cast<unsigned>(config.submission.reconcile.looks);
  sync::Survey survey(ledger, visitor, std::move(counting));
  survey_exports(survey, work, limit);
  report.sources = survey.sources();
  if (options.columns)
    for (const auto& what : work.exports) report.columns.push_back(columns_of(what));
  if (config.guard) report.over_guard = sync::over_guard(*config.guard, survey, ledger, limit);
  report.standing = sync::standing_of(ledger);
  report.budget_left = budget_left(config, ledger, now);
  for (const auto& name : work.sources) report.sources.try_emplace(name);
  if (ledger != nullptr) {
    const auto counts = ledger->counts(work.sources);
    for (const auto state :
         {persistence::State::pending, persistence::State::sending, persistence::State::in_doubt}) {
      const auto found = counts.find(state);
      if (found != counts.end()) report.waiting += found->second;
    }
  }
  return report;
}

Exit plan(Globals& globals, const PlanOptions& options) {
  const auto config = load_config(globals);
  const auto work = sync::make_work_list(config, options.request);
  const auto ledger = persistence::open_for_reading(config.ledger);
  if (ledger) (void)ledger->check_tenant(config.partner_center.auth.tenant);
  const auto report = report_on(config, work, options, ledger.get(), globals.now());
  globals.out.write(options.json ? plan_json(report) : plan_text(report));
  return Exit::ok;
}

}  // namespace

void add_plan(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<PlanOptions>();
  Command command = line.add("plan", "show what a sync would do; sends nothing");
  add_request_options(command, options->request);
  command
      .option({"--show", "N", "also print the first N referrals as they would be sent"},
              options->show)
      .flag("--columns", options->columns,
            "also print which columns of each export the mapping uses, and which not")
      .flag("--json", options->json, "print the plan as JSON")
      .runs([&globals, options] { return plan(globals, *options); });
}

}  // namespace referrald::commands
