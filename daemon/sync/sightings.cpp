#include "daemon/sync/sightings.hpp"

#include <cstddef>

namespace referrald::sync {

bool Sightings::seen(persistence::RowKey row) const {
  const auto index = static_cast<std::size_t>(row);
  return index < bits_.size() && bits_[index];
}

void Sightings::add(persistence::RowKey row) {
  const auto index = static_cast<std::size_t>(row);
  if (index >= bits_.size()) bits_.resize(index + index / 2 + 64);
  bits_[index] = true;
}

void Sightings::remove(persistence::RowKey row) {
  if (seen(row)) bits_[static_cast<std::size_t>(row)] = false;
}

}  // namespace referrald::sync
