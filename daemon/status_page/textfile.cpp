#include "daemon/status_page/textfile.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace referrald::status_page {
namespace {

constexpr std::uintmax_t largest = 4 * 1024 * 1024;  // far more than the metrics ever are

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot write " + name);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_textfile(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > largest) return {};
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_textfile(const std::filesystem::path& file, const Metrics& metrics,
                    const Snapshot& snapshot) {
  // In the same folder, by a name that the collector passes over; the ledger's lock lets only one
  // process write.
  const std::string beside = file.string() + ".new";
  try {
    const Descriptor out(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (out.get() < 0) fail("cannot write " + beside);
    // Whatever the umask: another user reads it.
    if (::fchmod(out.get(), 0644) != 0) fail("cannot write " + beside);
    write_all(out.get(), metrics.text(snapshot), beside);
    if (::rename(beside.c_str(), file.c_str()) != 0) fail("cannot replace " + file.string());
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

}  // namespace referrald::status_page
