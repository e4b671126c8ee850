#include "daemon/sync/tally.hpp"

#include <algorithm>

namespace referrald::sync {
namespace {

// There are few.
template <typename Entry, typename Same>
void add_to(std::vector<Entry>& entries, const Entry& entry, Same same) {
  const auto known =
      std::ranges::find_if(entries, [&](const Entry& one) { return same(one, entry); });
  if (known == entries.end())
    entries.push_back(entry);
  else
    known->rows += entry.rows;
}

bool same_rejections(const Rejections& a, const Rejections& b) {
  return a.code == b.code && a.source == b.source;
}

bool same_source(const RefusedBefore& a, const RefusedBefore& b) {
  return a.source == b.source;
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
  add_to(rejections, more, same_rejections);
}

void Tally::add(const RefusedBefore& more) {
  add_to(refused_before, more, same_source);
}

}  // namespace referrald::sync
