#include "mapping/file_stamp.hpp"

#include <sys/stat.h>

namespace referrald::mapping {

FileStamp::FileStamp(std::filesystem::path path) : path_(std::move(path)) {
  struct stat status = {};
  if (stat(path_.c_str(), &status) != 0) return;
  seconds_ = status.st_mtim.tv_sec;
  nanoseconds_ = status.st_mtim.tv_nsec;
  size_ = status.st_size;
  inode_ = status.st_ino;
}

bool FileStamp::changed() const {
  const FileStamp now(path_);
  return now.seconds_ != seconds_ || now.nanoseconds_ != nanoseconds_ || now.size_ != size_ ||
         now.inode_ != inode_;
}

}  // namespace referrald::mapping
