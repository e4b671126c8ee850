#include "persistence/recent_places.hpp"

#include <algorithm>
#include <iterator>

namespace referrald::persistence {
namespace {

constexpr RowKey free_slot = -1;
constexpr RowKey erased = -2;
constexpr std::size_t few_slots = 64;
constexpr PlaceEntry nothing{0, free_slot, 0};

// In the order of the places.
std::uint64_t number_of(std::int64_t place) {
  return static_cast<std::uint64_t>(place) ^ (std::uint64_t{1} << 63);
}

}  // namespace

// A range has twice the average when it is its turn; and a seventh is left free, and some more.
RecentPlaces::RecentPlaces(std::size_t in_memory)
    : usual_slots_(in_memory / ranges * 2 * 8 / 7 + 2 * few_slots) {}

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

void RecentPlaces::grow(Range& range) const {
  const std::size_t size = range.slots.size();
  const std::size_t wanted = size == 0             ? few_slots
                             : size < usual_slots_ ? usual_slots_
                                                   : size * 3 / 2;
  std::vector<PlaceEntry> before(wanted, nothing);
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

const std::vector<PlaceEntry>& RecentPlaces::take(std::size_t range) {
  auto& [slots, used] = ranges_[range];
  taken_.clear();
  std::ranges::copy_if(slots, std::back_inserter(taken_),
                       [](const PlaceEntry& entry) { return entry.row >= 0; });
  std::ranges::sort(taken_, {}, &PlaceEntry::place);
  std::ranges::fill(slots, nothing);
  used = 0;
  size_ -= taken_.size();
  return taken_;
}

}  // namespace referrald::persistence
