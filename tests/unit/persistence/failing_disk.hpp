// The disk as SQLite sees it, made to count and to fail. In force as long as it lives, for files
// that are opened meanwhile.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>

#include <sqlite3.h>

namespace referrald::persistence {

class FailingDisk {
 public:
  FailingDisk() {
    if (current_ != nullptr) throw std::logic_error("one disk at a time");
    real_ = sqlite3_vfs_find(nullptr);
    shim_ = *real_;
    shim_.zName = "failing-disk";
    shim_.pNext = nullptr;
    shim_.xOpen = open;
    sqlite3_vfs_register(&shim_, 1);
    current_ = this;
  }
  ~FailingDisk() {
    sqlite3_vfs_unregister(&shim_);
    sqlite3_vfs_register(real_, 1);
    current_ = nullptr;
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  // The write, sync or truncation after so many fails, and every later one.
  void fail_after(std::uint64_t operations) { left_ = static_cast<std::int64_t>(operations); }
  void mend() { left_ = -1; }
  bool failed() const { return left_ == 0; }
  std::uint64_t log_syncs() const { return log_syncs_; }

 private:
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int result = current_->real_->xOpen(current_->real_, name, file, flags, out_flags);
    if (result != SQLITE_OK || file->pMethods == nullptr) return result;
    // SQLite's Unix files all have the same methods, but for how they are locked.
    const bool log = (flags & SQLITE_OPEN_WAL) != 0;
    auto& methods = log ? log_methods_ : methods_;
    original_ = file->pMethods;
    methods = *original_;
    methods.xWrite = write;
    methods.xTruncate = truncate;
    methods.xSync = log ? sync_log : sync;
    file->pMethods = &methods;
    return result;
  }
  static bool works() {
    if (current_ == nullptr || current_->left_ < 0) return true;
    if (current_->left_ == 0) return false;
    --current_->left_;
    return true;
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    return works() ? original_->xWrite(file, bytes, size, offset) : SQLITE_IOERR_WRITE;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return works() ? original_->xTruncate(file, size) : SQLITE_IOERR_TRUNCATE;
  }
  static int sync(sqlite3_file* file, int flags) {
    return works() ? original_->xSync(file, flags) : SQLITE_IOERR_FSYNC;
  }
  static int sync_log(sqlite3_file* file, int flags) {
    if (current_ != nullptr) ++current_->log_syncs_;
    return sync(file, flags);
  }

  static inline FailingDisk* current_ = nullptr;
  static inline const sqlite3_io_methods* original_ = nullptr;
  static inline sqlite3_io_methods methods_{};
  static inline sqlite3_io_methods log_methods_{};
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs shim_{};
  std::int64_t left_ = -1;
  std::uint64_t log_syncs_ = 0;
};

}  // namespace referrald::persistence
