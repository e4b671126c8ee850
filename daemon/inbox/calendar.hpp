// When a daily schedule is due, on the wall clock of its time zone.
#pragma once

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"

namespace referrald::inbox {

// The first moment after `after` at which `schedule`, a daily one, is due. A time of day that the
// clocks skip in spring is due when they go on; one that comes twice in autumn, the first time.
submission::WallTime next_daily(const config::Schedule& schedule, submission::WallTime after);

// The last one at or before `before`.
submission::WallTime last_daily(const config::Schedule& schedule, submission::WallTime before);

}  // namespace referrald::inbox
