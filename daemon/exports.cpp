#include "daemon/exports.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <fnmatch.h>

namespace referrald {
namespace {

namespace fs = std::filesystem;

bool is_pattern(const fs::path& exports) {
  return exports.filename().string().find_first_of("*?[") != std::string::npos;
}

bool matches(const fs::path& exports, const fs::path& name) {
  return fnmatch(exports.filename().c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool is_export(const fs::path& file) {
  std::error_code error;
  if (fs::is_regular_file(file, error)) return true;
  return fs::is_directory(file, error) && fs::exists(file / "model.json", error);
}

}  // namespace

std::vector<fs::path> matching_exports(const fs::path& exports) {
  std::vector<fs::path> found;
  // A file whose very name holds such a character is meant before the pattern.
  if (is_export(exports)) {
    found.push_back(exports);
  } else if (is_pattern(exports) && fs::is_directory(exports.parent_path())) {
    for (const auto& entry : fs::directory_iterator(exports.parent_path()))
      if (matches(exports, entry.path().filename()) && is_export(entry.path()))
        found.push_back(entry.path());
    std::ranges::sort(found);
  }
  return found;
}

std::optional<config::Problem> exports_problem(const config::Source& source) {
  std::error_code error;
  if (!fs::is_directory(source.exports, error)) return std::nullopt;
  const bool model = fs::exists(source.exports / "model.json", error);
  return config::Problem{
      source.exports_place,
      fmt::format(
          "sources[{}].exports: {} is a folder {}", source.name, source.exports.string(),
          model ? "with model.json, which this version does not read" : "without model.json"),
      fmt::format("{}write {} for the files in it", model ? "export CSV files; " : "",
                  (source.exports / "*").string())};
}

bool matches_exports(const fs::path& exports, const fs::path& file) {
  const fs::path path = fs::absolute(file).lexically_normal();
  const fs::path wanted = exports.lexically_normal();
  if (path == wanted) return true;
  return is_pattern(wanted) && path.parent_path() == wanted.parent_path() &&
         matches(wanted, path.filename());
}

}  // namespace referrald
