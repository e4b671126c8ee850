// A temporary file for what does not fit into memory: it has no name, and goes with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace referrald::sync {

// One thread at a time. In TMPDIR, else in /var/tmp, else in /tmp.
class SpillFile {
 public:
  SpillFile() = default;
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  ~SpillFile();

  // Behind what is there. Throws CommandError(cannot_write): no folder, no space.
  void append(std::span<const std::byte> bytes);
  // Throws CommandError(cannot_read).
  void read(std::uint64_t from, std::span<std::byte> into) const;
  std::uint64_t size() const { return size_; }

 private:
  void open();

  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace referrald::sync
