#include "daemon/sync/survey.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "mapping/fingerprint.hpp"

namespace referrald::sync {
namespace {

using persistence::Offered;
using persistence::Verdict;

// Of a row that would be sent.
void count_warnings(const mapping::Mapped& mapped, SourcePlan& plan) {
  for (const auto code : mapped.warnings) ++plan.warnings[std::string(code)];
}

}  // namespace

Survey::Survey(persistence::Ledger* ledger, SurveyVisitor visitor, SurveyEnd end)
    : ledger_(ledger), visitor_(std::move(visitor)), end_(std::move(end)) {
  if (ledger_ != nullptr) key_ = key_of(ledger_->fingerprint_key());
}

bool Survey::too_many_creates() const {
  if (!end_.creates) return false;
  std::uint64_t creates = 0;
  for (const auto& [name, plan] : sources_) creates += plan.creates + plan.upgrades;
  return creates > *end_.creates;
}

// With what earlier exports say of a row, a later one's is to be looked at.
UnchangedRows Survey::find_unchanged(const Export& what) const {
  if (ledger_ == nullptr) return {};
  SearchOptions options;
  options.stopped = end_.stopped;
  if (mapped_) options.touched = [this](persistence::RowKey row) { return touched_.seen(row); };
  return sync::find_unchanged(what, *ledger_, options);
}

bool Survey::read(const Export& what, std::optional<std::uint64_t> limit) {
  const auto unchanged = limit ? UnchangedRows{} : find_unchanged(what);
  ExportRows rows(what);
  auto& plan = sources_[what.source];
  if (unchanged.all()) {
    count({unchanged.unchanged(), unchanged.excluded()}, plan);
    std::ranges::copy(unchanged.remarks(), std::back_inserter(plan.tally.remarks));
    return true;
  }
  if (std::find(source_names_.begin(), source_names_.end(), what.source) == source_names_.end()) {
    source_names_.push_back(what.source);
  }
  ++export_number_;
  twice_ = {};
  sightings_ = {};
  overtaken_ = 0;
  answered_.clear();
  replaces_rows_ = rows.replaces_rows();
  RowsAhead ahead(rows, unchanged);
  while (!limit || admitted_ < *limit) {
    if ((end_.stopped && end_.stopped()) || too_many_creates()) return false;
    const ExportRow* const row = next_row(ahead, plan);
    if (row == nullptr) {
      std::ranges::move(rows.remarks(), std::back_inserter(plan.tally.remarks));
      std::ranges::move(twice_.remarks(what), std::back_inserter(plan.tally.remarks));
      return true;
    }
    ++plan.tally.rows_read;
    content_ = ahead.content();
    see(*row, plan);
  }
  return false;
}

const ExportRow* Survey::next_row(RowsAhead& ahead, SourcePlan& plan) {
  PassedOver passed_over;
  try {
    const ExportRow* const row = ahead.next(passed_over);
    count(passed_over, plan);
    return row;
  } catch (...) {
    count(passed_over, plan);
    throw;
  }
}

void Survey::count(const PassedOver& passed_over, SourcePlan& plan) {
  plan.tally.rows_read += passed_over.rows();
  plan.tally.unchanged += passed_over.unchanged;
  plan.tally.excluded += passed_over.excluded;
}

void Survey::see(const ExportRow& row, SourcePlan& plan) {
  mapped_ = true;
  if (row.of_rejects && skip_overtaken(row, plan)) return;
  if (!std::holds_alternative<mapping::Mapped>(row.outcome))
    touch(external_id_of(row.outcome), row.origin.source);
  if (const auto* rejected = std::get_if<mapping::Rejected>(&row.outcome)) {
    see_rejected(row, *rejected, plan);
  } else if (const auto* excluded = std::get_if<mapping::Excluded>(&row.outcome)) {
    see_excluded(row, *excluded, plan);
  } else {
    see_mapped(row, std::get<mapping::Mapped>(row.outcome), plan);
  }
}

persistence::Offered Survey::classify(std::string_view external_id, std::string_view source,
                                      std::string_view fingerprint) const {
  return ledger_ == nullptr ? Offered{} : ledger_->classify(external_id, source, fingerprint);
}

void Survey::touch(const std::string& external_id, const std::string& source) {
  if (external_id.empty()) return;
  const auto known = classify(external_id, source, {});
  if (known.row != 0) touched_.add(known.row);
}

void Survey::see_mapped(const ExportRow& row, const mapping::Mapped& mapped, SourcePlan& plan) {
  const bool after_left_out = twice_.take_left_out(mapped.external_id);
  const bool outdone = outdo_rejection(row, mapped.external_id, plan);
  const bool in_place_of_left_out = !outdone && after_left_out;
  if (in_place_of_left_out && !replaces_rows_) twice_.add(row, RepeatedIds::replaces_excluded);
  const bool told = outdone || in_place_of_left_out;
  // What is hashed to compare it is not needed of a row that the ledger does not know.
  Offered known = classify(mapped.external_id, row.origin.source, {});
  if (known.row == 0 || known.verdict == Verdict::created) {
    see_new(row, mapped, told, plan);
    return;
  }
  const auto fingerprint = fingerprint_of(mapped, key_);
  known = classify(mapped.external_id, row.origin.source, fingerprint);
  if (known.verdict == Verdict::other_source) {
    reject(row, mapped.external_id, {of_another_source(mapped.external_id, known.source)}, plan);
    return;
  }
  touched_.add(known.row);
  const auto content = mapping::text_hash(fingerprint);
  const bool again = sightings_.seen(known.row);
  sightings_.add(known.row);
  if (again && !told && !replaces_rows_ && is_other_content(known, content))
    twice_.add(row, RepeatedIds::replaces);
  if (known.adopted && !adopted_.seen(known.row)) {
    adopted_.add(known.row);
    ++plan.adopted;
  }
  const auto place = static_cast<std::uint64_t>(known.row);
  if (auto asked = asked_.find(place); asked && asked->content == content) {
    asked->export_number = export_number_;
    asked_.put(place, *asked);
    ++plan.tally.unchanged;
    return;
  }
  if (changed_.seen(known.row)) supersede(known.row, mapped.external_id, plan);
  if (!same_content(known.verdict))
    asked_.put(place, {content, export_number_});
  else
    asked_.erase(place);
  switch (known.verdict) {
    case Verdict::requeued:  // what waits already is counted with the waiting rows
      count_warnings(mapped, plan);
      ++plan.tally.admitted;
      ++admitted_;
      break;
    case Verdict::changed:
      see_changed(row, mapped, fingerprint, known, plan);
      break;
    case Verdict::refused:
      ++plan.tally.refused;
      break;
    default:
      ++plan.tally.unchanged;
      if (known.invitation_differs) see_invitation(row, mapped, plan);
      if (asks_in_vain(mapped, fingerprint, known, key_)) ++plan.tally.closed;
      break;
  }
}

// Whether an earlier row of this export, whose id is that of a row of the ledger, says other
// things.
bool Survey::is_other_content(const Offered& known, std::uint64_t content) const {
  const auto asked = asked_.find(static_cast<std::uint64_t>(known.row));
  const bool as_in_ledger = !asked || asked->export_number != export_number_;
  return as_in_ledger ? !same_content(known.verdict) : asked->content != content;
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
void Survey::see_changed(const ExportRow& row, const mapping::Mapped& mapped,
                         std::string_view fingerprint, const Offered& known, SourcePlan& plan) {
  ChangedRow changed;
  changed.update = update_of(mapped, fingerprint, known, key_);
  const auto& update = changed.update;
  if (update.invitation_changed) ++plan.tally.invitations;
  if (update.status_stays) ++plan.tally.backward;
  changed.sent = !update.nothing_to_send();
  if (changed.sent) {
    count_warnings(mapped, plan);
    ++plan.tally.admitted;
    ++admitted_;
    ++plan.tally.changed;
    changed_.add(known.row);
    const auto requests = update.requests(end_.looks);
    requests_.put(static_cast<std::uint64_t>(known.row), static_cast<std::uint16_t>(requests));
    plan.requests += requests;
    if (update.invites) {
      ++plan.upgrades;
      upgraded_.add(known.row);
    }
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

std::uint16_t Survey::number_of(const std::string& source) const {
  return static_cast<std::uint16_t>(std::ranges::find(source_names_, source) -
                                    source_names_.begin());
}

void Survey::see_new(const ExportRow& row, const mapping::Mapped& mapped, bool told,
                     SourcePlan& plan) {
  const auto requests = static_cast<std::uint16_t>(requests_of_new(mapped));
  const Met now{content_, export_number_, number_of(row.origin.source), requests};
  const auto id = mapping::text_hash(mapped.external_id);
  const auto met = new_ids_.find(id);
  if (!met) {
    new_ids_.put(id, now);
    count_warnings(mapped, plan);
    ++plan.tally.admitted;
    ++admitted_;
    return count_create(row, mapped, requests, plan);
  }
  if (met->source_number != now.source_number)
    return reject(row, mapped.external_id,
                  {of_another_source(mapped.external_id, source_names_[met->source_number])}, plan);
  new_ids_.put(id, now);
  if (met->content == now.content) {
    ++plan.tally.unchanged;
    return;
  }
  if (met->export_number == export_number_ && !replaces_rows_ && !told)
    twice_.add(row, RepeatedIds::replaces);
  // The newest content is what would be sent.
  plan.requests += requests - met->requests;
  ++plan.replaced;
  if (visitor_.created) visitor_.created(row, mapped);
}

// A row that waits is withdrawn when a later one excludes or breaks it: nothing was sent yet.
bool Survey::withdraw_create(const std::string& external_id, const std::string& source,
                             SourcePlan& plan) {
  const auto id = mapping::text_hash(external_id);
  const auto met = new_ids_.find(id);
  if (!met || met->source_number != number_of(source)) return false;
  plan.requests -= met->requests;
  --plan.creates;
  --plan.tally.admitted;
  --admitted_;
  ++plan.replaced;
  new_ids_.erase(id);
  if (visitor_.withdrawn) visitor_.withdrawn(external_id);
  return true;
}

// And so is an update.
void Survey::withdraw_change(const std::string& external_id, const std::string& source,
                             SourcePlan& plan) {
  if (ledger_ == nullptr) return;
  const auto known = ledger_->classify(external_id, source, {});
  if (known.row == 0 || known.verdict == Verdict::other_source) return;
  asked_.erase(static_cast<std::uint64_t>(known.row));  // whoever asks for it again asks anew
  if (changed_.seen(known.row)) supersede(known.row, external_id, plan);
}

void Survey::supersede(persistence::RowKey row, const std::string& external_id, SourcePlan& plan) {
  changed_.remove(row);
  --plan.tally.admitted;  // a limit counts it all the same, as a sync does
  --plan.tally.changed;
  ++plan.replaced;
  plan.requests -= requests_.find(static_cast<std::uint64_t>(row)).value_or(0);
  if (upgraded_.seen(row)) --plan.upgrades;
  upgraded_.remove(row);
  if (visitor_.superseded) visitor_.superseded(external_id);
}

// Whether an earlier row of this export, mapped or rejected, has the id.
bool Survey::is_met(const std::string& external_id, const std::string& source) const {
  const auto id = mapping::text_hash(external_id);
  const auto here = [&](const auto& ids) {
    const auto met = ids.find(id);
    return met && met->source_number == number_of(source) && met->export_number == export_number_;
  };
  if (here(new_ids_) || here(rejected_ids_)) return true;
  if (ledger_ == nullptr) return false;
  const auto known = ledger_->classify(external_id, source, {});
  return known.row != 0 && known.verdict != Verdict::other_source && sightings_.seen(known.row);
}

void Survey::see_excluded(const ExportRow& row, const mapping::Excluded& excluded,
                          SourcePlan& plan) {
  const auto& source = row.origin.source;
  ++plan.tally.excluded;
  if (excluded.deleted) ++plan.tally.deleted;
  if (excluded.external_id.empty()) return;
  if (!replaces_rows_ && is_met(excluded.external_id, source))
    twice_.add(row, RepeatedIds::is_excluded);
  twice_.left_out(row);
  const auto id = mapping::text_hash(excluded.external_id);
  const auto rejected = rejected_ids_.find(id);
  if (rejected && rejected->source_number == number_of(source)) {
    --plan.tally.rejected;
    ++plan.tally.unchanged;
    rejected_ids_.erase(id);
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
  const bool after_left_out = twice_.take_left_out(rejected.external_id);
  if (!replaces_rows_ && (after_left_out || is_met(rejected.external_id, source)))
    twice_.add(row, RepeatedIds::is_rejected);
  if (!withdraw_create(rejected.external_id, source, plan))
    withdraw_change(rejected.external_id, source, plan);
  const Refused now{export_number_, number_of(source)};
  const auto before = rejected_ids_.find(id);
  if (before && before->source_number == now.source_number) {
    --plan.tally.rejected;
    ++plan.tally.unchanged;
  }
  rejected_ids_.put(id, now);
}

// Whether it takes the place of a rejected row of this export, which is told.
bool Survey::outdo_rejection(const ExportRow& row, const std::string& external_id,
                             SourcePlan& plan) {
  const auto id = mapping::text_hash(external_id);
  const auto rejected = rejected_ids_.find(id);
  if (!rejected || rejected->source_number != number_of(row.origin.source)) return false;
  const bool here = rejected->export_number == export_number_;
  if (here && !replaces_rows_) twice_.add(row, RepeatedIds::replaces_rejected);
  rejected_ids_.erase(id);
  --plan.tally.rejected;
  ++plan.tally.unchanged;
  return here;
}

// As Intake does.
bool Survey::skip_overtaken(const ExportRow& row, SourcePlan& plan) {
  if (ledger_ == nullptr) return false;
  const auto& external_id = external_id_of(row.outcome);
  const bool copy = row.rejection != 0 && !answered_.add(row.rejection);
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
                          std::uint16_t requests, SourcePlan& plan) const {
  ++plan.creates;
  plan.requests += requests;
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
