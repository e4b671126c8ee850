// The lock of the one writer: a file that names the process and is locked as long as it lives.
#pragma once

#include <filesystem>

namespace referrald::persistence {

// Takes the lock or throws LedgerError: held (naming the process that has it) or cannot_write. The
// kernel frees it when the process ends, however it ends; a file left behind locks nothing.
class WriterLock {
 public:
  WriterLock(const std::filesystem::path& ledger, const std::filesystem::path& file);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace referrald::persistence
