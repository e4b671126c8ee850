#include "daemon/sync/spill_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/exit.hpp"

namespace referrald::sync {
namespace {

std::string why() {
  return std::generic_category().message(errno);
}

}  // namespace

SpillFile::~SpillFile() {
  if (fd_ >= 0) ::close(fd_);
}

void SpillFile::open() {
  const char* const wanted = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): never set
  for (const char* folder : {wanted, "/var/tmp", "/tmp"}) {
    if (folder == nullptr) continue;
    fd_ = ::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ >= 0) return;
    // Not every file system can make a file without a name.
    std::string name = fmt::format("{}/referrald-XXXXXX", folder);
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) continue;
    ::unlink(name.c_str());
    return;
  }
  throw CommandError(
      Exit::cannot_write,
      fmt::format("cannot make a temporary file: {}; set TMPDIR to a folder with room", why()));
}

void SpillFile::append(std::span<const std::byte> bytes) {
  if (fd_ < 0) open();
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw CommandError(
          Exit::cannot_write,
          fmt::format("cannot write a temporary file: {}; set TMPDIR to a folder with room",
                      why()));
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void SpillFile::read(std::uint64_t from, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto got = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw CommandError(Exit::cannot_read, fmt::format("cannot read a temporary file: {}",
                                                        got == 0 ? "it ends too early" : why()));
    from += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace referrald::sync
