// The parts of the status page's snapshot that the ledger and the configuration know.
#pragma once

#include <optional>

#include "config/config.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/status_page/snapshot.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

// How many rows that need a person are shown.
inline constexpr std::size_t needs_person_shown = 50;

// What the ledger says; `ledger` is for reading, or nullptr: there is none yet. Takes milliseconds,
// however large the ledger is; not for the thread that answers. Throws LedgerError.
status_page::LedgerView ledger_view(const config::Config& config, persistence::Ledger* ledger,
                                    persistence::Timestamp now);

// Without the account, which is a person's.
status_page::SignIn sign_in_view(const SignInHealth& health, persistence::Timestamp now);

// `used` of today's calls; `slowed_to` as sync::SyncProgress has it.
status_page::Budget budget_view(const config::Submission& settings, std::uint64_t used,
                                config::Rate slowed_to);

// All of it but the live part, which is as at rest. Throws LedgerError.
status_page::Snapshot snapshot_at_rest(const config::Config& config, persistence::Ledger* ledger,
                                       persistence::Timestamp started, persistence::Timestamp now);

}  // namespace referrald::commands
