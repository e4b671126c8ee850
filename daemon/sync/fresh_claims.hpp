// Rows that are claimed as they enter the ledger, or as their change does, so that a row which can
// be sent at once is not written as `pending` before.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>

#include "persistence/ledger.hpp"

namespace referrald::sync {

// The places for such rows: opened by who sends, taken by who reads.
class FreshClaims {
 public:
  // From the thread of who sends. More places, or none; claims from here on are made with `terms`.
  void open(std::size_t places, const persistence::ClaimTerms& terms);
  // At most so many of the open places are closed; how many were.
  std::size_t close(std::size_t most);
  // Claimed rows were handed over to who sends.
  void handed_over(std::size_t rows);
  // Places that are open, or taken by rows that were not handed over.
  std::size_t outstanding() const;

  // From any thread.
  std::size_t open_places() const;
  // Whether a row has ever asked for a place.
  bool wanted() const;

  // From the ledger's thread, for one row. nullopt: none is open.
  std::optional<persistence::ClaimTerms> take();

 private:
  mutable std::mutex mutex_;
  std::size_t open_ = 0, taken_ = 0;
  bool wanted_ = false;
  persistence::ClaimTerms terms_;
};

}  // namespace referrald::sync
