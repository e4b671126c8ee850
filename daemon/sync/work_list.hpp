// Which exports a `sync` or `plan` is about, and by which mapping each is read (contract, section
// 1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/sync/export_rows.hpp"

namespace referrald::sync {

// What the command line asks for.
struct Request {
  std::vector<std::filesystem::path> exports{};    // empty: all sources
  std::optional<std::string> source{};             // --source
  std::optional<std::filesystem::path> mapping{};  // --mapping, with explicit exports
  std::optional<std::uint64_t> limit{};            // --limit
};

struct WorkList {
  bool named = false;  // the exports were named on the command line: they are read at once and stay
  std::vector<Export> exports;
  std::vector<std::string> sources;        // of the run, whether they have exports or not
  std::vector<std::string> without_files;  // sources that have none at the moment
};

// Throws CommandError: usage (unknown source, or it cannot be told which one is meant), no_input (a
// named export or the --mapping file is missing), invalid (mappings, a folder as a
// source's exports, with all problems).
WorkList make_work_list(const config::Config& config, const Request& request);

// A mapping as it was loaded.
struct LoadedMapping {
  std::shared_ptr<const mapping::Mapping> mapping;
  std::string version;  // see Export
};

// Those of all sources, by the source's name. Throws CommandError(invalid) with all problems, those
// of make_work_list().
std::map<std::string, LoadedMapping> load_mappings(const config::Config& config);

// The source of that name. Throws CommandError(usage) with the nearest name.
const config::Source& find_source(const config::Config& config, const std::string& name);

}  // namespace referrald::sync
