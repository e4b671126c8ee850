#pragma once

namespace referrald::submission {

// Why a run cannot go on. Each is explained in daemon/failure_table.cpp.
enum class Halt {
  none,
  draining,        // a signal: waiting rows stay
  budget,          // the daily budget is used up
  not_authorised,  // 401 twice, 403, no token
  unavailable,     // the service cannot be reached, or answers nothing of use
  wrong_url,       // 404, 410 or a redirect on create
  storage_full,    // 507
  strangers,       // the tenant holds referrals that a new ledger does not know
  cannot_store,    // the rotated refresh token cannot be written
};

}  // namespace referrald::submission
