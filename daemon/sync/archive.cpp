#include "daemon/sync/archive.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/submission/wire.hpp"

namespace referrald::sync {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const fs::path& target, int error) {
  throw fs::filesystem_error("cannot archive", file, target,
                             std::error_code(error, std::generic_category()));
}

// 0, or the errno; EEXIST when the name is taken.
int rename_to_free_name(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system (NFS, some FUSE) that cannot do both at once.
  if (fs::exists(to)) return EEXIST;
  return std::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

void make_durable(const fs::path& path, const fs::path& file, const fs::path& target) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(file, target, errno);
  const int error = fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0) fail(file, target, error);
}

std::optional<FileStamp> own_stamp(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return std::nullopt;
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return FileStamp{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim),
                   nanoseconds(info.st_ctim)};
}

// The name itself, or the first free one with the time behind it.
fs::path candidate(const fs::path& file, const fs::path& folder, const std::string& stamp,
                   int number) {
  if (number == 0) return folder / file.filename();
  const auto suffix = number == 1 ? stamp : fmt::format("{}-{}", stamp, number);
  return folder / fmt::format("{}.{}{}", file.stem().string(), suffix, file.extension().string());
}

// Removes what it was given, unless it was told that all went well.
struct Partial {
  fs::path path;
  bool keep = false;
  ~Partial() {
    std::error_code ignored;
    if (!keep) fs::remove_all(path, ignored);
  }
};

fs::path copy_to_free_name(const fs::path& file, const fs::path& folder, const std::string& time) {
  Partial partial{folder / fmt::format(".{}.part", file.filename().string())};
  fs::remove_all(partial.path);
  fs::copy(file, partial.path, fs::copy_options::recursive);
  if (fs::is_directory(partial.path))
    for (const auto& entry : fs::recursive_directory_iterator(partial.path))
      make_durable(entry.path(), file, partial.path);
  make_durable(partial.path, file, partial.path);
  for (int number = 0;; ++number) {
    auto target = candidate(file, folder, time, number);
    const int error = rename_to_free_name(partial.path, target);
    if (error == EEXIST) continue;
    if (error != 0) fail(file, target, error);
    partial.keep = true;
    make_durable(folder, file, target);
    return target;
  }
}

}  // namespace

std::optional<FileStamp> stamp_of(const fs::path& file) {
  auto stamp = own_stamp(file);
  std::error_code error;
  if (!stamp || !fs::is_directory(file, error)) return stamp;
  stamp->size = 0;
  for (fs::recursive_directory_iterator at(file, error), end; !error && at != end;
       at.increment(error)) {
    const auto inner = own_stamp(at->path());
    if (!inner) return std::nullopt;
    if (!at->is_directory()) stamp->size += inner->size;
    stamp->written_ns = std::max(stamp->written_ns, inner->written_ns);
  }
  return error ? std::nullopt : stamp;
}

std::string text_of(const FileStamp& stamp, std::string_view mapping_version) {
  return fmt::format("{}:{}:{}:{}/{}", stamp.inode, stamp.size, stamp.written_ns, stamp.touched_ns,
                     mapping_version);
}

std::optional<fs::path> move_to_archive(const fs::path& file, const FileStamp& stamp,
                                        const fs::path& folder, submission::WallTime now) {
  fs::create_directories(folder);
  auto time = submission::format_time(now).substr(0, 19);
  std::erase_if(time, [](char c) { return c == ':' || c == '-'; });
  if (stamp_of(file) != stamp) return std::nullopt;
  for (int number = 0;; ++number) {
    const auto target = candidate(file, folder, time, number);
    const int error = rename_to_free_name(file, target);
    if (error == EEXIST) continue;
    if (error == EXDEV) break;
    if (error != 0) fail(file, target, error);
    if (stamp_of(target) == stamp) return target;
    // Another file took its place just now: it goes back, unless a third one is there already.
    if (rename_to_free_name(target, file) != 0) fail(file, target, EBUSY);
    return std::nullopt;
  }
  const auto target = copy_to_free_name(file, folder, time);
  if (stamp_of(file) != stamp) {
    fs::remove_all(target);
    return std::nullopt;
  }
  fs::remove_all(file);
  return target;
}

}  // namespace referrald::sync
