// Where exports go that cannot be read, so that they are not met again and again and somebody sees
// them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/submission/clock.hpp"
#include "daemon/sync/archive.hpp"

namespace referrald::inbox {

// Moves the export into the folder as move_to_archive() does, and writes NAME.why beside it: why,
// and what to do then. Returns where the export is; nullopt: it is no longer the one of `stamp`,
// and stays. Throws std::filesystem::filesystem_error; the export is where it was, or it lacks its
// .why.
std::optional<std::filesystem::path> quarantine(const std::filesystem::path& file,
                                                const sync::FileStamp& stamp,
                                                const std::filesystem::path& folder,
                                                const std::vector<std::string>& reasons,
                                                submission::WallTime now);

// How many exports lie there with their .why: nobody has moved them back or away. 0 where the
// folder cannot be read.
std::uint64_t count_set_aside(const std::filesystem::path& folder);

}  // namespace referrald::inbox
