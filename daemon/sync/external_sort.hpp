// Sorts more than fits into memory: sorted runs in a temporary file, merged as they are read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <span>
#include <type_traits>
#include <vector>

#include "daemon/sync/spill_file.hpp"

namespace referrald::sync {

// Item is a few bytes, trivially copyable, with operator<. First all are added, then all are taken.
// Memory: `in_memory` items, and while they are taken a few kilobytes for each run of so many.
// Throws what SpillFile throws.
template <typename Item>
class ExternalSort {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  explicit ExternalSort(std::size_t in_memory) : in_memory_(in_memory) {}

  void add(const Item& item) {
    buffer_.push_back(item);
    if (buffer_.size() == in_memory_) spill();
  }

  // What was added since the last run began, in order; for a look at a part of it.
  std::span<const Item> sorted_part() {
    std::sort(buffer_.begin(), buffer_.end());
    return buffer_;
  }

  bool next(Item& item) {
    if (!merging_) begin();
    if (runs_.empty()) {
      if (taken_ == buffer_.size()) return false;
      item = buffer_[taken_++];
      return true;
    }
    if (heads_.empty()) return false;
    item = heads_.top().item;
    const std::size_t from = heads_.top().run;
    heads_.pop();
    push_head(from);
    return true;
  }

 private:
  static constexpr std::size_t items_at_once = 512;

  struct Run {
    std::uint64_t next = 0;  // in the file, as items
    std::uint64_t end = 0;
    std::vector<Item> read{};
    std::size_t taken = 0;
  };
  struct Head {
    Item item;
    std::size_t run;
    // The queue has the greatest on top.
    bool operator<(const Head& other) const { return other.item < item; }
  };

  void spill() {
    std::sort(buffer_.begin(), buffer_.end());
    const auto start = file_.size() / sizeof(Item);
    file_.append(std::as_bytes(std::span(buffer_)));
    runs_.push_back({start, start + buffer_.size()});
    buffer_.clear();
  }

  void begin() {
    merging_ = true;
    if (runs_.empty()) {
      std::sort(buffer_.begin(), buffer_.end());
      return;
    }
    if (!buffer_.empty()) spill();
    buffer_ = {};
    for (std::size_t i = 0; i < runs_.size(); ++i) push_head(i);
  }

  void push_head(std::size_t index) {
    Run& run = runs_[index];
    if (run.taken == run.read.size()) {
      const auto count = std::min<std::uint64_t>(items_at_once, run.end - run.next);
      if (count == 0) return;
      run.read.resize(static_cast<std::size_t>(count));
      file_.read(run.next * sizeof(Item), std::as_writable_bytes(std::span(run.read)));
      run.next += count;
      run.taken = 0;
    }
    heads_.push({run.read[run.taken++], index});
  }

  std::size_t in_memory_;
  std::vector<Item> buffer_;
  std::vector<Run> runs_;
  SpillFile file_;
  bool merging_ = false;
  std::size_t taken_ = 0;  // of buffer_, where nothing was spilt
  std::priority_queue<Head> heads_;
};

}  // namespace referrald::sync
