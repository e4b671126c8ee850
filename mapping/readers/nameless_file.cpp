#include "mapping/readers/nameless_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace referrald::mapping {
namespace {

std::string why() {
  return std::generic_category().message(errno);
}

[[noreturn]] void throw_cannot(std::string_view what, std::string_view folder) {
  throw NamelessFileError(
      NamelessFileError::Kind::cannot_write,
      fmt::format("cannot {} a temporary file in {}: {}; set TMPDIR to a folder "
                  "with room",
                  what, folder, why()));
}

}  // namespace

NamelessFile::~NamelessFile() {
  if (fd_ >= 0) ::close(fd_);
}

void NamelessFile::open() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): never set
  const char* const wanted = std::getenv("TMPDIR");
  if (wanted != nullptr && *wanted != '\0')
    open_in(wanted);
  else if (!open_in("/var/tmp"))
    open_in("/tmp");
  if (fd_ < 0) throw_cannot("make", folder_);
}

bool NamelessFile::open_in(const std::string& folder) {
  folder_ = folder;
  fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd_ >= 0) return true;
  // Not every file system can make a file without a name.
  std::string name = folder + "/referrald-XXXXXX";
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ >= 0) ::unlink(name.c_str());
  return fd_ >= 0;
}

void NamelessFile::append(std::span<const std::byte> bytes) {
  if (fd_ < 0) open();
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_cannot("write", folder_);
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void NamelessFile::read(std::uint64_t from, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto got = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(from));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw NamelessFileError(
          NamelessFileError::Kind::cannot_read,
          fmt::format("cannot read a temporary file: {}", got == 0 ? "it ends too early" : why()));
    from += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace referrald::mapping
