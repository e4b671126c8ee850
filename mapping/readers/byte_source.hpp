// Where a reader's bytes come from: a file as it is, or what is
// compressed or encoded in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace referrald::mapping {

// Not thread-safe. Errors are ExportErrors that name the file.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `into` as far as the content goes: less than `size` only at its end. Throws unreadable,
  // and DamagedInput (damaged), which tells how much of `into` was filled before.
  virtual std::size_t read(char* into, std::size_t size) = 0;
  // Back to the first byte. Throws unreadable.
  virtual void rewind() = 0;
  // Of the file, for progress: how much was read since the start or rewind(), and its size.
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::uint64_t bytes_total() const = 0;
  // The file's name, for messages.
  virtual const std::string& name() const = 0;
};

}  // namespace referrald::mapping
