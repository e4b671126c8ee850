#include "daemon/sync/unchanged_rows.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "daemon/exit.hpp"
#include "daemon/sync/changed_row.hpp"
#include "daemon/sync/external_sort.hpp"

namespace referrald::sync {
namespace {

using persistence::SeenRecord;

// The first records tell whether it is worth it.
constexpr std::size_t records_in_sample = 4'096;
constexpr std::size_t least_share = 16;  // of them, one in so many

constexpr std::size_t ids_at_once = 4'096;
// Of an export that the ledger remembers. More are nothing but damage.
constexpr std::uint64_t most_records = std::uint64_t{1} << 30U;
constexpr std::size_t most_in_group = 2 * ids_at_once;
constexpr std::uint64_t rows_between_questions = 4'096;

struct Record {
  std::int64_t id = 0;
  std::int64_t hash = 0;  // 0: it cannot be unchanged
  std::uint64_t number = 0;
  bool operator<(const Record& other) const { return id < other.id; }
};

}  // namespace

class UnchangedSearch {
 public:
  UnchangedSearch(persistence::Ledger& ledger, const SearchOptions& options)
      : ledger_(ledger), options_(options), sorted_(options.records_in_memory) {}

  UnchangedRows run(const Export& what) {
    if (is_same_file(what)) return std::move(found_);
    if (ledger_.counts({what.source}).empty()) return {};
    ExportRows rows(what);
    rows.hash_records(key_of(ledger_.fingerprint_key()));
    found_.of_one_file_ = rows.is_one_file();
    try {
      const bool whole = hash_all(rows);
      if (!whole) return {};
      found_.add(RecordFate::to_map, rows_);
      if (!compare()) return {};
    } catch (const CommandError&) {
      return {};  // no room for a temporary file: all is mapped, which only takes longer
    }
    found_.whole_ = true;
    found_.remarks_ = rows.remarks();
    return std::move(found_);
  }

 private:
  bool is_same_file(const Export& what) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(what.file, error);
    if (options_.touched || error || !ledger_.has_seen_exports(what.source, bytes)) return false;
    const auto hash =
        hash_of_export(what, key_of(ledger_.fingerprint_key()), [this] { return is_stopped(); });
    if (!hash) return false;
    found_.seen_export_ = ledger_.seen_export(what.source, *hash);
    if (read_runs(found_.seen_export_, most_records,
                  [this](auto fate, auto count) { found_.add(fate, count); }))
      return found_.whole_ = true;
    found_ = {};
    return false;
  }

  // False: it is damaged, stopped or not worth it. A damage is met and told by the reading proper.
  bool hash_all(ExportRows& rows) {
    try {
      for (; rows.read_in_part(); ++rows_) {
        if (rows_ % rows_between_questions == 0 && is_stopped()) return false;
        if (rows_ == records_in_sample && !is_worth_it()) return false;
        const auto id = rows.external_id();
        if (!id.empty()) sorted_.add({ledger_.hash_of(id), rows.record_hash(), rows_});
      }
    } catch (const mapping::ExportError&) {
      return false;
    }
    return true;
  }

  bool is_stopped() const { return options_.stopped && options_.stopped(); }

  bool is_worth_it() {
    const auto sample = sorted_.sorted_part();
    std::vector<std::int64_t> ids;
    ids.reserve(sample.size());
    for (const auto& one : sample) ids.push_back(one.id);
    std::vector<SeenRecord> seen(ids.size());
    ledger_.seen_records(ids, seen);
    std::size_t same = 0;
    for (std::size_t i = 0; i < sample.size(); ++i)
      same += is_known(fate_of(sample[i], seen[i])) ? 1 : 0;
    return same * least_share >= sample.size();
  }

  RecordFate fate_of(const Record& record, const SeenRecord& seen) const {
    if (record.hash == 0) return RecordFate::to_map;
    if (options_.touched && (seen.row == 0 || options_.touched(seen.row)))
      return RecordFate::to_map;
    if (record.hash == seen.record) return RecordFate::unchanged;
    return excluded_record(record.hash) == seen.record ? RecordFate::excluded : RecordFate::to_map;
  }

  // False: stopped.
  bool compare() {
    std::vector<Record> group;
    Record record;
    while (sorted_.next(record)) {
      if (group.size() >= ids_at_once && group.back().id != record.id) {
        compare(group);
        group.clear();
        if (is_stopped()) return false;
      }
      // An id that occurs so often is left to the mapping: one of its records spoils them all.
      if (group.size() == most_in_group)
        group.back().hash = 0;
      else
        group.push_back(record);
    }
    compare(group);
    return true;
  }

  // All records of an id are in the group.
  void compare(std::span<const Record> group) {
    ids_.clear();
    for (const auto& one : group)
      if (ids_.empty() || ids_.back() != one.id) ids_.push_back(one.id);
    seen_.resize(ids_.size());
    ledger_.seen_records(ids_, seen_);
    auto at = group.begin();
    for (const auto& seen : seen_) {
      const auto end =
          std::find_if(at, group.end(), [&](const Record& one) { return one.id != at->id; });
      auto fate = fate_of(*at, seen);
      if (fate == RecordFate::to_map && end - at == 1) fate = RecordFate::to_map_alone;
      if (!std::all_of(at, end, [&](const Record& one) { return one.hash == at->hash; }))
        fate = RecordFate::to_map;
      for (; at != end; ++at) found_.set(at->number, fate);
    }
  }

  persistence::Ledger& ledger_;
  const SearchOptions& options_;
  ExternalSort<Record> sorted_;
  std::uint64_t rows_ = 0;
  UnchangedRows found_;
  std::vector<std::int64_t> ids_;
  std::vector<SeenRecord> seen_;
};

namespace {

bool is_second(RecordFate fate) {
  return fate == RecordFate::excluded || fate == RecordFate::to_map_alone;
}

}  // namespace

void UnchangedRows::add(RecordFate fate, std::uint64_t count) {
  const auto size = known_.size() + static_cast<std::size_t>(count);
  known_.resize(size, is_known(fate));
  second_.resize(size, is_second(fate));
  if (fate == RecordFate::unchanged) unchanged_ += count;
  if (fate == RecordFate::excluded) excluded_ += count;
}

// One that was to be mapped so far.
void UnchangedRows::set(std::uint64_t record, RecordFate fate) {
  const auto i = static_cast<std::size_t>(record);
  known_[i] = is_known(fate);
  second_[i] = is_second(fate);
  unchanged_ += fate == RecordFate::unchanged ? 1 : 0;
  excluded_ += fate == RecordFate::excluded ? 1 : 0;
}

UnchangedRows find_unchanged(const Export& what, persistence::Ledger& ledger,
                             const SearchOptions& options) {
  return UnchangedSearch(ledger, options).run(what);
}

}  // namespace referrald::sync
