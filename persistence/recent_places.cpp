#include "persistence/recent_places.hpp"

#include <algorithm>
#include <utility>

namespace referrald::persistence {
namespace {

constexpr RowKey free_slot = -1;
constexpr RowKey erased = -2;
constexpr std::size_t least_slots = 16;

// In the order of the places.
std::uint64_t number_of(std::int64_t place) {
  return static_cast<std::uint64_t>(place) ^ (std::uint64_t{1} << 63);
}

}  // namespace

RecentPlaces::Range& RecentPlaces::range_of(std::int64_t place) {
  static_assert(ranges == 64, "six bits");
  return ranges_[number_of(place) >> 58];
}

// Where it is, or would be put. The range has free slots.
PlaceEntry& RecentPlaces::slot_of(Range& range, std::int64_t place) {
  auto& slots = range.slots;
  const std::uint64_t low = number_of(place) & 0xffffffffU;
  for (std::size_t i = (low * slots.size()) >> 32;; i = i + 1 == slots.size() ? 0 : i + 1)
    if (slots[i].row == free_slot || slots[i].place == place) return slots[i];
}

PlaceEntry* RecentPlaces::find(std::int64_t place) {
  Range& range = range_of(place);
  if (range.slots.empty()) return nullptr;
  PlaceEntry& slot = slot_of(range, place);
  return slot.row < 0 ? nullptr : &slot;
}

void RecentPlaces::grow(Range& range) {
  std::vector<PlaceEntry> before(std::max(least_slots, range.slots.size() * 3 / 2),
                                 PlaceEntry{0, free_slot, 0});
  before.swap(range.slots);
  range.used = 0;
  for (const auto& entry : before) {
    if (entry.row < 0) continue;
    slot_of(range, entry.place) = entry;
    ++range.used;
  }
}

void RecentPlaces::put(const PlaceEntry& entry) {
  Range& range = range_of(entry.place);
  if ((range.used + 1) * 8 > range.slots.size() * 7) grow(range);
  PlaceEntry& slot = slot_of(range, entry.place);
  range.used += slot.row == free_slot ? 1 : 0;
  size_ += slot.row < 0 ? 1 : 0;
  slot = entry;
}

void RecentPlaces::erase(std::int64_t place) {
  PlaceEntry* const entry = find(place);
  if (entry == nullptr) return;
  entry->row = erased;
  --size_;
}

void RecentPlaces::clear() {
  ranges_ = {};
  size_ = 0;
}

std::vector<PlaceEntry> RecentPlaces::take(std::size_t range) {
  auto entries = std::exchange(ranges_[range], {}).slots;
  std::erase_if(entries, [](const PlaceEntry& entry) { return entry.row < 0; });
  std::ranges::sort(entries, {}, &PlaceEntry::place);
  size_ -= entries.size();
  return entries;
}

}  // namespace referrald::persistence
