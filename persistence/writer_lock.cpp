#include "persistence/writer_lock.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "persistence/sqlite_errors.hpp"

namespace referrald::persistence {
namespace {

// Who has it. Empty when the holder has not yet said.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < length && text[static_cast<std::size_t>(i)] != '\n'; ++i) {
    pid += text[static_cast<std::size_t>(i)];
  }
  return pid;
}

int lock(int descriptor) {
  int result = 0;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& ledger, const std::filesystem::path& file) {
  const std::string doing = "lock " + file.string();
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) {
    throw LedgerError(
        LedgerError::Kind::cannot_write,
        ledger_message(ledger, doing,
                       reason_of(errno) + "; the ledger's folder must exist and be writable"));
  }
  if (lock(descriptor_) != 0) {
    const int error = errno;
    const std::string pid = holder(descriptor_);
    ::close(descriptor_);
    if (error != EWOULDBLOCK) {
      throw LedgerError(LedgerError::Kind::cannot_write,
                        ledger_message(ledger, doing, reason_of(error)));
    }
    throw LedgerError(
        LedgerError::Kind::held,
        ledger_message(ledger, "open for writing",
                       "held by " + (pid.empty() ? "another process" : "process " + pid) +
                           "; one at a time may write: wait for its end, or stop it"));
  }
  // Only for people; that it could not be written (a full disk) does not weaken the lock.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor_, 0) == 0) {
    [[maybe_unused]] const auto written = ::pwrite(descriptor_, pid.data(), pid.size(), 0);
  }
}

WriterLock::~WriterLock() {
  // The file stays: removing it would let two processes lock two files of one name.
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);
  ::close(descriptor_);
}

}  // namespace referrald::persistence
