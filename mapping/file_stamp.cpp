#include "mapping/file_stamp.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace referrald::mapping {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp::FileStamp(std::filesystem::path path) : path_(std::move(path)) {
  struct stat status = {};
  if (stat(path_.c_str(), &status) != 0) return;
  written_ns_ = nanoseconds(status.st_mtim);
  touched_ns_ = nanoseconds(status.st_ctim);
  size_ = status.st_size;
  inode_ = status.st_ino;
}

bool FileStamp::changed() const {
  const FileStamp now(path_);
  return now.written_ns_ != written_ns_ || now.touched_ns_ != touched_ns_ || now.size_ != size_ ||
         now.inode_ != inode_;
}

std::string FileStamp::text() const {
  return fmt::format("{}:{}:{}:{};", inode_, size_, written_ns_, touched_ns_);
}

}  // namespace referrald::mapping
