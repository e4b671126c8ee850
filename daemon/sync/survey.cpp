#include "daemon/sync/survey.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "mapping/fingerprint.hpp"

namespace referrald::sync {
namespace {

using persistence::Offered;
using persistence::Verdict;

}  // namespace

Survey::Survey(persistence::Ledger* ledger, SurveyVisitor visitor, SurveyEnd end)
    : ledger_(ledger), visitor_(std::move(visitor)), end_(std::move(end)) {
  if (ledger_ != nullptr) key_ = key_of(ledger_->fingerprint_key());
}

bool Survey::too_many_creates() const {
  if (!end_.creates) return false;
  std::uint64_t creates = 0;
  for (const auto& [name, plan] : sources_) creates += plan.creates;
  return creates > *end_.creates;
}

bool Survey::read(const Export& what, std::optional<std::uint64_t> limit) {
  ExportRows rows(what);
  auto& plan = sources_[what.source];
  if (std::find(source_names_.begin(), source_names_.end(), what.source) == source_names_.end()) {
    source_names_.push_back(what.source);
  }
  ++export_number_;
  twice_ = overtaken_ = 0;
  answered_.clear();
  replaces_rows_ = rows.replaces_rows();
  Sightings sightings;
  ExportRow row;
  while (!limit || admitted_ < *limit) {
    if ((end_.stopped && end_.stopped()) || too_many_creates()) return false;
    if (!rows.next(row)) {
      std::ranges::move(rows.remarks(), std::back_inserter(plan.tally.remarks));
      if (twice_ > most_told)
        plan.tally.remarks.push_back(fmt::format("{}: {} more rows have the id of an earlier one",
                                                 what.file.filename().string(),
                                                 twice_ - most_told));
      return true;
    }
    ++plan.tally.rows_read;
    see(row, plan, sightings);
  }
  return false;
}

void Survey::see(const ExportRow& row, SourcePlan& plan, Sightings& sightings) {
  if (row.of_rejects && skip_overtaken(row, plan)) return;
  if (const auto* rejected = std::get_if<mapping::Rejected>(&row.outcome)) {
    see_rejected(row, *rejected, plan);
  } else if (const auto* excluded = std::get_if<mapping::Excluded>(&row.outcome)) {
    see_excluded(*excluded, row.origin.source, plan);
  } else {
    see_mapped(row, std::get<mapping::Mapped>(row.outcome), plan, sightings);
  }
}

void Survey::see_mapped(const ExportRow& row, const mapping::Mapped& mapped, SourcePlan& plan,
                        Sightings& sightings) {
  for (const auto& warning : mapped.warnings) ++plan.warnings[warning.code];
  const auto wanted = desired(mapped, key_);
  outdo_rejection(row, mapped.external_id, plan);
  Offered known;
  if (ledger_ != nullptr)
    known = ledger_->classify(wanted.external_id, row.origin.source, wanted.fingerprint);
  if (known.row == 0) {
    see_new(row, mapped, wanted, plan);
    return;
  }
  if (known.verdict == Verdict::other_source) {
    reject(row, mapped.external_id, {of_another_source(mapped.external_id, known.source)}, plan);
    return;
  }
  sightings.add(known.row);
  if (known.adopted && !adopted_.seen(known.row)) {
    adopted_.add(known.row);
    ++plan.adopted;
  }
  if (changed_.seen(known.row)) {
    supersede(known.row, mapped.external_id, plan);
    if (!replaces_rows_) tell_twice(row, "an earlier line", plan);
  }
  switch (known.verdict) {
    case Verdict::created:
    case Verdict::requeued:
      ++plan.tally.admitted;
      ++admitted_;
      // What waits already is counted with the waiting rows.
      if (known.verdict == Verdict::created) {
        count_create(row, mapped, wanted, plan);
      }
      break;
    case Verdict::changed:
      see_changed(row, mapped, known, plan);
      break;
    case Verdict::refused:
      ++plan.tally.refused;
      break;
    default:
      ++plan.tally.unchanged;
      if (known.invitation_differs) see_invitation(row, mapped, plan);
      if (asks_in_vain(mapped, known, key_)) ++plan.tally.closed;
      break;
  }
}

// It was told when it changed, and stays so.
void Survey::see_invitation(const ExportRow& row, const mapping::Mapped& mapped,
                            SourcePlan& plan) const {
  ++plan.tally.invitations;
  if (!visitor_.changed) return;
  ChangedRow changed;
  changed.external_id = mapped.external_id;
  changed.export_name = row.origin.export_name;
  changed.line = row.origin.line;
  changed.update.invitation_changed = true;
  changed.sent = false;
  visitor_.changed(changed);
}

// As Intake takes it.
void Survey::see_changed(const ExportRow& row, const mapping::Mapped& mapped, const Offered& known,
                         SourcePlan& plan) {
  ChangedRow changed;
  changed.update = update_of(mapped, known, key_);
  const auto& update = changed.update;
  if (update.invitation_changed) ++plan.tally.invitations;
  if (update.status_stays) ++plan.tally.backward;
  changed.sent = !update.nothing_to_send();
  if (changed.sent) {
    ++plan.tally.admitted;
    ++admitted_;
    ++plan.tally.changed;
    changed_.add(known.row);
    const auto requests = update.requests();
    requests_[known.row] = static_cast<std::uint16_t>(requests);
    plan.requests += requests;
  } else if (!update.refused.empty()) {
    ++plan.tally.refused;
  } else {
    ++plan.tally.unchanged;
    if (!update.invitation_changed && !update.status_stays) return;
  }
  if (!visitor_.changed) return;
  changed.external_id = mapped.external_id;
  changed.export_name = row.origin.export_name;
  changed.line = row.origin.line;
  if (known.deal != mapping::to_string(mapped.deal)) {
    changed.deal_before = known.deal;
    changed.deal_now = mapping::to_string(mapped.deal);
  }
  visitor_.changed(changed);
}

void Survey::tell_twice(const ExportRow& row, const std::string& earlier, SourcePlan& plan,
                        std::string_view what) {
  if (++twice_ > most_told) return;
  plan.tally.remarks.push_back(fmt::format("{}: {} and line {} have the same id and {}",
                                           row.origin.export_name, earlier, row.origin.line, what));
}

std::uint16_t Survey::number_of(const std::string& source) const {
  return static_cast<std::uint16_t>(std::ranges::find(source_names_, source) -
                                    source_names_.begin());
}

void Survey::see_new(const ExportRow& row, const mapping::Mapped& mapped,
                     const persistence::Desired& wanted, SourcePlan& plan) {
  const std::uint16_t requests = wanted.co_sell ? 2 : 1;
  const Met now{mapping::text_hash(wanted.fingerprint), export_number_,
                number_of(row.origin.source), requests,
                static_cast<std::uint32_t>(row.origin.line)};
  const auto [place, is_new] = new_ids_.emplace(mapping::text_hash(wanted.external_id), now);
  auto& met = place->second;
  if (is_new) {
    ++plan.tally.admitted;
    ++admitted_;
    return count_create(row, mapped, wanted, plan);
  }
  if (met.source_number != now.source_number)
    return reject(row, mapped.external_id,
                  {of_another_source(mapped.external_id, source_names_[met.source_number])}, plan);
  if (met.content == now.content) {
    met = now;
    ++plan.tally.unchanged;
    return;
  }
  if (met.export_number == export_number_ && !replaces_rows_)
    tell_twice(row, fmt::format("line {}", met.line), plan);
  // The newest content is what would be sent.
  plan.requests += requests - met.requests;
  met = now;
  ++plan.replaced;
  if (visitor_.created) visitor_.created(row, mapped);
}

// A row that waits is withdrawn when a later one excludes or breaks it: nothing was sent yet.
bool Survey::withdraw_create(const std::string& external_id, const std::string& source,
                             SourcePlan& plan) {
  const auto met = new_ids_.find(mapping::text_hash(external_id));
  if (met == new_ids_.end() || met->second.source_number != number_of(source)) return false;
  plan.requests -= met->second.requests;
  --plan.creates;
  --plan.tally.admitted;
  --admitted_;
  ++plan.replaced;
  new_ids_.erase(met);
  if (visitor_.withdrawn) visitor_.withdrawn(external_id);
  return true;
}

// And so is an update.
void Survey::withdraw_change(const std::string& external_id, const std::string& source,
                             SourcePlan& plan) {
  if (ledger_ == nullptr) return;
  const auto known = ledger_->classify(external_id, source, {});
  if (known.row != 0 && known.verdict != Verdict::other_source && changed_.seen(known.row))
    supersede(known.row, external_id, plan);
}

void Survey::supersede(persistence::RowKey row, const std::string& external_id, SourcePlan& plan) {
  changed_.remove(row);
  --plan.tally.changed;
  ++plan.replaced;
  plan.requests -= requests_[row];
  if (visitor_.superseded) visitor_.superseded(external_id);
}

void Survey::see_excluded(const mapping::Excluded& excluded, const std::string& source,
                          SourcePlan& plan) {
  ++plan.tally.excluded;
  if (excluded.deleted) ++plan.tally.deleted;
  if (excluded.external_id.empty()) return;
  const auto place = rejected_ids_.find(mapping::text_hash(excluded.external_id));
  if (place != rejected_ids_.end() && place->second.source_number == number_of(source)) {
    --plan.tally.rejected;
    ++plan.tally.unchanged;
    rejected_ids_.erase(place);
  }
  if (!withdraw_create(excluded.external_id, source, plan))
    withdraw_change(excluded.external_id, source, plan);
}

void Survey::see_rejected(const ExportRow& row, const mapping::Rejected& rejected,
                          SourcePlan& plan) {
  reject(row, rejected.external_id, rejected.reasons, plan);
  if (rejected.external_id.empty()) return;
  const auto id = mapping::text_hash(rejected.external_id);
  const auto& source = row.origin.source;
  const auto met = new_ids_.find(id);
  if (met != new_ids_.end() && met->second.source_number == number_of(source) &&
      met->second.export_number == export_number_ && !replaces_rows_)
    tell_twice(row, fmt::format("line {}", met->second.line), plan,
               "the last one counts: it is rejected");
  if (!withdraw_create(rejected.external_id, source, plan))
    withdraw_change(rejected.external_id, source, plan);
  const Refused now{export_number_, number_of(source), static_cast<std::uint32_t>(row.origin.line)};
  const auto [place, is_new] = rejected_ids_.emplace(id, now);
  if (!is_new && place->second.source_number == now.source_number) {
    --plan.tally.rejected;
    ++plan.tally.unchanged;
  }
  place->second = now;
}

// A rejected row whose place this one takes.
void Survey::outdo_rejection(const ExportRow& row, const std::string& external_id,
                             SourcePlan& plan) {
  const auto place = rejected_ids_.find(mapping::text_hash(external_id));
  if (place == rejected_ids_.end() || place->second.source_number != number_of(row.origin.source))
    return;
  if (place->second.export_number == export_number_ && !replaces_rows_)
    tell_twice(row, fmt::format("line {}", place->second.line), plan,
               "the last one counts: the other is rejected");
  rejected_ids_.erase(place);
  --plan.tally.rejected;
  ++plan.tally.unchanged;
}

// As Intake does.
bool Survey::skip_overtaken(const ExportRow& row, SourcePlan& plan) {
  if (ledger_ == nullptr) return false;
  std::string external_id;
  if (const auto* mapped = std::get_if<mapping::Mapped>(&row.outcome))
    external_id = mapped->external_id;
  if (const auto* rejected = std::get_if<mapping::Rejected>(&row.outcome))
    external_id = rejected->external_id;
  if (const auto* excluded = std::get_if<mapping::Excluded>(&row.outcome))
    external_id = excluded->external_id;
  const bool copy = row.rejection != 0 && !answered_.insert(row.rejection).second;
  if (external_id.empty() ||
      !ledger_->is_overtaken(external_id, row.origin.source, copy ? 0 : row.rejection,
                             row.origin.export_name))
    return false;
  ++plan.tally.unchanged;
  if (++overtaken_ <= most_told)
    plan.tally.remarks.push_back(
        fmt::format("{}: line {} is left out: {} has been dealt with since `rejects` wrote it",
                    row.origin.export_name, row.origin.line, external_id));
  return true;
}

void Survey::count_create(const ExportRow& row, const mapping::Mapped& mapped,
                          const persistence::Desired& wanted, SourcePlan& plan) const {
  ++plan.creates;
  plan.requests += wanted.co_sell ? 2 : 1;
  if (visitor_.created) visitor_.created(row, mapped);
}

void Survey::reject(const ExportRow& row, std::string external_id,
                    std::vector<mapping::Reason> reasons, SourcePlan& plan) {
  ++plan.tally.rejected;
  for (const auto& reason : reasons) ++plan.tally.by_reason[reason.code];
  if (!visitor_.rejected) return;
  visitor_.rejected(
      {std::move(external_id), row.origin.export_name, row.origin.line, std::move(reasons)});
}

}  // namespace referrald::sync
