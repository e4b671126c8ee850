#include "persistence/checkpointer.hpp"

#include <memory>

#include <sqlite3.h>

namespace referrald::persistence {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

// Null: it cannot be opened. Then the ledger's own checkpoint tells what is wrong.
Database open_again(const std::filesystem::path& ledger) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(ledger.c_str(), &opened, flags, nullptr);
  Database database(opened);
  // The log is on the disk before the file is written, and the file before the log begins anew.
  const bool good = result == SQLITE_OK && sqlite3_exec(opened, "PRAGMA synchronous = FULL",
                                                        nullptr, nullptr, nullptr) == SQLITE_OK;
  return good ? std::move(database) : nullptr;
}

// SQLite waits for the file only when it has brought in the whole log; what it leaves unwritten,
// the ledger's own checkpoint would wait for.
void bring_in(sqlite3* database) {
  sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file != nullptr && file->pMethods != nullptr)
    file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

}  // namespace

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::begin() {
  {
    const std::lock_guard lock(mutex_);
    under_way_ = true;
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
  changed_.notify_all();
}

bool Checkpointer::under_way() const {
  const std::lock_guard lock(mutex_);
  return under_way_;
}

void Checkpointer::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !under_way_; });
}

void Checkpointer::serve() {
  const Database database = open_again(ledger_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return under_way_ || ending_; });
    if (!under_way_) return;
    lock.unlock();
    if (database != nullptr) bring_in(database.get());
    lock.lock();
    under_way_ = false;
    changed_.notify_all();
  }
}

}  // namespace referrald::persistence
