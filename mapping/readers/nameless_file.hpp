// A temporary file for what does not fit into memory: it has no name, and goes with the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace referrald::mapping {

// what() says what is wrong, and what to do.
class NamelessFileError : public std::runtime_error {
 public:
  enum class Kind { cannot_write, cannot_read };
  NamelessFileError(Kind kind, const std::string& message)
      : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// One thread at a time. In TMPDIR where that is set, else in /var/tmp or /tmp; of mode 0600, since
// it may hold personal data. Made when something is written.
class NamelessFile {
 public:
  NamelessFile() = default;
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;
  ~NamelessFile();

  // Behind what is there. Throws NamelessFileError.
  void append(std::span<const std::byte> bytes);
  // Throws NamelessFileError, at its end too.
  void read(std::uint64_t from, std::span<std::byte> into) const;
  std::uint64_t size() const { return size_; }

 private:
  void open();
  bool open_in(const std::string& folder);

  std::string folder_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace referrald::mapping
