#include "mapping/readers/input_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

[[noreturn]] void throw_errno(const std::string& name, const char* doing, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  const char* remedy = error == EACCES ? "; let the user who runs referrald read it" : "";
  throw ExportError(missing ? ExportError::Kind::missing : ExportError::Kind::unreadable,
                    name + ": cannot " + doing + " the export: " + std::strerror(error) + remedy);
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& file) : name_(file.string()) {
  // O_NONBLOCK: a named pipe in the exports' folder must not hold us up before we can refuse it.
  fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd_ < 0) throw_errno(name_, "open", errno);

  struct stat status {};
  const int error = ::fstat(fd_, &status) == 0 ? 0 : errno;
  if (error != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    if (error != 0) throw_errno(name_, "open", error);
    throw ExportError(ExportError::Kind::unreadable,
                      name_ + (S_ISDIR(status.st_mode) ? ": is a folder" : ": is no regular file") +
                          "; name a file, or copy it into one");
  }
  bytes_total_ = static_cast<std::uint64_t>(status.st_size);
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : name_(std::move(other.name_)),
      fd_(std::exchange(other.fd_, -1)),
      bytes_read_(other.bytes_read_),
      bytes_total_(other.bytes_total_) {}

std::size_t InputFile::read(char* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(fd_, into + done, size - done);
    if (count < 0) {
      if (errno == EINTR) continue;
      throw_errno(name_, "read", errno);
    }
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes_read_ += done;
  return done;
}

void InputFile::rewind() {
  if (::lseek(fd_, 0, SEEK_SET) < 0) throw_errno(name_, "read", errno);
  bytes_read_ = 0;
}

}  // namespace referrald::mapping
