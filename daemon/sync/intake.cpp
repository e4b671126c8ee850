#include "daemon/sync/intake.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include <fmt/format.h>

#include "daemon/sync/answered_rejections.hpp"
#include "daemon/sync/changed_row.hpp"

namespace referrald::sync {
namespace {

using persistence::Ledger;
using persistence::Rejection;
using persistence::Timestamp;
using persistence::Verdict;

// Rows are a kilobyte or two; of large ones fewer make a group.
constexpr std::size_t most_bytes_in_group = std::size_t{512} << 10U;
// Unchanged rows that are passed over before progress is told.
constexpr std::uint64_t most_before_progress = 16'384;

void count_rejected(Tally& tally, const std::vector<mapping::Reason>& reasons) {
  ++tally.rejected;
  for (const auto& reason : reasons) ++tally.by_reason[reason.code];
}

void count(Tally& tally, Verdict verdict) {
  switch (verdict) {
    case Verdict::created:
    case Verdict::requeued:
      ++tally.admitted;
      break;
    case Verdict::unchanged:
    case Verdict::closed:
      ++tally.unchanged;
      break;
    case Verdict::changed:
      ++tally.admitted;
      ++tally.changed;
      break;
    case Verdict::refused:
      ++tally.refused;
      break;
    case Verdict::other_source:
      break;
  }
}

}  // namespace

// What one export named so far.
struct Intake::Reading {
  explicit Reading(const UnchangedRows& known) : unchanged(known) {}

  const UnchangedRows& unchanged;
  bool replaces_rows = false;
  bool is_last = false;  // of its source
  std::string name;      // of the export
  Sightings rows;        // mapped and rejected ones
  Sightings rejected;
  RepeatedIds twice;
  std::uint64_t overtaken = 0;  // rows of `rejects` that the ledger has newer
  RecordRuns records;           // what the ledger remembers of those that were read so far
  bool repeated = false;        // some of them have one id
  AnsweredRejections rejections;

  // Up to that record all were passed over.
  void pass_over(std::uint64_t up_to) {
    while (records.count() < up_to) records.add(unchanged.fate(records.count()));
  }

  void tell_if_repeated(const ExportRow& row, const std::string& external_id,
                        const persistence::Offered& offered) {
    const auto known = offered.row;
    const bool after_left_out = twice.take_left_out(external_id);
    repeated = repeated || after_left_out || rows.seen(known);
    if (!replaces_rows) {
      if (rejected.seen(known))
        twice.add(row, RepeatedIds::replaces_rejected);
      else if (after_left_out)
        twice.add(row, RepeatedIds::replaces_excluded);
      else if (rows.seen(known) && !same_content(offered.verdict))
        twice.add(row, RepeatedIds::replaces);
    }
    rejected.remove(known);
    rows.add(known);
  }

  // A copied row answers nothing: where two rows name one rejection, both may need a person.
  persistence::RejectionId answered_by(const ExportRow& row) {
    if (row.rejection == 0 || !rejections.add(row.rejection)) return 0;
    return row.rejection;
  }
};

Intake::Intake(LedgerQueue& ledger, IntakeOptions options)
    : ledger_(ledger), options_(std::move(options)) {
  if (options_.claims != nullptr) claim_ = [this] { return options_.claims->take(); };
}

bool Intake::read(const Export& what) {
  of_export_ = {};
  const auto stamp = stamp_of(what.file);
  UnchangedRows unchanged;
  if (options_.find_unchanged && !options_.limit) unchanged = options_.find_unchanged(what);
  if (unchanged.all()) {
    finish_unread(what, unchanged);
    const bool nothing_told = unchanged.remarks().empty();
    if (stamp && unchanged.seen_export().empty() && unchanged.of_one_file() && nothing_told) {
      RecordRuns records;
      for (std::uint64_t i = 0; i < of_export_.rows_read; ++i) records.add(unchanged.fate(i));
      see_export(what, *stamp, records, {});
    }
    return true;
  }
  ExportRows rows(what);
  rows.hash_records(options_.key);
  Reading reading(unchanged);
  reading.replaces_rows = rows.replaces_rows();
  reading.is_last = options_.is_last && options_.is_last();
  reading.name = what.file.filename().string();
  RowGroupsAhead ahead;
  std::exception_ptr damage;
  bool more = true;
  bool full = false;
  while ((more && !full && !stopped_) || !ahead.empty()) {
    if (more && !full && !stopped_ && !ahead.full()) {
      if (options_.pace) options_.pace();
      auto group = ahead.empty_group();
      more = fill(*group, rows, reading, damage);
      submit(*group, reading);
      ahead.add(std::move(group));
      // With a limit, what the next group may admit is known only when this one is done.
      if (!options_.limit && !ahead.full()) continue;
    }
    auto oldest = ahead.take_oldest();
    full = full || oldest->full;
    finish(*oldest, rows);
    ahead.give_back(std::move(oldest));
  }
  if (damage) std::rethrow_exception(damage);
  const bool whole = !full && !more && !left_out_;
  if (whole) {
    auto remarks = rows.remarks();
    const bool next_time_the_same = !reading.repeated && remarks.empty() && rows.is_one_file();
    std::ranges::move(remarks, std::back_inserter(tally_.remarks));
    finish_reading(what, reading);
    finish_export(what);
    reading.pass_over(of_export_.rows_read);
    if (stamp && next_time_the_same)
      see_export(what, *stamp, reading.records, unchanged.seen_export());
  }
  return whole;
}

// Of rows with one id only the last one is sent, if it comes soon enough.
void Intake::find_repeated(RowGroup& group) {
  std::unordered_set<std::string_view> ids;
  for (const auto& entry : group.rows()) {
    const std::string& id = external_id_of(entry.row.outcome);
    if (!id.empty() && !ids.insert(id).second) group.repeated.insert(id);
  }
}

void Intake::submit(RowGroup& group, Reading& reading) {
  std::function<void(std::exception_ptr)> done;
  if (options_.claims != nullptr) {
    find_repeated(group);
    group.claimed = std::make_shared<std::vector<persistence::Intent>>();
    done = [claimed = group.claimed,
            hand_over = options_.hand_over](const std::exception_ptr& error) {
      if (error || !claimed->empty()) hand_over(std::move(*claimed), error);
    };
  }
  LedgerWork work = [this, &group, &reading](Ledger& ledger) { take(ledger, group, reading); };
  group.done = ledger_.submit(std::move(work), std::move(done));
}

void Intake::finish_export(const Export& what) {
  ledger_
      .submit([&](Ledger& ledger) {
        ledger.finish_export(what.source, what.file.filename().string(), options_.run);
      })
      .get();
}

// For the next time that it comes as it is.
// `before`: how the ledger has it.
void Intake::see_export(const Export& what, const FileStamp& stamp, RecordRuns& records,
                        const std::string& before) {
  persistence::SeenExport seen;
  seen.bytes = static_cast<std::uint64_t>(stamp.size);
  seen.records = records.finish();
  seen.excludes = records.excludes();
  if (seen.records.empty() || seen.records == before) return;
  const auto hash = hash_of_export(what, options_.key, [this] { return stopped(); });
  const auto now = stamp_of(what.file);
  if (!hash || now != stamp || now->touched_ns != stamp.touched_ns) return;
  seen.hash = *hash;
  ledger_.submit([&](Ledger& ledger) { ledger.see_export(what.source, seen); }).get();
}

// All of it is as it was.
void Intake::finish_unread(const Export& what, const UnchangedRows& unchanged) {
  of_export_.unchanged = unchanged.unchanged();
  of_export_.excluded = unchanged.excluded();
  of_export_.rows_read = of_export_.unchanged + of_export_.excluded;
  of_export_.remarks = unchanged.remarks();
  tally_ += of_export_;
  if (options_.progress) options_.progress(tally_, 0, 0);
  finish_export(what);
}

// False when the export has ended, by its end or by `damage`.
bool Intake::fill(RowGroup& group, ExportRows& rows, const Reading& reading,
                  std::exception_ptr& damage) const {
  try {
    while (group.size < options_.rows_together && group.bytes < most_bytes_in_group &&
           group.tally.rows_read < most_before_progress) {
      const auto fate = reading.unchanged.fate(rows.next_number());
      if (!(is_known(fate) ? rows.pass_over() : rows.read())) return false;
      if (is_known(fate)) {
        ++group.tally.rows_read;
        ++(fate == RecordFate::excluded ? group.tally.excluded : group.tally.unchanged);
        continue;
      }
      auto& [row, wanted, number, final] = group.add();
      rows.take(row);
      number = rows.number();
      final = reading.is_last && fate == RecordFate::to_map_alone;
      group.bytes += row.origin.cells.size();
      if (const auto* mapped = std::get_if<mapping::Mapped>(&row.outcome))
        desire(*mapped, options_.key, wanted);
      else
        wanted = {};
    }
  } catch (const mapping::ExportError&) {
    damage = std::current_exception();
    return false;
  }
  return true;
}

void Intake::finish(RowGroup& group, const ExportRows& rows) {
  tally_ += group.tally;
  of_export_ += group.tally;
  tally_.rejected -= group.outdone;
  tally_.unchanged += group.outdone;
  for (const auto& source : group.relieved) relieve(source);
  if (options_.progress) options_.progress(tally_, rows.bytes_read(), rows.bytes_total());
}

// A later row of its id says something that can be done.
void Intake::relieve(const std::string& source) {
  --tally_.refused;
  ++tally_.unchanged;
  auto& told = tally_.refused_before;
  const auto entry = std::ranges::find(told, source, &RefusedBefore::source);
  if (entry != told.end() && --entry->rows == 0) told.erase(entry);
}

// On the ledger's thread, inside a transaction.
void Intake::take(Ledger& ledger, RowGroup& group, Reading& reading) {
  Tally& tally = group.tally;
  for (auto& entry : group.rows()) {
    if (options_.limit && tally_.admitted + tally.admitted >= *options_.limit) {
      left_out_ = true;
      // A row that is held back may be taken back by a later one.
      group.full = !options_.revises_waiting && tally_.held + tally.held == 0;
      if (group.full) return;
      if (!concerns_what_waits(ledger, entry.row, entry.desired)) continue;
    }
    ++tally.rows_read;
    reading.pass_over(entry.number);
    reading.records.add(take_row(ledger, entry, group, reading));
  }
}

RecordFate Intake::take_row(Ledger& ledger, RowGroup::Entry& entry, RowGroup& group,
                            Reading& reading) {
  ExportRow& row = entry.row;
  const auto answers = reading.answered_by(row);
  if (row.of_rejects && skip_overtaken(ledger, row, entry.desired, answers, group.tally, reading))
    return RecordFate::to_map;
  if (std::holds_alternative<mapping::Mapped>(row.outcome))
    return take_mapped(ledger, entry, answers, group, reading);
  if (std::holds_alternative<mapping::Excluded>(row.outcome))
    return take_excluded(ledger, row, answers, group, reading);
  take_rejected(ledger, row, answers, group, reading);
  return RecordFate::to_map;
}

// Nothing else is admitted beyond the limit.
bool Intake::concerns_what_waits(Ledger& ledger, const ExportRow& row,
                                 const persistence::Desired& wanted) {
  const auto& external_id = external_id_of(row.outcome);
  return !external_id.empty() &&
         ledger.classify(external_id, row.origin.source, wanted.fingerprint).waits;
}

// Of a row that `rejects` wrote the ledger may have newer content, or a referral, by now.
bool Intake::skip_overtaken(Ledger& ledger, const ExportRow& row,
                            const persistence::Desired& wanted, persistence::RejectionId answers,
                            Tally& tally, Reading& reading) const {
  const auto& external_id = external_id_of(row.outcome);
  const auto& origin = row.origin;
  if (external_id.empty() ||
      !ledger.is_overtaken(external_id, origin.source, answers, origin.export_name))
    return false;
  ++tally.unchanged;
  const bool same =
      std::holds_alternative<mapping::Mapped>(row.outcome) &&
      same_content(ledger.classify(external_id, origin.source, wanted.fingerprint).verdict);
  if (!same && ++reading.overtaken <= most_told)
    tally.remarks.push_back(
        fmt::format("{}: line {} is left out: {} has been dealt with since `rejects` wrote it",
                    reading.name, origin.line, external_id));
  return true;
}

void Intake::take_rejected(Ledger& ledger, ExportRow& row, persistence::RejectionId answers,
                           RowGroup& group, Reading& reading) {
  const auto& rejected = std::get<mapping::Rejected>(row.outcome);
  const bool stands = row.unmended && ledger.keep_rejection(answers, row.origin.source,
                                                            row.origin.export_name, options_.run);
  if (!stands) {
    refuse(ledger, row, rejected.external_id, rejected.reasons, answers, group, reading);
    return;
  }
  tell_rejected(row.origin, rejected.external_id, rejected.reasons, group.tally);
  count_rejected(group.tally, rejected.reasons);
}

void Intake::refuse(Ledger& ledger, ExportRow& row, const std::string& external_id,
                    const std::vector<mapping::Reason>& reasons, persistence::RejectionId answers,
                    RowGroup& group, Reading& reading) {
  tell_rejected(row.origin, external_id, reasons, group.tally);
  Rejection rejection{row.origin, external_id, reasons_json(reasons)};
  rejection.answers = answers;
  const auto known = ledger.reject(rejection, options_.run, options_.now());
  count_rejected(group.tally, reasons);
  if (known == 0) return;
  const bool earlier = reading.twice.take_left_out(external_id) || reading.rows.seen(known);
  reading.repeated = reading.repeated || earlier;
  if (earlier && !reading.replaces_rows) reading.twice.add(row, RepeatedIds::is_rejected);
  take_back(known, row, group);
  reading.rows.add(known);
  reading.rejected.add(known);
  if (rejected_.seen(known)) ++group.outdone;
  rejected_.add(known);
}

RecordFate Intake::take_excluded(Ledger& ledger, const ExportRow& row,
                                 persistence::RejectionId answers, RowGroup& group,
                                 Reading& reading) {
  const auto& excluded = std::get<mapping::Excluded>(row.outcome);
  ++group.tally.excluded;
  group.tally.deleted += excluded.deleted ? 1 : 0;
  if (answers != 0) ledger.answer_rejection(answers, row.origin.source);
  if (excluded.external_id.empty()) return RecordFate::to_map;
  const auto record = row.record == 0 ? 0 : excluded_record(row.record);
  const auto was = ledger.exclude(excluded.external_id, row.origin.source, options_.now(), record);
  reading.twice.left_out(row);
  const auto fate = was.remembered ? RecordFate::excluded : RecordFate::to_map;
  if (was.row == 0) return fate;
  if (reading.rows.seen(was.row)) {
    reading.repeated = true;
    if (!reading.replaces_rows) reading.twice.add(row, RepeatedIds::is_excluded);
  }
  // The ledger may have forgotten it, and give its key to another row.
  reading.rows.remove(was.row);
  reading.rejected.remove(was.row);
  take_back(was.row, row, group);
  if (rejected_.seen(was.row)) ++group.outdone;
  rejected_.remove(was.row);
  return fate;
}

// Of a row that was counted as changed, or as refused.
void Intake::take_back(persistence::RowKey known, const ExportRow& row, RowGroup& group) {
  if (changed_.seen(known)) ++group.tally.replaced;
  changed_.remove(known);
  if (refused_.seen(known)) group.relieved.push_back(row.origin.source);
  refused_.remove(known);
}

RecordFate Intake::take_mapped(Ledger& ledger, RowGroup::Entry& entry,
                               persistence::RejectionId answers, RowGroup& group,
                               Reading& reading) {
  auto& [row, wanted, number, final] = entry;
  Tally& tally = group.tally;
  const auto now = options_.now();
  const bool comes_again = group.repeated.contains(wanted.external_id);
  auto offered = comes_again ? ledger.offer(wanted, row.origin, now)
                             : ledger.offer(wanted, row.origin, now, claim_);
  if (offered.claimed) group.claimed->push_back(*std::move(offered.claimed));
  Verdict verdict = offered.verdict;
  if (verdict == Verdict::other_source) {
    refuse(ledger, row, {}, {of_another_source(wanted.external_id, offered.source)}, answers, group,
           reading);
    return RecordFate::to_map;
  }
  if (answers != 0) ledger.answer_rejection(answers, row.origin.source);
  const auto& mapped = std::get<mapping::Mapped>(row.outcome);
  const bool in_vain = asks_in_vain(mapped, wanted.fingerprint, offered, options_.key);
  if (in_vain) ++tally.closed;
  bool held = wanted.hold;
  if (verdict == Verdict::changed) {
    const auto update = update_of(mapped, wanted.fingerprint, offered, options_.key);
    const bool at_once = final && may_leave_at_once(update, wanted, offered);
    auto changed = ledger.change(offered.row, change_of(update, wanted, offered), row.origin, now,
                                 at_once ? claim_ : persistence::AskForClaim{});
    verdict = changed.verdict;
    held = !changed.claimed;
    if (changed.claimed) group.claimed->push_back(*std::move(changed.claimed));
    if (update.invitation_changed) ++tally.invitations;
    if (update.status_stays) ++tally.backward;
  }
  const auto fate = see(ledger, row, offered, in_vain);
  reading.tell_if_repeated(row, wanted.external_id, offered);
  if (!same_content(offered.verdict) || verdict == Verdict::refused)
    take_back(offered.row, row, group);
  if (rejected_.seen(offered.row)) ++group.outdone;
  rejected_.remove(offered.row);
  if (verdict == Verdict::changed) changed_.add(offered.row);
  if (verdict == Verdict::refused) refused_.add(offered.row);
  count(tally, verdict);
  const bool creates = verdict == Verdict::created || verdict == Verdict::requeued;
  if ((verdict == Verdict::changed || creates) && held) ++tally.held;
  if (verdict == Verdict::refused) tell_refused(row.origin, wanted.external_id, tally);
  return fate;
}

// The next time this record need not be mapped, if it would change nothing and nobody need be told
// of it.
RecordFate Intake::see(Ledger& ledger, const ExportRow& row, const persistence::Offered& offered,
                       bool in_vain) {
  const auto verdict = offered.verdict;
  const bool taken = verdict == Verdict::created || verdict == Verdict::requeued;
  const bool same = (verdict == Verdict::unchanged && !offered.invitation_differs) ||
                    (verdict == Verdict::closed && !in_vain);
  const auto& mapped = std::get<mapping::Mapped>(row.outcome);
  if (row.record == 0 || !(taken || same)) return RecordFate::to_map;
  const bool seen = ledger.see_record(offered.row, mapped.external_id, row.record);
  return seen ? RecordFate::unchanged : RecordFate::to_map;
}

// Neither values nor messages, which may show them.
void Intake::tell_rejected(const persistence::Origin& origin, const std::string& external_id,
                           const std::vector<mapping::Reason>& reasons, Tally& tally) const {
  for (const auto& reason : reasons) {
    tally.add(Rejections{origin.source, reason.code, 1, origin.export_name, origin.line,
                         external_id, reason.column});
    if (options_.log != nullptr)
      options_.log->write("row-rejected", {{"source", origin.source},
                                           {"export", origin.export_name},
                                           {"line", origin.line},
                                           {"external_reference_id", external_id},
                                           {"code", reason.code},
                                           {"columns", reason.column}});
  }
}

void Intake::tell_refused(const persistence::Origin& origin, const std::string& external_id,
                          Tally& tally) const {
  tally.add(RefusedBefore{origin.source, 1, origin.export_name, origin.line, external_id});
  if (options_.log != nullptr)
    options_.log->write("row-refused-before", {{"source", origin.source},
                                               {"export", origin.export_name},
                                               {"line", origin.line},
                                               {"external_reference_id", external_id}});
}

void Intake::finish_reading(const Export& what, Reading& reading) {
  std::ranges::move(reading.twice.remarks(what), std::back_inserter(tally_.remarks));
  if (reading.overtaken > most_told)
    tally_.remarks.push_back(
        fmt::format("{}: {} more rows have been dealt with since `rejects` wrote them",
                    reading.name, reading.overtaken - most_told));
}

}  // namespace referrald::sync
