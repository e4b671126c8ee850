// How the page writes numbers, times and text of unknown origin.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/ledger.hpp"

namespace referrald::status_page {

// Fit for HTML, as text and as a quoted attribute: whatever it holds, it stays text, on its line
// and in its direction.
std::string escaped(std::string_view text);

// With a capital at its beginning.
std::string capitalised(std::string text);

// "12,400".
std::string grouped(std::uint64_t number);

// "14:05 UTC"; of another day than `now`'s "24 Nov 14:05 UTC".
std::string clock_time(persistence::Timestamp time, persistence::Timestamp now);
// "2026-11-22T10:00:00Z".
std::string iso_seconds(persistence::Timestamp time);
// "just now", "12m ago", "in 2h 05m": of whole minutes, so that it changes no more often.
std::string how_long(persistence::Timestamp time, persistence::Timestamp now);
// "45s", "12m", "1h 24m", "3 days".
std::string duration_text(std::chrono::seconds duration);
// "58/min", "2.5/s", "90/h"; `rate` per second.
std::string rate_text(double rate);

// A <time> that says how long ago, with the instant as its title.
std::string time_html(persistence::Timestamp time, persistence::Timestamp now);

}  // namespace referrald::status_page
