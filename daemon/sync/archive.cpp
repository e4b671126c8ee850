#include "daemon/sync/archive.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/submission/wire.hpp"

namespace referrald::sync {
namespace fs = std::filesystem;

fs::path move_to_archive(const fs::path& file, const fs::path& folder, submission::WallTime now) {
  fs::create_directories(folder);
  auto target = folder / file.filename();
  auto stamp = submission::format_time(now).substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
  for (int i = 1; fs::exists(target); ++i) {
    const auto suffix = i == 1 ? stamp : fmt::format("{}-{}", stamp, i);
    target =
        folder / fmt::format("{}.{}{}", file.stem().string(), suffix, file.extension().string());
  }
  std::error_code error;
  fs::rename(file, target, error);
  if (!error) return target;
  if (error != std::errc::cross_device_link) {
    throw fs::filesystem_error("cannot archive", file, target, error);
  }
  fs::copy_file(file, target);
  fs::remove(file);
  return target;
}

}  // namespace referrald::sync
