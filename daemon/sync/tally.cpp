#include "daemon/sync/tally.hpp"

#include <algorithm>

namespace referrald::sync {
namespace {

// To the one with the same members; there are few.
template <typename Entry, typename... Members>
void add_to(std::vector<Entry>& entries, const Entry& entry, Members... members) {
  const auto known = std::ranges::find_if(
      entries, [&](const Entry& one) { return ((one.*members == entry.*members) && ...); });
  if (known == entries.end())
    entries.push_back(entry);
  else
    known->rows += entry.rows;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  rows_read += other.rows_read;
  admitted += other.admitted;
  unchanged += other.unchanged;
  changed += other.changed;
  held += other.held;
  replaced += other.replaced;
  invitations += other.invitations;
  closed += other.closed;
  backward += other.backward;
  excluded += other.excluded;
  deleted += other.deleted;
  rejected += other.rejected;
  refused += other.refused;
  for (const auto& [code, rows] : other.by_reason) by_reason[code] += rows;
  remarks.insert(remarks.end(), other.remarks.begin(), other.remarks.end());
  for (const auto& one : other.rejections) add(one);
  for (const auto& one : other.refused_before) add(one);
  return *this;
}

void Tally::add(const Rejections& more) {
  add_to(rejections, more, &Rejections::source, &Rejections::code);
}

void Tally::add(const RefusedBefore& more) {
  add_to(refused_before, more, &RefusedBefore::source);
}

}  // namespace referrald::sync
