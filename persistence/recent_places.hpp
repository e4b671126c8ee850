// What is new of the index of ids (id_index.hpp), in memory until it is put into the table.
//
// It lies in ranges of places, which go to the table one after the other: when it is a range's turn
// it has gathered for a whole round, twice as long as what is in memory has on average. So each of
// the table's pages is written for more entries at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "persistence/ledger_rows.hpp"

namespace referrald::persistence {

struct PlaceEntry {
  std::int64_t place = 0;
  RowKey row = 0;
  std::int64_t record = 0;
};

// Places are spread evenly, as hashes are. Memory: 24 bytes an entry, and an eighth more for room,
// once there are many.
class RecentPlaces {
 public:
  static constexpr std::size_t ranges = 64;

  // nullptr: there is none. Good until the next erase() or take().
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
  // Memory is taken in pieces of one size and used again, so that none is left over.
  static constexpr std::size_t entries_in_piece = 8;
  using Piece = std::array<PlaceEntry, entries_in_piece>;
  // Few enough entries that they are searched one by one.
  struct Bucket {
    std::vector<std::unique_ptr<Piece>> pieces;
    std::size_t size = 0;

    PlaceEntry& at(std::size_t i) { return (*pieces[i / entries_in_piece])[i % entries_in_piece]; }
  };
  static constexpr std::size_t buckets_per_range = 128;
  Bucket& bucket_of(std::int64_t place);

  std::vector<Bucket> buckets_ = std::vector<Bucket>(ranges * buckets_per_range);
  std::vector<std::unique_ptr<Piece>> spare_;
  std::vector<PlaceEntry> taken_;
  std::size_t size_ = 0;
};

}  // namespace referrald::persistence
