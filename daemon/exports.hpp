// Which exports a source has at the moment.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "config/config.hpp"

namespace referrald {

// What a source's `exports` names, sorted by name: a file; a folder that holds model.json or pages
// of JSON; the files that match the pattern in its last component (hidden ones left out) and the
// folders that hold model.json, without the one that Synapse Link says it is still writing
// (Changelog/changelog.info beside them). Nothing there, or no such folder: empty. Throws
// std::filesystem::filesystem_error when the folder cannot be read.
std::vector<std::filesystem::path> matching_exports(const std::filesystem::path& exports);

// Why the `exports` of that source can never be read: it names a folder that is no export. nullopt:
// it does not. A folder that only matches a pattern is none of the exports.
std::optional<config::Problem> exports_problem(const config::Source& source);

// Whether that file or folder would be among them if it existed.
bool matches_exports(const std::filesystem::path& exports, const std::filesystem::path& file);

}  // namespace referrald
