#include "daemon/console.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/text.hpp"

namespace referrald {
namespace {

constexpr std::string_view clear_line = "\r\x1b[K";

bool rewritable(int fd) {
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t width(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : std::size_t{80};
}

// At most `columns` code points, cut between two of them.
std::string_view cut(std::string_view text, std::size_t columns) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (!starts) continue;
    if (columns == 0) return text.substr(0, i);
    --columns;
  }
  return text;
}

}  // namespace

Console::Console(int fd) : fd_(fd), terminal_(rewritable(fd)) {}

Console::~Console() {
  clear_status();
}

void Console::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string out;
  if (!status_.empty()) out += clear_line;
  out += as_typed(text);
  out += '\n';
  out += status_;
  write_all(fd_, out);
}

void Console::status(std::string_view text) {
  if (!terminal_) return;
  const std::lock_guard lock(mutex_);
  // One column stays free: a full line would wrap and could not be rewritten.
  status_ = cut(text, width(fd_) - 1);
  write_all(fd_, std::string(clear_line) + status_);
}

void Console::clear_status() {
  const std::lock_guard lock(mutex_);
  if (status_.empty()) return;
  status_.clear();
  write_all(fd_, clear_line);
}

}  // namespace referrald
