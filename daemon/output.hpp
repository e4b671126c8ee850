// Standard output: the data a command was asked for, and nothing else.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace referrald {

// Thrown by Output::stop_if_gone(); main ends quietly with 0: whoever read had enough.
class ReaderGone : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

// Buffered writes to a descriptor. When the reader has gone (`| head`), what is written is dropped
// without a word; SIGPIPE must be ignored. Any other failure throws CommandError(cannot_write).
// What is still buffered is lost without flush(); main calls it after the command.
class Output {
 public:
  // Does not own the descriptor.
  explicit Output(int fd);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // What we say: commands that it names are written as they are typed here, see as_typed().
  void write(std::string_view text);
  // What others have written, as it is.
  void write_data(std::string_view data);
  void flush();
  bool terminal() const { return terminal_; }

  // For long output: throws ReaderGone once nobody reads any more.
  void stop_if_gone() const;

 private:
  const int fd_;
  const bool terminal_;
  bool gone_ = false;
  std::string buffer_;
};

}  // namespace referrald
