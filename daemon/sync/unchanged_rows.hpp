// Which rows of an export are as they were when the ledger saw them last, found without mapping
// them. A scheduled sync reads a whole export though almost nothing of it has changed.
//
// Each record is hashed, and with its id's hash compared to what Ledger::see_record() was told; in
// the order of the ids, so that the ledger is read from one end to the other, whatever the order of
// the rows. A row whose id occurs elsewhere in the export with another record is none of them:
// which one counts is for the mapping of both to say.
//
// An export that is byte for byte one that was read before is known by a hash of the whole, as long
// as nothing has happened to a row of its source: see Ledger::see_export().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/sync/export_rows.hpp"

namespace referrald::sync {

class UnchangedRows {
 public:
  // By the record's number in the export, from 0.
  bool contains(std::uint64_t record) const {
    if (same_file_) return record < count_;
    return record < unchanged_.size() && unchanged_[static_cast<std::size_t>(record)];
  }
  std::uint64_t count() const { return count_; }
  // Whether it is known that no other record of the export has the record's id: not of records
  // that are unchanged.
  bool stands_alone(std::uint64_t record) const {
    return record < alone_.size() && alone_[static_cast<std::size_t>(record)];
  }
  // All of the export are: it need not be read again for its rows.
  bool all() const { return same_file_ || (whole_ && count_ == unchanged_.size()); }
  // The file as a whole is one that the ledger remembers; its rows were not looked at.
  bool same_file() const { return same_file_; }
  // See ExportRows::is_one_file().
  bool of_one_file() const { return of_one_file_; }
  // Of the whole export; see ExportRows::remarks().
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  friend class UnchangedSearch;

  std::vector<bool> unchanged_, alone_;
  std::uint64_t count_ = 0;
  bool whole_ = false;  // the export was read to its end
  bool same_file_ = false;
  bool of_one_file_ = false;
  std::vector<std::string> remarks_;
};

struct SearchOptions {
  std::size_t records_in_memory = 1U << 17U;  // three megabytes
  std::function<bool()> stopped{};            // asked now and then: then none is found
  // Rows that something else is known of meanwhile, by another export. Empty: none.
  std::function<bool(persistence::RowKey)> touched{};
};

// Reads the export. None is found where it is damaged, where hardly any is at its begin, or where
// there is no room for what does not fit into memory. Throws
// what ExportRows throws but for damages, and what the ledger throws.
UnchangedRows find_unchanged(const Export& what, persistence::Ledger& ledger,
                             const SearchOptions& options);

}  // namespace referrald::sync
