#include "persistence/recent_places.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace referrald::persistence {

RecentPlaces::Bucket& RecentPlaces::bucket_of(std::int64_t place) {
  static_assert(ranges * buckets_per_range == 1U << 13U, "thirteen bits");
  // In the order of the places.
  const std::uint64_t number = static_cast<std::uint64_t>(place) ^ (std::uint64_t{1} << 63U);
  return buckets_[number >> (64U - 13U)];
}

PlaceEntry* RecentPlaces::find(std::int64_t place) {
  Bucket& bucket = bucket_of(place);
  std::size_t left = bucket.size;
  for (const auto& piece : bucket.pieces) {
    const std::size_t here = std::min(left, entries_in_piece);
    for (std::size_t i = 0; i < here; ++i)
      if ((*piece)[i].place == place) return &(*piece)[i];
    left -= here;
  }
  return nullptr;
}

void RecentPlaces::put(const PlaceEntry& entry) {
  if (PlaceEntry* const there = find(entry.place)) {
    *there = entry;
    return;
  }
  Bucket& bucket = bucket_of(entry.place);
  if (bucket.size == bucket.pieces.size() * entries_in_piece) {
    if (spare_.empty()) spare_.push_back(std::make_unique<Piece>());
    bucket.pieces.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  bucket.at(bucket.size++) = entry;
  ++size_;
}

void RecentPlaces::erase(std::int64_t place) {
  PlaceEntry* const entry = find(place);
  if (entry == nullptr) return;
  Bucket& bucket = bucket_of(place);
  *entry = bucket.at(--bucket.size);
  --size_;
}

void RecentPlaces::clear() {
  *this = {};
}

const std::vector<PlaceEntry>& RecentPlaces::take(std::size_t range) {
  taken_.clear();
  for (std::size_t i = 0; i < buckets_per_range; ++i) {
    Bucket& bucket = buckets_[range * buckets_per_range + i];
    for (std::size_t entry = 0; entry < bucket.size; ++entry) taken_.push_back(bucket.at(entry));
    std::ranges::move(bucket.pieces, std::back_inserter(spare_));
    bucket.pieces.clear();
    bucket.size = 0;
  }
  std::ranges::sort(taken_, {}, &PlaceEntry::place);
  size_ -= taken_.size();
  return taken_;
}

}  // namespace referrald::persistence
