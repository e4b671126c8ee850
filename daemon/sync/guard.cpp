#include "daemon/sync/guard.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/text.hpp"

namespace referrald::sync {
namespace {

// Microsoft's referral beside one that exists is new as well. Rows that wait already have passed
// the guard when they were read.
std::uint64_t creates_in(const Survey& survey) {
  std::uint64_t creates = 0;
  for (const auto& [name, plan] : survey.sources()) creates += plan.creates + plan.upgrades;
  return creates;
}

// Rejections are no rows that can change, and may stand beside a row that is counted already.
std::uint64_t rows_that_can_change(persistence::Ledger& ledger, const std::string& source) {
  std::uint64_t rows = 0;
  for (const auto& [state, count] : ledger.counts({source}))
    if (state != persistence::State::rejected) rows += count;
  return rows;
}

}  // namespace

std::vector<OverGuard> over_guard(const config::Guard& guard, const Survey& survey,
                                  persistence::Ledger* ledger, std::optional<std::uint64_t> limit) {
  std::vector<OverGuard> over;
  const auto all = creates_in(survey);
  const auto creates = limit ? std::min(all, *limit) : all;
  if (guard.max_creates && creates > *guard.max_creates)
    over.push_back({fmt::format("{} would be created, guard.max_creates is {}",
                                survey.too_many_creates()
                                    ? "more than " + counted(*guard.max_creates, "referral")
                                    : counted(creates, "referral"),
                                *guard.max_creates),
                    {}});
  if (!guard.max_changed || ledger == nullptr) return over;
  for (const auto& [name, plan] : survey.sources()) {
    if (plan.tally.changed == 0) continue;
    // Those that change are in the ledger, whatever else is.
    const auto rows =
        std::max(rows_that_can_change(*ledger, name) + plan.adopted, plan.tally.changed);
    const double share = static_cast<double>(plan.tally.changed) / static_cast<double>(rows);
    if (share <= *guard.max_changed) continue;
    over.push_back({fmt::format("{} of {} of source {} have changed ({:.3g}%), guard.max_changed "
                                "is {:.3g}%",
                                plan.tally.changed, counted(rows, "row"), name, share * 100,
                                *guard.max_changed * 100),
                    {}});
  }
  return over;
}

}  // namespace referrald::sync
