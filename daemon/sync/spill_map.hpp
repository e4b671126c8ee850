// A map of more entries than fit into memory: the newest in memory, the others in sorted runs in a
// temporary file, merged so that there are few.
//
// Made for keys of which nearly all are new: a filter of some bits a key tells of each run that a
// key is not in it, and nothing is read from the file then.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "daemon/sync/spill_file.hpp"

namespace referrald::sync {

// Whether a key may be in a set: a Bloom filter. Keys are hashes already.
class KeyFilter {
 public:
  explicit KeyFilter(std::size_t keys)
      : bits_(std::bit_ceil(std::clamp<std::size_t>(keys * 10, 64, most_bits))),
        words_(bits_ / 64) {}

  void add(std::uint64_t key) {
    for (int i = 0; i < probes; ++i) {
      const auto bit = bit_of(key, i);
      words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  bool may_have(std::uint64_t key) const {
    for (int i = 0; i < probes; ++i) {
      const auto bit = bit_of(key, i);
      if ((words_[bit / 64] >> (bit % 64) & 1) == 0) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t most_bits = 16U << 20U;  // two megabytes, however many keys
  static constexpr int probes = 4;

  std::size_t bit_of(std::uint64_t key, int probe) const {
    const auto step = (key >> 32U | 1U) * 0x9e3779b97f4a7c15U;
    return static_cast<std::size_t>(
               (key * 0xff51afd7ed558ccdU + static_cast<std::uint64_t>(probe) * step) >> 20U) &
           (bits_ - 1);
  }

  std::size_t bits_;
  std::vector<std::uint64_t> words_;
};

// Value is a few bytes, trivially copyable. Throws what SpillFile throws. One thread at a time.
template <typename Value>
class SpillMap {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  explicit SpillMap(std::size_t in_memory = 1U << 15U) : in_memory_(in_memory) {}

  std::optional<Value> find(std::uint64_t key) const {
    if (const auto entry = newest_.find(key); entry != newest_.end()) return entry->second;
    for (auto run = runs_.rbegin(); run != runs_.rend(); ++run)
      if (const auto item = run->find(key))
        return item->gone ? std::nullopt : std::optional(item->value);
    return std::nullopt;
  }
  void put(std::uint64_t key, const Value& value) { set(key, value); }
  void erase(std::uint64_t key) {
    if (runs_.empty())
      newest_.erase(key);
    else
      set(key, std::nullopt);
  }

 private:
  struct Item {
    std::uint64_t key;
    Value value;
    bool gone;
  };
  static constexpr std::size_t items_at_once = 128;
  static constexpr std::size_t runs_to_merge = 8;

  // In order of the key.
  class Run {
   public:
    explicit Run(std::size_t level, std::size_t keys)
        : level_(level), file_(std::make_unique<SpillFile>()), filter_(keys) {}

    std::size_t level() const { return level_; }
    std::size_t size() const { return size_; }

    void add(const Item& item) {
      if (size_ % items_at_once == 0) first_keys_.push_back(item.key);
      filter_.add(item.key);
      ++size_;
      unwritten_.push_back(item);
      if (unwritten_.size() == items_at_once) write();
    }
    void write() {
      file_->append(std::as_bytes(std::span(unwritten_)));
      unwritten_.clear();
    }

    std::optional<Item> find(std::uint64_t key) const {
      if (!filter_.may_have(key)) return std::nullopt;
      const auto behind = std::ranges::upper_bound(first_keys_, key);
      if (behind == first_keys_.begin()) return std::nullopt;
      std::array<Item, items_at_once> items{};
      const auto found = read(static_cast<std::size_t>(behind - first_keys_.begin()) - 1, items);
      const auto item = std::ranges::lower_bound(found, key, {}, &Item::key);
      return item == found.end() || item->key != key ? std::nullopt : std::optional(*item);
    }

    std::span<Item> read(std::size_t block, std::array<Item, items_at_once>& into) const {
      const std::size_t from = block * items_at_once;
      const std::span<Item> items(into.data(), std::min(items_at_once, size_ - from));
      file_->read(from * sizeof(Item), std::as_writable_bytes(items));
      return items;
    }
    std::size_t blocks() const { return first_keys_.size(); }

   private:
    std::size_t level_;
    std::unique_ptr<SpillFile> file_;
    KeyFilter filter_;
    std::vector<std::uint64_t> first_keys_;  // of each block
    std::vector<Item> unwritten_;
    std::size_t size_ = 0;
  };

  // Goes through a run.
  class Cursor {
   public:
    explicit Cursor(const Run& run) : run_(&run) { load(); }
    bool at_end() const { return items_.empty(); }
    const Item& item() const { return items_.front(); }
    void advance() {
      items_ = items_.subspan(1);
      if (items_.empty()) load();
    }

   private:
    void load() {
      if (block_ < run_->blocks()) items_ = run_->read(block_++, *buffer_);
    }
    const Run* run_;
    std::size_t block_ = 0;
    std::unique_ptr<std::array<Item, items_at_once>> buffer_ =
        std::make_unique<std::array<Item, items_at_once>>();
    std::span<Item> items_;
  };

  void set(std::uint64_t key, std::optional<Value> value) {
    newest_.insert_or_assign(key, value);
    if (newest_.size() < in_memory_) return;
    std::vector<std::uint64_t> keys;
    keys.reserve(newest_.size());
    for (const auto& [each, entry] : newest_) keys.push_back(each);
    std::ranges::sort(keys);
    Run run(0, keys.size());
    for (const auto each : keys) {
      const auto& entry = newest_.at(each);
      run.add({each, entry.value_or(Value{}), !entry});
    }
    run.write();
    runs_.push_back(std::move(run));
    newest_.clear();
    merge();
  }

  // The oldest come first, and have the higher levels.
  void merge() {
    const std::size_t level = runs_.back().level();
    const auto first = std::ranges::find(runs_, level, &Run::level);
    if (static_cast<std::size_t>(runs_.end() - first) < runs_to_merge) return;
    std::size_t size = 0;
    std::vector<Cursor> cursors;
    for (auto run = first; run != runs_.end(); ++run) {
      size += run->size();
      cursors.emplace_back(*run);
    }
    Run merged(level + 1, size);
    while (true) {
      // Of a key in several runs the newest counts.
      const Item* least = nullptr;
      for (const auto& cursor : cursors)
        if (!cursor.at_end() && (least == nullptr || cursor.item().key <= least->key))
          least = &cursor.item();
      if (least == nullptr) break;
      const Item item = *least;
      merged.add(item);
      for (auto& cursor : cursors)
        if (!cursor.at_end() && cursor.item().key == item.key) cursor.advance();
    }
    merged.write();
    runs_.erase(first, runs_.end());
    runs_.push_back(std::move(merged));
    merge();
  }

  std::size_t in_memory_;
  std::unordered_map<std::uint64_t, std::optional<Value>> newest_;  // nullopt: gone
  std::vector<Run> runs_;                                           // the oldest first
};

}  // namespace referrald::sync
