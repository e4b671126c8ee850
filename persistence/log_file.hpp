// A ledger's write-ahead log, opened once more: to wait for the disk while the ledger's thread goes
// on writing.
#pragma once

#include <filesystem>
#include <memory>

struct sqlite3_file;

namespace referrald::persistence {

class LogFile {
 public:
  // The log of a ledger that SQLite has open. Throws LedgerError(cannot_write).
  explicit LogFile(const std::filesystem::path& ledger);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Returns when all that was written to it before is on the disk. From any one thread at a time.
  // Throws LedgerError(cannot_write).
  void sync();

 private:
  sqlite3_file* file() const;

  std::filesystem::path ledger_;
  std::filesystem::path path_;
  std::unique_ptr<std::byte[]> memory_;  // the file's, of SQLite's
};

}  // namespace referrald::persistence
