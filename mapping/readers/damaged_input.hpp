// A source of bytes that breaks off, and what can still be had of it.
#pragma once

#include <cstddef>
#include <string>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// Thrown by ByteSource::read(): the content is damaged from some byte on. What came before is in
// the caller's buffer, so that a reader may read the rows before the damage.
class DamagedInput : public ExportError {
 public:
  // `what` says what is wrong, without the file's name and without a remedy.
  DamagedInput(const std::string& file, const std::string& what, std::size_t filled)
      : ExportError(Kind::damaged, file + ": " + what + "; export or copy the file again"),
        what_(what),
        filled_(filled) {}
  const std::string& damage() const { return what_; }
  std::size_t filled() const { return filled_; }  // bytes in the buffer given to read()

 private:
  std::string what_;
  std::size_t filled_;
};

// The first bytes, at most `size`, fewer where the content ends or is damaged. The source is at its
// first byte before and after. Throws unreadable.
std::string read_start(ByteSource& source, std::size_t size);

}  // namespace referrald::mapping
