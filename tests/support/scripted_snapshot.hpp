// Snapshots as a daemon would fill them.
#pragma once

#include "daemon/status_page/snapshot.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {

// 2026-11-22T10:00:00Z.
inline constexpr status_page::Timestamp at_ten = VirtualClock::default_start;

// Two sources, a day of work, nothing wrong, idle.
status_page::Snapshot calm_snapshot(status_page::Timestamp now);
// The same while an export is read and sent.
status_page::Snapshot busy_snapshot(status_page::Timestamp now);
// The service does not answer, rows need a person, the sign-in ends soon.
status_page::Snapshot troubled_snapshot(status_page::Timestamp now);

}  // namespace referrald::test
