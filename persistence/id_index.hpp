// Which row has which external id, and which record of an export its content was last seen in: the
// table `known`, by a hash of the id.
//
// Ids arrive in no order. Put into a tree one by one, each would make a page of its own to be
// written; so a writer keeps those of new rows in memory and puts them into the table in order of
// the hashes, many at once. What a killed process had not put there is found again in the rows
// behind `indexed`, when an id is looked for; what is not behind it is put there at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "persistence/ledger.hpp"
#include "persistence/recent_places.hpp"
#include "persistence/statements.hpp"

namespace referrald::persistence {

// Hashes an external id. The ledger's is keyed, so that nobody outside can choose ids that collide.
using IdHash = std::function<std::int64_t(std::string_view external_id)>;
IdHash make_id_hash(std::string_view key);

// One thread at a time. The functions that write want a transaction around them.
class IdIndex {
 public:
  // `in_memory`: how many entries are kept there.
  explicit IdIndex(Statements& statements, std::size_t in_memory = most_in_memory)
      : statements_(statements), in_memory_(in_memory) {}

  // Before anything else; also after a rollback. `beside_writer`: rows may come from elsewhere.
  void load(IdHash hash, bool beside_writer);

  // 0: no row has that id.
  RowKey find(const std::string& external_id);
  // Whether it had been seen as excluded.
  bool add(const std::string& external_id, RowKey row);
  void remove(const std::string& external_id, RowKey row);

  // The record that the row's content was seen in; `record` is not 0. False: the row has another
  // id.
  bool see(const std::string& external_id, RowKey row, std::int64_t record);
  void forget_record(const std::string& external_id, RowKey row);
  // The same of the row that find() has found last; false: it was another one.
  bool forget_record_of_found(RowKey row);
  // A record of an id that no row has, which is excluded; `record` is not 0. It is forgotten when a
  // row gets that id. False: there is no place for it.
  bool see_excluded(const std::string& external_id, std::int64_t record);
  void forget_excluded(const std::string& external_id);
  // Of ascending hashes: 0 where the table does not have it (yet).
  void seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out);

  std::int64_t hash_of(std::string_view external_id) const { return hash_(external_id); }

  // Puts a part of what is in memory into the table, if that has become much; or all of it.
  void store(bool all);

 private:
  // A table of ten million has a hundred thousand pages.
  static constexpr std::size_t most_in_memory = 1U << 18U;

  struct Place {
    std::int64_t place = 0;
    RowKey row = 0;         // that is there
    bool excluded = false;  // none is, but the record of an excluded one
  };
  void be_ready();
  bool load_newer();
  RowKey look_up(const std::string& external_id);
  Place at(std::int64_t place);
  bool has_id(RowKey row, const std::string& external_id);
  // Where the id stands, or would.
  Place place_of(const std::string& external_id, RowKey row);
  void forget_record_at(std::int64_t place);
  void forget_excluded_at(const Place& place);
  void put_into_table(const PlaceEntry& entry);
  void put_range_into_table(std::size_t range);
  void write_down_indexed(RowKey row);

  Statements& statements_;
  std::size_t in_memory_;
  IdHash hash_;
  RecentPlaces recent_;
  std::optional<std::int64_t> missed_hash_;  // of the id that was not found: it is added next
  Place missed_;                             // where it would stand
  Place found_;                              // last; row 0: none, or not any more
  RowKey newest_ = 0;                        // of the rows that are indexed, here or in the table
  bool ready_ = false;                       // rows behind `indexed` are in memory
  bool beside_writer_ = false;
  std::size_t next_range_ = 0;  // of what is in memory, that is put into the table next
  RowKey newest_at_first_ = 0;  // newest_ when the first range was
  RowKey indexed_ = 0;          // as the ledger has it
};

}  // namespace referrald::persistence
