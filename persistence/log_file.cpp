#include "persistence/log_file.hpp"

#include <cstddef>

#include <sqlite3.h>

#include "persistence/ledger.hpp"
#include "persistence/sqlite_errors.hpp"

namespace referrald::persistence {
namespace {

[[noreturn]] void fail(const std::filesystem::path& ledger, int result) {
  throw LedgerError(LedgerError::Kind::cannot_write,
                    ledger_message(ledger, "write to the disk", sqlite3_errstr(result)));
}

}  // namespace

LogFile::LogFile(const std::filesystem::path& ledger)
    : ledger_(ledger), path_(ledger.string() + "-wal") {
  sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
  memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(system->szOsFile));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL;
  const int result = system->xOpen(system, path_.c_str(), file(), flags, nullptr);
  if (result != SQLITE_OK) fail(ledger_, result);
}

LogFile::~LogFile() {
  if (file()->pMethods != nullptr) file()->pMethods->xClose(file());
}

sqlite3_file* LogFile::file() const {
  return reinterpret_cast<sqlite3_file*>(memory_.get());
}

void LogFile::sync() {
  const int result = file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (result != SQLITE_OK) fail(ledger_, result);
}

}  // namespace referrald::persistence
