// An export with its mapping: rows in, what they ask for out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/exit.hpp"
#include "mapping/fingerprint.hpp"
#include "mapping/mapping.hpp"
#include "mapping/readers/row_reader.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

// An export to read.
struct Export {
  std::filesystem::path file;
  std::string source;
  std::shared_ptr<const mapping::Mapping> mapping;
  std::chrono::milliseconds settle{0};  // how long it must have been still
  std::optional<std::filesystem::path> archive;
  std::string mapping_version{};  // tells the mapping from what it was and will be
};

// A row as the ledger takes it.
struct ExportRow {
  persistence::Origin origin;
  mapping::Outcome outcome;
  persistence::RejectionId rejection = 0;  // that `rejects` wrote the row for
  bool unmended = false;                   // came damaged, and back as `rejects` wrote it
  bool of_rejects = false;                 // `rejects` wrote it
  std::int64_t record = 0;                 // see ExportRows::record_hash()
};

// An export's reader and the mapping bound to its header.
struct ExportHeader {
  // Throws mapping::ExportError, and CommandError(invalid) with all problems when they do not fit.
  explicit ExportHeader(const Export& what);

  std::unique_ptr<mapping::RowReader> reader;
  std::unique_ptr<mapping::BoundMapping> mapping;
};

// One thread at a time.
class ExportRows {
 public:
  // Opens the export and binds the mapping to its header. Throws what ExportHeader throws.
  explicit ExportRows(const Export& what);

  // Fills `row`, or returns false at the end: read() and take(). Throws mapping::ExportError from
  // the line on where the export is damaged.
  bool next(ExportRow& row);

  // Reads a record and maps nothing. False at the end; throws as next().
  bool read();
  // Like read(), for external_id() and record_hash() alone, which is quicker. A fault of a record
  // may not be found: its hash is then one that nothing was ever remembered by.
  bool read_in_part();
  // Like read(), for a record that is known.
  bool pass_over();
  // The record that was read, good until the next one is, and its number, from 0.
  const mapping::Row& row() const { return row_; }
  std::uint64_t number() const { return number_; }
  // Of the one that is read next.
  std::uint64_t next_number() const { return number_ + 1; }
  // Maps the record that was read. The memory of what `row` was is used again.
  void take(ExportRow& row) const;
  // Maps a record as row() has them, without what the ledger would keep of it: columns and cells.
  // From any thread.
  void map(const mapping::Row& read, ExportRow& row) const;
  // Its external id, by its template alone; empty where that cannot be told.
  std::string external_id() const;
  // A hash of all that its mapping depends on, under the key: its cells, the header, the mapping
  // and this program. 0: none was asked for, or the row stands for more than its cells do: it is
  // faulty, or its record is gone in the CRM, or `rejects` wrote it.
  // It is even, so that an odd one can say that the record is excluded; see excluded_record().
  std::int64_t record_hash() const { return record_hash(row_); }
  void hash_records(const mapping::FingerprintKey& key);

  // What a person should know of the export, with its name; complete once next() has returned
  // false.
  std::vector<std::string> remarks() const;
  bool replaces_rows() const { return reader_->replaces_rows(); }
  // It is all in its file: none of a folder's, and none that names others.
  bool is_one_file() const { return one_file_; }
  std::uint64_t bytes_read() const { return reader_->bytes_read(); }
  std::uint64_t bytes_total() const { return reader_->bytes_total(); }

 private:
  std::int64_t record_hash(const mapping::Row& row) const;
  bool is_unmended(const mapping::Row& row) const;
  persistence::RejectionId rejection(const mapping::Row& row) const;
  bool has_state(const mapping::Row& row) const;
  void put_cells(const mapping::Row& row, std::string& out) const;
  std::vector<std::string_view> own_cells(const mapping::Row& row) const;
  void restore_types();

  std::unique_ptr<mapping::RowReader> reader_;
  std::unique_ptr<mapping::BoundMapping> mapping_;
  std::string mapping_version_;
  std::optional<std::uint64_t> record_seed_;  // absent: records are not hashed
  std::string source_;
  std::string name_;
  std::string columns_;
  std::vector<bool> own_columns_;  // not those that `rejects` added
  bool all_own_ = true;
  bool one_file_ = false;
  std::optional<std::size_t> unmended_;  // the index of that column of `rejects`
  std::optional<std::size_t> rejection_;
  std::optional<std::size_t> state_;
  std::optional<std::size_t> types_;
  std::optional<std::size_t> reasons_;
  bool typed_ = false;              // rows have types, which `rejects` is to write down
  std::vector<std::string> names_;  // of the columns, as `rejects` writes them
  mapping::Row row_;
  std::uint64_t number_ = std::numeric_limits<std::uint64_t>::max();  // of row_
};

// What is remembered of a record that is excluded, in place of its hash.
constexpr std::int64_t excluded_record(std::int64_t hash) {
  return hash | 1;
}

// A hash of the export's file, and of all that a sync of it depends on beside the ledger, under the
// key. nullopt: it is no file, cannot be read, or `stopped` said so.
std::optional<std::int64_t> hash_of_export(const Export& what, const mapping::FingerprintKey& key,
                                           const std::function<bool()>& stopped);

// A mapped row in the ledger's form. The memory of what `out` was for another row is used again.
void desire(const mapping::Mapped& mapped, const mapping::FingerprintKey& key,
            persistence::Desired& out);
persistence::Desired desired(const mapping::Mapped& mapped, const mapping::FingerprintKey& key);

// Its fingerprint in the ledger's form.
std::string fingerprint_of(const mapping::Mapped& mapped, const mapping::FingerprintKey& key);
// A hash that is the same where the fingerprint is; for this process.
std::uint64_t content_of(const mapping::Mapped& mapped);
// How many requests a new row takes: a co-sell deal two, and one that is over already another to
// close it.
unsigned requests_of_new(const mapping::Mapped& mapped);

// A JSON array as persistence::Rejection wants it.
std::string reasons_json(const std::vector<mapping::Reason>& reasons);

// How the program ends when an export cannot be read (contract, sections 1 and 7).
Exit exit_of(mapping::ExportError::Kind kind);

// The reasons of rows that are sound by themselves and clash with others.
mapping::Reason not_mended();
mapping::Reason of_another_source(const std::string& external_id, const std::string& source);

}  // namespace referrald::sync
