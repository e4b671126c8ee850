// A nameless file whose errors are a command's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/exit.hpp"
#include "mapping/readers/nameless_file.hpp"

namespace referrald::sync {

// One thread at a time.
class SpillFile {
 public:
  // Behind what is there. Throws CommandError(cannot_write): no folder, no space.
  void append(std::span<const std::byte> bytes) {
    translated([&] { file_.append(bytes); });
  }
  // Throws CommandError(cannot_read).
  void read(std::uint64_t from, std::span<std::byte> into) const {
    translated([&] { file_.read(from, into); });
  }
  std::uint64_t size() const { return file_.size(); }

 private:
  template <typename Work>
  static void translated(const Work& work) {
    try {
      work();
    } catch (const mapping::NamelessFileError& error) {
      const bool writing = error.kind() == mapping::NamelessFileError::Kind::cannot_write;
      throw CommandError(writing ? Exit::cannot_write : Exit::cannot_read, error.what());
    }
  }

  mapping::NamelessFile file_;
};

}  // namespace referrald::sync
