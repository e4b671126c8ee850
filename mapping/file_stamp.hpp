// What a file was like, to tell later whether it has changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace referrald::mapping {

// Taken before the file is read, so that a change while reading counts as one.
class FileStamp {
 public:
  explicit FileStamp(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  // Whether it was written, replaced, removed or made since.
  bool changed() const;
  // Differs where changed() would tell a difference.
  std::string text() const;

 private:
  std::filesystem::path path_;
  std::int64_t written_ns_ = 0;
  std::int64_t touched_ns_ = 0;  // the status too, which nobody can set back
  std::int64_t size_ = -1;       // -1: there was none
  std::uint64_t inode_ = 0;
};

}  // namespace referrald::mapping
