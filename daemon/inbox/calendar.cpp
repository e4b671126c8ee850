#include "daemon/inbox/calendar.hpp"

#include <cstdlib>
#include <stdexcept>

#include <date/tz.h>

namespace referrald::inbox {
namespace {

using submission::WallTime;

// $TZ may say more than a name (POSIX rules, a path): the machine's setting is taken then.
const date::time_zone* machines_zone() {
  const char* name = std::getenv("TZ");
  try {
    if (name != nullptr && *name != '\0') return date::locate_zone(*name == ':' ? name + 1 : name);
  } catch (const std::runtime_error&) {
  }
  try {
    return date::current_zone();
  } catch (const std::runtime_error&) {
    return date::locate_zone("Etc/UTC");
  }
}

const date::time_zone* zone_of(const config::Schedule& schedule) {
  return schedule.zone.empty() ? machines_zone() : date::locate_zone(schedule.zone);
}

WallTime due_on(const config::Schedule& schedule, const date::time_zone* zone,
                date::local_days day) {
  const auto due = zone->to_sys(day + schedule.at, date::choose::earliest);
  return WallTime{due.time_since_epoch()};
}

date::local_days day_of(const date::time_zone* zone, WallTime time) {
  return date::floor<date::days>(
      zone->to_local(date::sys_time<std::chrono::milliseconds>{time.time_since_epoch()}));
}

}  // namespace

WallTime next_daily(const config::Schedule& schedule, WallTime after) {
  const auto* zone = zone_of(schedule);
  auto day = day_of(zone, after);
  while (due_on(schedule, zone, day) <= after) day += date::days{1};
  return due_on(schedule, zone, day);
}

WallTime last_daily(const config::Schedule& schedule, WallTime before) {
  const auto* zone = zone_of(schedule);
  auto day = day_of(zone, before);
  while (due_on(schedule, zone, day) > before) day -= date::days{1};
  return due_on(schedule, zone, day);
}

}  // namespace referrald::inbox
