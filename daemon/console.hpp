// Standard error, shared by the lines of the log and the line of progress.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace referrald {

// On a terminal the last line may be a status that is rewritten in place; other lines appear above
// it. Thread-safe. A failed write is ignored: there is nobody left to tell.
class Console {
 public:
  // Does not own the descriptor.
  explicit Console(int fd);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // Whether lines can be rewritten: a terminal, and TERM is not "dumb".
  bool terminal() const { return terminal_; }
  int fd() const { return fd_; }

  void line(std::string_view text);
  // Replaces the status, cut to the terminal's width. Only on a terminal.
  void status(std::string_view text);
  void clear_status();

 private:
  const int fd_;
  const bool terminal_;
  std::mutex mutex_;
  std::string status_;  // protected by mutex_
};

}  // namespace referrald
