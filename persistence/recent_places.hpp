// What is new of the index of ids (id_index.hpp), in memory until it is put into the table.
//
// It lies in ranges of places, which go to the table one after the other: when it is a range's turn
// it has gathered for a whole round, twice as long as what is in memory has on average. So each of
// the table's pages is written for more entries at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "persistence/ledger.hpp"

namespace referrald::persistence {

struct PlaceEntry {
  std::int64_t place = 0;
  RowKey row = 0;
  std::int64_t record = 0;
};

// Places are spread evenly, as hashes are. Memory: 56 bytes for each of `in_memory` entries, which
// may be there at once where ranges are taken in turn; taken once, so that none of it is left over.
class RecentPlaces {
 public:
  static constexpr std::size_t ranges = 64;

  explicit RecentPlaces(std::size_t in_memory);
  // nullptr: there is none. Good until the next put().
  PlaceEntry* find(std::int64_t place);
  // What was there is overwritten.
  void put(const PlaceEntry& entry);
  void erase(std::int64_t place);
  void clear();
  std::size_t size() const { return size_; }

  // Takes a range's entries out, in the order of their places; the ranges are in that order, too.
  // Good until the next take().
  const std::vector<PlaceEntry>& take(std::size_t range);

 private:
  // An open hash table; what is free has a row that no row has.
  struct Range {
    std::vector<PlaceEntry> slots;
    std::size_t used = 0;  // also by what was erased
  };
  static PlaceEntry& slot_of(Range& range, std::int64_t place);
  Range& range_of(std::int64_t place);
  void grow(Range& range) const;

  std::size_t usual_slots_;  // of a range that is more than a few
  std::array<Range, ranges> ranges_;
  std::vector<PlaceEntry> taken_;
  std::size_t size_ = 0;
};

}  // namespace referrald::persistence
