#include "daemon/submission/secret_file.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace referrald::submission {
namespace {

constexpr mode_t owner_only = 0600;
constexpr off_t room = 16 * 1024;  // more than any token needs

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw std::system_error(error, std::system_category(), what);
}

// Run as root, the file would become root's and the daemon's own user could not read it any more.
void keep_owner(int descriptor, const std::filesystem::path& file) {
  if (::geteuid() != 0) return;
  struct stat before {};
  const bool known =
      ::stat(file.c_str(), &before) == 0 || ::stat(file.parent_path().c_str(), &before) == 0;
  if (known && ::fchown(descriptor, before.st_uid, before.st_gid) != 0) {
    fail("give " + file.string() + " to its owner");
  }
}

void reserve(int descriptor, const std::filesystem::path& file) {
  const int error = ::posix_fallocate(descriptor, 0, room);
  const bool unsupported = error == EOPNOTSUPP || error == EINVAL || error == ENOSYS;
  if (error != 0 && !unsupported) fail("write " + file.string(), error);
}

void write_all(int descriptor, std::string_view content, const std::filesystem::path& file) {
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t size = ::pwrite(descriptor, content.data() + written, content.size() - written,
                                  static_cast<off_t>(written));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) fail("write " + file.string());
    written += static_cast<std::size_t>(size);
  }
  if (::ftruncate(descriptor, static_cast<off_t>(content.size())) != 0) {
    fail("write " + file.string());
  }
  if (::fsync(descriptor) != 0) fail("write " + file.string() + " to disk");
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail("open the folder " + folder.string());
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failed != 0) fail("write the folder " + folder.string() + " to disk", failed);
}

}  // namespace

std::filesystem::path real_place(const std::filesystem::path& file) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(file, error);
  auto real = std::filesystem::weakly_canonical(absolute, error);
  return error ? absolute : real;
}

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(folder), descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail("open the folder " + folder.string());
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

bool FolderLock::try_lock() {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) fail("lock the folder " + folder_.string());
  return false;
}

void FolderLock::lock() {
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) fail("lock the folder " + folder_.string());
  }
}

SecretWriter::SecretWriter(std::filesystem::path file)
    : file_(std::move(file)), fresh_(file_.string() + ".new") {
  // One that a crash left may belong to somebody else; the lock says that nobody uses it now.
  ::unlink(fresh_.c_str());
  descriptor_ =
      ::open(fresh_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, owner_only);
  if (descriptor_ < 0) fail("create " + fresh_.string());
  try {
    keep_owner(descriptor_, file_);
    reserve(descriptor_, fresh_);
  } catch (...) {
    ::close(descriptor_);
    ::unlink(fresh_.c_str());
    throw;
  }
}

SecretWriter::~SecretWriter() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(fresh_.c_str());
}

void SecretWriter::commit(std::string_view content) {
  write_all(descriptor_, content, fresh_);
  if (::rename(fresh_.c_str(), file_.c_str()) != 0) fail("replace " + file_.string());
  ::close(std::exchange(descriptor_, -1));
  sync_folder(file_.parent_path());
}

}  // namespace referrald::submission
