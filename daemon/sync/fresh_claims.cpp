#include "daemon/sync/fresh_claims.hpp"

#include <algorithm>

namespace referrald::sync {

void FreshClaims::open(std::size_t places, const persistence::ClaimTerms& terms) {
  const std::lock_guard lock(mutex_);
  open_ += places;
  terms_ = terms;
}

std::size_t FreshClaims::close(std::size_t most) {
  const std::lock_guard lock(mutex_);
  const std::size_t closed = std::min(most, open_);
  open_ -= closed;
  return closed;
}

void FreshClaims::handed_over(std::size_t rows) {
  const std::lock_guard lock(mutex_);
  taken_ -= rows;
}

std::size_t FreshClaims::outstanding() const {
  const std::lock_guard lock(mutex_);
  return open_ + taken_;
}

std::size_t FreshClaims::open_places() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool FreshClaims::wanted() const {
  const std::lock_guard lock(mutex_);
  return wanted_;
}

std::optional<persistence::ClaimTerms> FreshClaims::take() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  if (open_ == 0) return std::nullopt;
  --open_;
  ++taken_;
  return terms_;
}

}  // namespace referrald::sync
