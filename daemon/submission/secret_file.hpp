// A secret's file that is rewritten while the program runs. Internal to this folder.
#pragma once

#include <filesystem>
#include <string_view>

namespace referrald::submission {

// Where the file really is, from the root: symbolic links followed, so that replacing it does not
// replace a link.
std::filesystem::path real_place(const std::filesystem::path& file);

// Excludes other processes that renew or replace a secret in this folder.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);  // throws std::system_error
  ~FolderLock();                                             // gives the lock back
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool try_lock();  // throws std::system_error
  void lock();      // blocks the thread; throws std::system_error

 private:
  std::filesystem::path folder_;
  int descriptor_;
};

// Replaces a file in two steps. The constructor does all that can fail for want of permission or
// room (a new file beside the old one, its blocks allocated), so that a secret which exists only
// once is not asked for when it could not be kept.
class SecretWriter {
 public:
  explicit SecretWriter(std::filesystem::path file);  // throws std::system_error
  ~SecretWriter();                                    // without commit() nothing has changed
  SecretWriter(const SecretWriter&) = delete;
  SecretWriter& operator=(const SecretWriter&) = delete;

  // Durable and atomic; mode 0600. Once. Throws std::system_error.
  void commit(std::string_view content);

 private:
  std::filesystem::path file_;
  std::filesystem::path fresh_;
  int descriptor_ = -1;
};

}  // namespace referrald::submission
