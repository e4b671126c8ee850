// Which rejections the rows of an export name as those they answer.
#pragma once

#include <cstddef>
#include <unordered_set>
#include <vector>

#include "persistence/ledger.hpp"

namespace referrald::sync {

// A bit for each, since they are numbered densely; only numbers that no ledger has come to, as a
// damaged file may hold, are kept one by one.
class AnsweredRejections {
 public:
  // Whether it was not added before.
  bool add(persistence::RejectionId rejection) {
    const auto index = static_cast<std::size_t>(rejection);
    if (rejection < 0 || index >= most_bits) return others_.insert(rejection).second;
    if (index >= bits_.size()) bits_.resize(index + index / 2 + 64);
    const bool first = !bits_[index];
    bits_[index] = true;
    return first;
  }
  void clear() { *this = {}; }

 private:
  static constexpr std::size_t most_bits = std::size_t{1} << 26;  // 8 MiB
  std::vector<bool> bits_;
  std::unordered_set<persistence::RejectionId> others_;
};

}  // namespace referrald::sync
