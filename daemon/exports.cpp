#include "daemon/exports.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <fnmatch.h>

#include "mapping/readers/cdm.hpp"
#include "mapping/readers/json.hpp"
#include "mapping/readers/names_of_files.hpp"

namespace referrald {
namespace {

namespace fs = std::filesystem;

bool is_pattern(const fs::path& exports) {
  return exports.filename().string().find_first_of("*?[") != std::string::npos;
}

// Excel's lock files, "~$leads.xlsx", are none.
bool matches(const fs::path& exports, const fs::path& name) {
  return !name.string().starts_with("~$") &&
         fnmatch(exports.filename().c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool holds_model(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "model.json", error);
}

// Pages count only where the folder itself is named: one beside the exports, such as an archive of
// JSON files, is none.
bool is_export(const fs::path& path, bool named) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return true;
  return fs::is_directory(path, error) &&
         (holds_model(path) || (named && mapping::holds_json_pages(path)));
}

}  // namespace

std::vector<fs::path> matching_exports(const fs::path& exports) {
  std::vector<fs::path> found;
  // A file whose very name holds such a character is meant before the pattern.
  if (is_export(exports, true)) {
    found.push_back(exports);
  } else if (is_pattern(exports) && fs::is_directory(exports.parent_path())) {
    const auto unfinished = mapping::being_written(exports.parent_path());
    for (const auto& entry : fs::directory_iterator(exports.parent_path()))
      if (matches(exports, entry.path().filename()) && is_export(entry.path(), false) &&
          entry.path().filename() != unfinished)
        found.push_back(entry.path());
    std::ranges::sort(found, [](const fs::path& a, const fs::path& b) {
      return mapping::comes_before(a.filename().string(), b.filename().string());
    });
  }
  return found;
}

std::optional<config::Problem> exports_problem(const config::Source& source) {
  std::error_code error;
  if (!fs::is_directory(source.exports, error) || is_export(source.exports, true))
    return std::nullopt;
  return config::Problem{
      source.exports_place,
      fmt::format("sources[{}].exports: {} is a folder without model.json or pages of JSON",
                  source.name, source.exports.string()),
      fmt::format("write {} for the files in it", (source.exports / "*").string())};
}

bool matches_exports(const fs::path& exports, const fs::path& file) {
  const fs::path path = fs::absolute(file).lexically_normal();
  const fs::path wanted = exports.lexically_normal();
  if (path == wanted) return true;
  return is_pattern(wanted) && path.parent_path() == wanted.parent_path() &&
         matches(wanted, path.filename());
}

}  // namespace referrald
