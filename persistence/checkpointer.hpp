// Brings a ledger's log into its file on a thread of its own, while the ledger goes on writing:
// most of the time that takes is waiting for the disk.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace referrald::persistence {

class Checkpointer {
 public:
  // Of a ledger that SQLite has open until this object is gone.
  explicit Checkpointer(std::filesystem::path ledger) : ledger_(std::move(ledger)) {}
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // These from one thread. None may be under way. What cannot be brought in stays in the log.
  void begin();
  bool under_way() const;
  // Returns when none is.
  void wait();

 private:
  void serve();

  std::filesystem::path ledger_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool under_way_ = false;  // guarded by mutex_
  bool ending_ = false;     // likewise
  std::thread thread_;      // from the first one on
};

}  // namespace referrald::persistence
