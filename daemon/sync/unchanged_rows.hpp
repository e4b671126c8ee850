// Which rows of an export are as they were when the ledger saw them last, or excluded as they were
// then, found without mapping them. A scheduled sync reads a whole export though almost nothing of
// it has changed.
//
// Each record is hashed, and with its id's hash compared to what Ledger::see_record() and exclude()
// were told; in the order of the ids, so that the ledger is read from one end to the other,
// whatever the order of the rows. A row whose id occurs elsewhere in the export with another record
// is none of them: which one counts is for the mapping of both to say.
//
// An export that is byte for byte one that was read before is known by a hash of the whole, as long
// as nothing has happened to a row of its source: see Ledger::see_export().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/record_fates.hpp"

namespace referrald::sync {

class UnchangedRows {
 public:
  // By the record's number in the export, from 0.
  RecordFate fate(std::uint64_t record) const {
    const auto i = static_cast<std::size_t>(record);
    if (i >= known_.size()) return RecordFate::to_map;
    if (known_[i]) return second_[i] ? RecordFate::excluded : RecordFate::unchanged;
    return second_[i] ? RecordFate::to_map_alone : RecordFate::to_map;
  }
  // How many are.
  std::uint64_t unchanged() const { return unchanged_; }
  std::uint64_t excluded() const { return excluded_; }
  // Nothing is to be mapped: the export need not be read again for its rows.
  bool all() const { return whole_ && unchanged_ + excluded_ == known_.size(); }
  // The file as a whole is one that the ledger remembers, as this; empty: it is none. Its rows were
  // not looked at.
  const std::string& seen_export() const { return seen_export_; }
  // See ExportRows::is_one_file().
  bool of_one_file() const { return of_one_file_; }
  // Of the whole export; see ExportRows::remarks().
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  friend class UnchangedSearch;

  void set(std::uint64_t record, RecordFate fate);
  void add(RecordFate fate, std::uint64_t count);

  // A bit each. `second_`: of known ones that they are excluded, of others that they stand alone.
  std::vector<bool> known_, second_;
  std::uint64_t unchanged_ = 0;
  std::uint64_t excluded_ = 0;
  bool whole_ = false;  // the export was read to its end
  std::string seen_export_;
  bool of_one_file_ = false;
  std::vector<std::string> remarks_;
};

struct SearchOptions {
  std::size_t records_in_memory = 1U << 17U;  // three megabytes
  std::function<bool()> stopped{};            // asked now and then: then none is found
  // Rows that something else is known of meanwhile, by another export; so may be of ids that the
  // ledger has no row of. Empty: there was no other.
  std::function<bool(persistence::RowKey)> touched{};
};

// Reads the export. None is found where it is damaged, where hardly any is at its begin, or where
// there is no room for what does not fit into memory. Throws
// what ExportRows throws but for damages, and what the ledger throws.
UnchangedRows find_unchanged(const Export& what, persistence::Ledger& ledger,
                             const SearchOptions& options);

}  // namespace referrald::sync
