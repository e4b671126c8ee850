#include "daemon/sync/row_group.hpp"

#include <utility>

namespace referrald::sync {
namespace {

constexpr std::size_t most_bytes_kept = std::size_t{8} << 10U;  // of a row, for the next one

}  // namespace

RowGroup::Entry& RowGroup::add() {
  if (size == entries.size()) entries.emplace_back();
  return entries[size++];
}

void RowGroup::clear() {
  for (Entry& entry : rows())
    if (entry.row.origin.cells.capacity() > most_bytes_kept) entry = {};
  RowGroup emptied;
  emptied.entries = std::move(entries);
  *this = std::move(emptied);
}

RowGroupsAhead::~RowGroupsAhead() {
  for (const auto& group : groups_) group->done.wait();
}

std::unique_ptr<RowGroup> RowGroupsAhead::empty_group() {
  return spare_ ? std::move(spare_) : std::make_unique<RowGroup>();
}

std::unique_ptr<RowGroup> RowGroupsAhead::take_oldest() {
  auto oldest = std::move(groups_.front());
  groups_.pop_front();
  oldest->done.get();
  return oldest;
}

void RowGroupsAhead::give_back(std::unique_ptr<RowGroup> group) {
  group->clear();
  spare_ = std::move(group);
}

}  // namespace referrald::sync
