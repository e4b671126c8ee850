#include "daemon/output.hpp"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <unistd.h>

#include "daemon/exit.hpp"
#include "daemon/text.hpp"

namespace referrald {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;

}  // namespace

Output::Output(int fd) : fd_(fd), terminal_(isatty(fd) == 1) {}

void Output::write(std::string_view text) {
  write_data(as_typed(text));
}

void Output::write_data(std::string_view data) {
  buffer_ += data;
  if (buffer_.size() >= buffer_size) flush();
}

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !gone_) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      gone_ = true;
    } else if (errno == EAGAIN) {
      pollfd wait{fd_, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      const std::string why = std::generic_category().message(errno);
      buffer_.clear();
      throw CommandError(Exit::cannot_write, "cannot write to standard output: " + why);
    }
  }
  buffer_.clear();
}

void Output::stop_if_gone() const {
  if (gone_) throw ReaderGone();
}

}  // namespace referrald
