// A pseudo-terminal, 80 columns wide, and what was shown on it.
#pragma once

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

namespace referrald::test {

class Terminal {
 public:
  explicit Terminal(const char* term = "xterm") {
    ::setenv("TERM", term, 1);
    winsize size{};
    size.ws_col = 80;
    termios raw{};
    ::cfmakeraw(&raw);  // no \r before \n
    if (::openpty(&outside_, &inside_, nullptr, &raw, &size) != 0)
      throw std::runtime_error("openpty failed");
  }
  ~Terminal() {
    ::close(inside_);
    ::close(outside_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int fd() const { return inside_; }

  // Everything written since the last call.
  std::string shown() const {
    std::string text;
    std::array<char, 4096> buffer{};
    pollfd ready{outside_, POLLIN, 0};
    while (::poll(&ready, 1, 0) == 1) {
      const ssize_t count = ::read(outside_, buffer.data(), buffer.size());
      if (count <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int outside_ = -1;
  int inside_ = -1;
};

inline std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
    ++count;
  return count;
}

}  // namespace referrald::test
