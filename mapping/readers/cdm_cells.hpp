// What cells of a Synapse Link folder say: versions, deletions, times (reference, section 10.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::mapping {

// "-12.5"; no exponent.
bool is_plain_number(std::string_view text);

// Of `versionnumber`: 0 for a blank, nullopt for what is no whole number.
std::optional<std::uint64_t> version_of(std::string_view text);

// Of `IsDelete`: a blank is false, nullopt for what says neither.
std::optional<bool> deletion_of(std::string_view text);

// A number that is greater for a later time, whichever of the two forms writes it,
// "2021-06-25T16:21:12Z" or "6/25/2021 4:21:12 PM"; 0 for anything else.
std::uint64_t time_of(std::string_view text);

// Writes the day or time in ISO 8601, with Z where it has a time and no offset: all times of the
// store are UTC. False for what is in neither of the two forms. What stands behind an ISO day is
// left for the date filter to judge.
bool write_utc(std::string_view text, std::string& out);

}  // namespace referrald::mapping
