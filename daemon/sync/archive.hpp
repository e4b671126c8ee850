// Where finished exports go.
#pragma once

#include <filesystem>

#include "daemon/submission/clock.hpp"

namespace referrald::sync {

// Moves a file into the folder, which is made if it is missing; never over another file: a name
// that is taken gets the time behind it. Copies between file systems. Returns where it is now.
// Throws std::filesystem::filesystem_error, and the file is where it was.
std::filesystem::path move_to_archive(const std::filesystem::path& file,
                                      const std::filesystem::path& folder,
                                      submission::WallTime now);

}  // namespace referrald::sync
