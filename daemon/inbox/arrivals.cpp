#include "daemon/inbox/arrivals.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/exports.hpp"

namespace referrald::inbox {
namespace {

namespace fs = std::filesystem;
using submission::SteadyTime;
using submission::WallTime;

std::string trouble_of(const fs::path& exports) {
  const auto folder = exports.parent_path();
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  return fmt::format("the folder {} {}", folder.string(),
                     error && error != std::errc::no_such_file_or_directory
                         ? "cannot be read: " + error.message()
                         : "is not there");
}

bool is_handled(const std::vector<persistence::HandledExport>& handled, const std::string& name,
                const std::string& stamp, WallTime began) {
  return std::ranges::any_of(handled, [&](const auto& what) {
    const bool may_pass_now = what.handled == persistence::Handled::guarded && what.at < began;
    return what.name == name && what.stamp == stamp && !may_pass_now;
  });
}

}  // namespace

Look Arrivals::look(const std::vector<persistence::HandledExport>& handled, WallTime wall,
                    SteadyTime now) {
  Look found;
  std::vector<fs::path> files;
  try {
    found.trouble = trouble_of(source_.exports);
    if (found.trouble.empty()) files = matching_exports(source_.exports);
  } catch (const fs::filesystem_error& error) {
    found.trouble =
        fmt::format("{} cannot be read: {}", error.path1().string(), error.code().message());
  }
  std::map<fs::path, Seen> seen;
  std::set<std::string> moved_in;
  for (const auto& file : files) {
    const auto stamp = sync::stamp_of(file);
    const auto name = file.filename().string();
    if (!stamp || is_handled(handled, name, sync::text_of(*stamp, mapping_version_), began_))
      continue;
    const auto before = seen_.find(file);
    const bool same = before != seen_.end() && before->second.stamp == *stamp;
    const auto& now_seen =
        seen.emplace(file, same ? before->second : Seen{*stamp, now, {}}).first->second;
    // Written to since, it is complete no more.
    if (before != seen_.end() && !same) moved_in_.erase(name);
    if (moved_in_.contains(name)) moved_in.insert(name);
    const auto at = complete_at(file, now_seen, wall, now);
    if (at <= now)
      found.ready.push_back(file);
    else if (!found.next_look || at < *found.next_look)
      found.next_look = at;
  }
  seen_ = std::move(seen);
  moved_in_ = std::move(moved_in);
  return found;
}

SteadyTime Arrivals::complete_at(const fs::path& file, const Seen& seen, WallTime wall,
                                 SteadyTime now) const {
  if (seen.not_before && *seen.not_before > now) return *seen.not_before;
  if (moved_in_.contains(file.filename().string())) return now;
  const WallTime written{
      std::chrono::floor<WallTime::duration>(std::chrono::nanoseconds{seen.stamp.written_ns})};
  const auto watched = seen.since + source_.settle;
  if (written > wall) return watched;
  return std::min(watched, now + (source_.settle - (wall - written)));
}

void Arrivals::moved_in(const std::string& name) {
  moved_in_.insert(name);
  std::erase_if(seen_, [&](const auto& seen) { return seen.first.filename() == name; });
}

void Arrivals::postpone(const fs::path& file, SteadyTime until) {
  const auto found = seen_.find(file);
  if (found != seen_.end()) found->second.not_before = until;
}

}  // namespace referrald::inbox
