// Rows of the ledger, remembered by a bit each.
#pragma once

#include <vector>

#include "persistence/ledger.hpp"

namespace referrald::sync {

// Which of the ledger's rows an export has named already: one bit each, since RowKeys are dense.
class Sightings {
 public:
  bool seen(persistence::RowKey row) const;
  void add(persistence::RowKey row);
  void remove(persistence::RowKey row);
  bool empty() const { return bits_.empty(); }  // none was ever added

 private:
  std::vector<bool> bits_;
};

}  // namespace referrald::sync
