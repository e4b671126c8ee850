// An export file, read from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "mapping/readers/byte_source.hpp"

namespace referrald::mapping {

// Plain reads, no memory map: a file that is cut short while it is read ends early instead of
// ending the program. Errors are ExportErrors that name the file.
class InputFile : public ByteSource {
 public:
  // Throws missing or unreadable; unreadable too for what is no regular file, since an export is
  // read more than once.
  explicit InputFile(const std::filesystem::path& file);
  ~InputFile() override;
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;

  std::size_t read(char* into, std::size_t size) override;
  void rewind() override;

  std::uint64_t bytes_read() const override { return bytes_read_; }
  std::uint64_t bytes_total() const override { return bytes_total_; }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  int fd_ = -1;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_total_ = 0;  // as it was when opened
};

}  // namespace referrald::mapping
