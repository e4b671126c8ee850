#include "daemon/sync/work_list.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "daemon/exit.hpp"
#include "daemon/exports.hpp"
#include "daemon/sync/archive.hpp"

namespace referrald::sync {
namespace {

namespace fs = std::filesystem;
using config::Config;
using config::Source;

// The source that a named export belongs to.
const Source& source_of(const Config& config, const Request& request, const fs::path& file) {
  if (request.source) return find_source(config, *request.source);
  const Source* found = nullptr;
  for (const auto& source : config.sources) {
    if (!matches_exports(source.exports, file)) continue;
    if (found != nullptr) {
      throw CommandError(
          Exit::usage,
          fmt::format(
              "{} matches the exports of both source {} and source {}: say which with --source",
              file.string(), found->name, source.name));
    }
    found = &source;
  }
  if (found != nullptr) return *found;
  if (config.sources.size() == 1) return config.sources.front();
  throw CommandError(
      Exit::usage,
      fmt::format("{} matches no source's exports: say whose it is with --source", file.string()));
}

// Reads each mapping once; all problems of all files come out together.
class Mappings {
 public:
  explicit Mappings(config::Problems& problems) : problems_(problems) {}

  const LoadedMapping& get(const fs::path& file) {
    const auto known = loaded_.find(file);
    if (known != loaded_.end()) return known->second;
    LoadedMapping loaded{mapping::load_mapping(file, problems_), {}};
    if (loaded.mapping) loaded.version = loaded.mapping->version();
    return loaded_.emplace(file, std::move(loaded)).first->second;
  }

 private:
  std::map<fs::path, LoadedMapping> loaded_;
  config::Problems& problems_;
};

void require_file(const fs::path& file, const char* what) {
  std::error_code error;
  if (fs::exists(file, error)) return;
  throw CommandError(Exit::no_input, fmt::format("{} {}: {}", what, file.string(),
                                                 error ? error.message() : "no such file"));
}

WorkList named_exports(const Config& config, const Request& request, Mappings& mappings) {
  WorkList list;
  list.named = true;
  if (request.mapping) require_file(*request.mapping, "mapping");
  for (const auto& named : request.exports) {
    require_file(named, "export");
    const auto file = fs::absolute(named).lexically_normal();
    const auto& source = source_of(config, request, file);
    const auto mapping = request.mapping ? fs::absolute(*request.mapping) : source.mapping;
    const auto& [loaded, version] = mappings.get(mapping);
    list.exports.push_back({file, source.name, loaded, {}, {}, version});
    if (std::find(list.sources.begin(), list.sources.end(), source.name) == list.sources.end()) {
      list.sources.push_back(source.name);
    }
  }
  return list;
}

bool can_have_exports(const Source& source, config::Problems& problems) {
  const auto problem = exports_problem(source);
  if (problem) problems.add(problem->place, problem->message, problem->remedy);
  return !problem;
}

WorkList exports_of_sources(const Config& config, const Request& request, Mappings& mappings,
                            config::Problems& problems) {
  WorkList list;
  for (const auto& source : config.sources) {
    if (request.source && *request.source != source.name) continue;
    list.sources.push_back(source.name);
    const auto& [mapping, version] = mappings.get(source.mapping);
    if (!can_have_exports(source, problems)) continue;
    std::vector<fs::path> files;
    try {
      files = matching_exports(source.exports);
    } catch (const fs::filesystem_error& error) {
      throw CommandError(Exit::cannot_read,
                         fmt::format("source {}: cannot read {}: {}", source.name,
                                     error.path1().string(), error.code().message()));
    }
    if (files.empty()) list.without_files.push_back(source.name);
    for (auto& file : files) {
      list.exports.push_back(
          {std::move(file), source.name, mapping, source.settle, source.archive, version});
    }
  }
  return list;
}

}  // namespace

const Source& find_source(const Config& config, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& source : config.sources) {
    if (source.name == name) return source;
    names.push_back(source.name);
  }
  const auto near = config::nearest(name, names);
  throw CommandError(
      Exit::usage, fmt::format("--source {}: no such source in {}; {}", name, config.file.string(),
                               near ? "did you mean '" + *near + "'?"
                                    : fmt::format("known are {}", fmt::join(names, ", "))));
}

std::map<std::string, LoadedMapping> load_mappings(const Config& config) {
  config::Problems problems;
  Mappings mappings(problems);
  std::map<std::string, LoadedMapping> loaded;
  for (const auto& source : config.sources) {
    loaded.emplace(source.name, mappings.get(source.mapping));
    (void)can_have_exports(source, problems);
  }
  if (!problems.empty()) throw CommandError(Exit::invalid, std::move(problems));
  return loaded;
}

WorkList make_work_list(const Config& config, const Request& request) {
  if (request.mapping && request.exports.empty()) {
    throw CommandError(Exit::usage, "--mapping goes with exports named on the command line");
  }
  if (request.source) (void)find_source(config, *request.source);
  config::Problems problems;
  Mappings mappings(problems);
  auto list = request.exports.empty() ? exports_of_sources(config, request, mappings, problems)
                                      : named_exports(config, request, mappings);
  if (!problems.empty()) throw CommandError(Exit::invalid, std::move(problems));
  return list;
}

}  // namespace referrald::sync
