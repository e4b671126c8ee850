// The part of a JSON file that is in memory, and where values end in it. Knows strings and
// brackets, not grammar: whether a value is well-formed is for its reader to find out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "mapping/readers/byte_source.hpp"

namespace referrald::mapping {

// A longer record is a fault, "row-too-long".
inline constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 20;

// Finds the end of an object or array, 64 bytes at a time.
class JsonEnd {
 public:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kNone = std::string_view::npos;
  // The next `size` bytes, at most kBlock; kBlock bytes must be readable. The position in the block
  // behind the bracket that closes the first one, or kNone.
  std::size_t look(const char* block, std::size_t size);
  // Whether a backslash was passed; never false when one was.
  bool escapes() const { return escapes_; }

 private:
  std::uint64_t in_strings(std::uint64_t quotes, std::uint64_t backslashes);

  std::uint64_t depth_ = 0;
  std::uint64_t in_string_ = 0;    // all bits: the last block ended inside a string
  std::uint64_t escape_next_ = 0;  // 1: the last block ended with a backslash that escapes
  bool escapes_ = false;
};

class JsonWindow {
 public:
  enum class Extent : std::uint8_t {
    whole,
    too_long,   // over kMaxRecordBytes
    cut_short,  // the file ends inside
  };
  struct Piece {
    std::string_view text;  // valid until the next call; kPadding bytes behind it are readable
    bool escapes = false;   // may hold a backslash
  };
  static constexpr std::size_t kPadding = 64;
  static constexpr int kEnd = -1;

  // From the source's position on, which is its beginning. Refers to the source.
  explicit JsonWindow(ByteSource& source);

  // The first bytes, at most `size`, untaken.
  std::string_view start(std::size_t size) const;
  // Passes blanks. The byte behind them, untaken, or kEnd.
  int peek() {
    while (at_ < end_) {
      const char c = data_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return static_cast<unsigned char>(c);
      line_ += c == '\n' ? 1 : 0;
      ++at_;
    }
    return last_ ? kEnd : peek_on();
  }
  // Takes bytes that were peeked at.
  void take(std::size_t count = 1) { at_ += count; }
  // The value that begins at the position, which is no blank; any byte begins one. `whole`: the
  // position is behind it. Otherwise it stays.
  Extent value(Piece& piece);
  // Passes a string of any length, at whose opening quote the position is. False: the file ends
  // inside, or a control character is in it, line ends among them.
  bool skip_string();

  // Of the position, in the file.
  std::uint64_t offset() const { return base_ + at_; }
  // Of the position, from 1. Counts line ends in values only when told to.
  std::uint64_t line() const { return line_; }
  void count_lines_in_values() { count_lines_ = true; }
  // What was read from the source and is behind the position.
  std::size_t unread() const { return end_ - at_; }

 private:
  Extent container(Piece& piece);
  Extent scalar(Piece& piece);
  void pass(std::size_t size);
  void fill(std::size_t keep);
  int peek_on();

  ByteSource& source_;
  std::unique_ptr<char[]> data_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool last_ = false;  // nothing follows in the file
  std::uint64_t base_ = 0;
  std::uint64_t line_ = 1;
  bool count_lines_ = false;
};

// "line 3, byte 17" of a position in the file. Reads the source from its beginning, whose position
// is lost.
std::string place_in(ByteSource& source, std::uint64_t offset);

}  // namespace referrald::mapping
