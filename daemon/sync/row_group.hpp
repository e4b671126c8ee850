// Rows of an export on their way into the ledger, some at a time, in memory that is used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/tally.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

// What enters the ledger in one piece of work.
struct RowGroup {
  struct Entry {
    ExportRow row;
    persistence::Desired desired;  // of a mapped row
    std::uint64_t number = 0;      // of its record in the export
    bool final = false;            // nothing that is still to be read has its id
  };

  std::vector<Entry> entries;  // the first `size` are rows; others have memory
  std::size_t size = 0;
  std::size_t bytes = 0;      // of their cells
  Tally tally;                // also of those that were passed over
  std::uint64_t outdone = 0;  // rejected rows, counted as such, whose place a later row took
  std::vector<std::string> relieved;  // the same of refused rows: their sources
  bool full = false;                  // a row was left out for want of room
  std::shared_ptr<std::vector<persistence::Intent>> claimed;  // null: none is
  std::unordered_set<std::string_view> repeated;  // ids that occur twice in it, if any is claimed
  std::future<void> done;

  std::span<Entry> rows() { return std::span(entries).first(size); }
  Entry& add();
  // Keeps the memory of rows that are not unusually large.
  void clear();
};

// Groups that the ledger's thread uses: they are waited for, whatever happens. One thread.
class RowGroupsAhead {
 public:
  RowGroupsAhead() = default;
  RowGroupsAhead(const RowGroupsAhead&) = delete;
  RowGroupsAhead& operator=(const RowGroupsAhead&) = delete;
  ~RowGroupsAhead();

  bool empty() const { return groups_.empty(); }
  // So many wait for the ledger while the next is being mapped: the bound on memory.
  bool full() const { return groups_.size() >= 2; }

  std::unique_ptr<RowGroup> empty_group();
  void add(std::unique_ptr<RowGroup> group) { groups_.push_back(std::move(group)); }
  // When the ledger is done with it. Throws what the ledger threw.
  std::unique_ptr<RowGroup> take_oldest();
  void give_back(std::unique_ptr<RowGroup> group);

 private:
  std::deque<std::unique_ptr<RowGroup>> groups_;
  std::unique_ptr<RowGroup> spare_;
};

}  // namespace referrald::sync
