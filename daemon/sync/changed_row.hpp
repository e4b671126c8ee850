// A row whose referral exists and whose content has changed.
#pragma once

#include <string_view>

#include "mapping/mapping.hpp"
#include "mapping/update.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

// What the row asks for now, beside what the ledger knows (`known` is a verdict `changed`).
// `fingerprint` is fingerprint_of(mapped).
mapping::Update update_of(const mapping::Mapped& mapped, std::string_view fingerprint,
                          const persistence::Offered& known, const mapping::FingerprintKey& key);

// The same in the ledger's form; `wanted` is desired(mapped).
persistence::Change change_of(const mapping::Update& update, const persistence::Desired& wanted,
                              const persistence::Offered& known);

// Whether the update may leave while other rows are still being read: of a private deal, members
// that can be changed again, and nothing else is to be done. `wanted` is desired(mapped).
bool may_leave_at_once(const mapping::Update& update, const persistence::Desired& wanted,
                       const persistence::Offered& known);

// Of a row whose referral is closed: whether it asks for what would be sent if it were open.
bool asks_in_vain(const mapping::Mapped& mapped, std::string_view fingerprint,
                  const persistence::Offered& known, const mapping::FingerprintKey& key);

// The ledger's key. Throws std::invalid_argument when the bytes are none.
mapping::FingerprintKey key_of(const std::string& bytes);

}  // namespace referrald::sync
