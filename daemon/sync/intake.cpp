#include "daemon/sync/intake.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <iterator>
#include <memory>
#include <unordered_set>

#include <fmt/format.h>

#include "daemon/sync/changed_row.hpp"

namespace referrald::sync {
namespace {

using persistence::Ledger;
using persistence::Rejection;
using persistence::Timestamp;
using persistence::Verdict;

// Rows that enter the ledger in one piece of work, and how many such pieces may wait there while
// the next is being mapped: the bound on memory.
constexpr std::size_t rows_per_group = 128;
constexpr std::size_t groups_ahead = 2;
// Ids that occur twice: of so many their lines are told.
constexpr std::uint64_t most_told = 20;

void count_rejected(Tally& tally, const std::vector<mapping::Reason>& reasons) {
  ++tally.rejected;
  for (const auto& reason : reasons) ++tally.by_reason[reason.code];
}

// Adds to the entry of the same source, and code; there are few.
template <typename Entry, typename Same>
void add(std::vector<Entry>& entries, const Entry& entry, Same same) {
  const auto known =
      std::ranges::find_if(entries, [&](const Entry& one) { return same(one, entry); });
  if (known == entries.end())
    entries.push_back(entry);
  else
    known->rows += entry.rows;
}

bool same_rejections(const Rejections& a, const Rejections& b) {
  return a.code == b.code && a.source == b.source;
}

bool same_source(const RefusedBefore& a, const RefusedBefore& b) {
  return a.source == b.source;
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

Tally& Tally::operator+=(const Tally& other) {
  rows_read += other.rows_read;
  admitted += other.admitted;
  unchanged += other.unchanged;
  changed += other.changed;
  replaced += other.replaced;
  invitations += other.invitations;
  excluded += other.excluded;
  deleted += other.deleted;
  rejected += other.rejected;
  refused += other.refused;
  for (const auto& [code, rows] : other.by_reason) by_reason[code] += rows;
  remarks.insert(remarks.end(), other.remarks.begin(), other.remarks.end());
  for (const auto& one : other.rejections) add(rejections, one, same_rejections);
  for (const auto& one : other.refused_before) add(refused_before, one, same_source);
  return *this;
}

bool Sightings::seen(persistence::RowKey row) const {
  const auto index = static_cast<std::size_t>(row);
  return index < bits_.size() && bits_[index];
}

void Sightings::add(persistence::RowKey row) {
  const auto index = static_cast<std::size_t>(row);
  if (index >= bits_.size()) bits_.resize(index + index / 2 + 64);
  bits_[index] = true;
}

void Sightings::remove(persistence::RowKey row) {
  if (seen(row)) bits_[static_cast<std::size_t>(row)] = false;
}

// Groups on their way through the ledger's thread, which uses them: they are waited for, whatever
// happens.
struct Intake::Ahead {
  std::deque<std::unique_ptr<Group>> groups;
  ~Ahead();
};

struct Intake::Group {
  struct Entry {
    ExportRow row;
    persistence::Desired desired;  // of a mapped row
  };
  std::vector<Entry> rows;
  Tally tally;
  bool full = false;  // a row was left out for want of room
  std::future<void> done;
};

// What one export named so far.
struct Intake::Reading {
  bool replaces_rows = false;
  std::string name;  // of the export
  Sightings rows;
  Sightings touched;        // of them, those whose line the ledger knows
  std::uint64_t twice = 0;  // rows whose place a later one of this export took
  std::unordered_set<persistence::RejectionId> rejections;

  // A copied row answers nothing: where two rows name one rejection, both may need a person.
  persistence::RejectionId answered_by(const ExportRow& row) {
    if (row.rejection == 0 || !rejections.insert(row.rejection).second) return 0;
    return row.rejection;
  }
};

Intake::Ahead::~Ahead() {
  for (const auto& group : groups) group->done.wait();
}

Intake::Intake(LedgerQueue& ledger, IntakeOptions options)
    : ledger_(ledger), options_(std::move(options)) {}

bool Intake::read(const Export& what) {
  ExportRows rows(what);
  Reading reading;
  reading.replaces_rows = rows.replaces_rows();
  reading.name = what.file.filename().string();
  Ahead pending;
  auto& ahead = pending.groups;
  std::exception_ptr damage;
  bool more = true;
  bool full = false;
  while ((more && !full && !stopped_) || !ahead.empty()) {
    if (more && !full && !stopped_ && ahead.size() < groups_ahead) {
      if (options_.pace) options_.pace();
      auto group = std::make_unique<Group>();
      more = fill(*group, rows, damage);
      Group* const work = group.get();
      work->done =
          ledger_.submit([this, work, &reading](Ledger& ledger) { take(ledger, *work, reading); });
      ahead.push_back(std::move(group));
      // With a limit, what the next group may admit is known only when this one is done.
      if (!options_.limit && ahead.size() < groups_ahead) continue;
    }
    const auto oldest = std::move(ahead.front());
    ahead.pop_front();
    oldest->done.get();
    full = full || oldest->full;
    finish(*oldest, rows);
  }
  ledger_.submit([this](Ledger& ledger) { ledger.release_changes(options_.now()); }).get();
  if (damage) std::rethrow_exception(damage);
  const bool whole = !full && !more;
  if (whole) {
    std::ranges::move(rows.remarks(), std::back_inserter(tally_.remarks));
    if (reading.twice > most_told)
      tally_.remarks.push_back(fmt::format("{}: {} more ids occur twice with different content",
                                           reading.name, reading.twice - most_told));
    ledger_
        .submit([&](Ledger& ledger) {
          ledger.finish_export(what.source, what.file.filename().string(), options_.run);
        })
        .get();
  }
  return whole;
}

// False when the export has ended, by its end or by `damage`.
bool Intake::fill(Group& group, ExportRows& rows, std::exception_ptr& damage) const {
  try {
    ExportRow row;
    while (group.rows.size() < rows_per_group) {
      if (!rows.next(row)) return false;
      persistence::Desired wanted;
      if (const auto* mapped = std::get_if<mapping::Mapped>(&row.outcome))
        wanted = desired(*mapped, options_.key);
      group.rows.push_back({std::move(row), std::move(wanted)});
    }
  } catch (const mapping::ExportError&) {
    damage = std::current_exception();
    return false;
  }
  return true;
}

void Intake::finish(Group& group, const ExportRows& rows) {
  tally_ += group.tally;
  if (options_.progress) options_.progress(tally_, rows.bytes_read(), rows.bytes_total());
}

// On the ledger's thread, inside a transaction.
void Intake::take(Ledger& ledger, Group& group, Reading& reading) {
  const auto now = options_.now();
  Tally& tally = group.tally;
  for (Group::Entry& entry : group.rows) {
    ExportRow& row = entry.row;
    const persistence::Desired& wanted = entry.desired;
    if (options_.limit && tally_.admitted + tally.admitted >= *options_.limit) {
      group.full = true;
      return;
    }
    ++tally.rows_read;
    const auto answers = reading.answered_by(row);
    const auto refuse = [&](std::string external_id, const std::vector<mapping::Reason>& reasons) {
      tell_rejected(row.origin, external_id, reasons, tally);
      Rejection rejection{std::move(row.origin), std::move(external_id), reasons_json(reasons)};
      rejection.answers = answers;
      ledger.reject(rejection, options_.run, now);
      count_rejected(tally, reasons);
    };
    if (const auto* rejected = std::get_if<mapping::Rejected>(&row.outcome)) {
      const bool stands =
          row.unmended &&
          ledger.keep_rejection(answers, row.origin.source, row.origin.export_name, options_.run);
      if (stands) {
        tell_rejected(row.origin, rejected->external_id, rejected->reasons, tally);
        count_rejected(tally, rejected->reasons);
      } else {
        refuse(rejected->external_id, rejected->reasons);
      }
      continue;
    }
    if (const auto* excluded = std::get_if<mapping::Excluded>(&row.outcome)) {
      ++tally.excluded;
      tally.deleted += excluded->deleted ? 1 : 0;
      if (answers != 0) ledger.answer_rejection(answers, row.origin.source);
      if (!excluded->external_id.empty())
        ledger.exclude(excluded->external_id, row.origin.source, now);
      continue;
    }
    const auto owner = take_mapped(ledger, row, wanted, tally, reading);
    if (!owner.empty())
      refuse({}, {of_another_source(wanted.external_id, owner)});
    else if (answers != 0)
      ledger.answer_rejection(answers, row.origin.source);
  }
}

// The source that the row's id belongs to, if that is another one.
std::string Intake::take_mapped(Ledger& ledger, const ExportRow& row,
                                const persistence::Desired& wanted, Tally& tally,
                                Reading& reading) {
  const auto now = options_.now();
  const auto offered = ledger.offer(wanted, row.origin, now);
  Verdict verdict = offered.verdict;
  if (verdict == Verdict::other_source) return offered.source;
  if (verdict == Verdict::changed) {
    const auto& mapped = std::get<mapping::Mapped>(row.outcome);
    const auto update = update_of(mapped, offered, options_.key);
    verdict = ledger.change(offered.row, change_of(update, wanted, offered), row.origin, now);
    if (update.invitation_changed) ++tally.invitations;
  }
  if (reading.rows.seen(offered.row) && !reading.replaces_rows && !same_content(offered.verdict))
    tell_twice(row, wanted.external_id, offered, tally, reading);
  reading.rows.add(offered.row);
  if (!same_content(offered.verdict)) reading.touched.add(offered.row);
  if (changed_.seen(offered.row)) ++tally.replaced;
  changed_.remove(offered.row);
  if (verdict == Verdict::changed) changed_.add(offered.row);
  count(tally, verdict);
  if (verdict == Verdict::refused) tell_refused(row.origin, wanted.external_id, tally);
  return {};
}

// Neither values nor messages, which may show them.
void Intake::tell_rejected(const persistence::Origin& origin, const std::string& external_id,
                           const std::vector<mapping::Reason>& reasons, Tally& tally) const {
  for (const auto& reason : reasons) {
    add(tally.rejections,
        {origin.source, reason.code, 1, origin.export_name, origin.line, external_id,
         reason.column},
        same_rejections);
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
  add(tally.refused_before, {origin.source, 1, origin.export_name, origin.line, external_id},
      same_source);
  if (options_.log != nullptr)
    options_.log->write("row-refused-before", {{"source", origin.source},
                                               {"export", origin.export_name},
                                               {"line", origin.line},
                                               {"external_reference_id", external_id}});
}

// One id in two rows of an export with different content: the last one counts.
void Intake::tell_twice(const ExportRow& row, const std::string& external_id,
                        const persistence::Offered& offered, Tally& tally, Reading& reading) {
  if (++reading.twice > most_told) return;
  const std::string earlier = reading.touched.seen(offered.row)
                                  ? fmt::format("line {}", offered.line)
                                  : std::string("an earlier line");
  tally.remarks.push_back(fmt::format(
      "{}: {} and line {} have the same id {} and different content; the last one counts",
      reading.name, earlier, row.origin.line, external_id));
}

}  // namespace referrald::sync
