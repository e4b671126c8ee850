#include "daemon/sync/rows_ahead.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace referrald::sync {
namespace {

constexpr std::size_t rows_per_batch = 32;  // few enough to stay in a core's cache
constexpr std::size_t bytes_per_batch = 64 * 1024;
constexpr std::size_t batches_per_thread = 3;
constexpr std::uint64_t most_passed_over = 16'384;  // by one batch, so that a stop is heard

// The text of cells, which a reader keeps only until its next row.
class Texts {
 public:
  Texts() { kept_.reserve(bytes_per_batch); }

  void clear() {
    kept_.clear();
    large_.clear();
  }
  bool has_room(std::size_t bytes) const { return kept_.size() + bytes <= kept_.capacity(); }
  // Good until clear(). What there is no room for gets a place of its own.
  std::string_view keep(std::string_view text) {
    if (!has_room(text.size())) return large_.emplace_back(text);
    const std::size_t begin = kept_.size();
    kept_.append(text);
    return std::string_view(kept_).substr(begin);
  }

 private:
  std::string kept_;  // never more than its capacity: it does not move
  std::deque<std::string> large_;
};

}  // namespace

// Rows as they were read and as they are mapped. The objects are used again, for the memory that
// they have.
struct RowsAhead::Batch {
  struct Entry {
    mapping::Row read;
    PassedOver passed_over;  // before it
    ExportRow mapped;
    std::uint64_t content = 0;  // hashed where it was made, which is quicker
  };
  std::vector<Entry> entries = std::vector<Entry>(rows_per_batch);
  std::size_t size = 0;
  PassedOver passed_over;  // behind the last one
  Texts texts;
  bool done = false;          // guarded by Threads' mutex
  std::exception_ptr failed;  // likewise
};

class RowsAhead::Threads {
 public:
  Threads(const ExportRows& rows, unsigned count) : rows_(rows) {
    for (unsigned i = 1; i < count; ++i) threads_.emplace_back([this] { serve(); });
    for (std::size_t i = 0; i < batches_per_thread * count; ++i)
      spare_.push_back(std::make_unique<Batch>());
  }
  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    arrived_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  // These four for the thread that reads. nullptr: all are under way.
  std::unique_ptr<Batch> take_spare() {
    if (spare_.empty()) return nullptr;
    auto batch = std::move(spare_.back());
    spare_.pop_back();
    return batch;
  }
  void give_back(std::unique_ptr<Batch> batch) { spare_.push_back(std::move(batch)); }
  void submit(std::unique_ptr<Batch> batch) {
    {
      const std::lock_guard lock(mutex_);
      batch->done = false;
      to_map_.push_back(batch.get());
    }
    arrived_.notify_one();
    under_way_.push_back(std::move(batch));
  }
  // The oldest, mapped, here if need be; nullptr: none is under way.
  std::unique_ptr<Batch> take_oldest() {
    if (under_way_.empty()) return nullptr;
    auto batch = std::move(under_way_.front());
    under_way_.pop_front();
    std::unique_lock lock(mutex_);
    while (!batch->done) {
      if (to_map_.empty())
        mapped_.wait(lock);
      else
        map_next(lock);
    }
    return batch;
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      arrived_.wait(lock, [this] { return ending_ || !to_map_.empty(); });
      if (ending_) return;
      map_next(lock);
      mapped_.notify_one();
    }
  }

  // One is there.
  void map_next(std::unique_lock<std::mutex>& lock) {
    Batch* const batch = to_map_.front();
    to_map_.pop_front();
    lock.unlock();
    std::exception_ptr failed;
    try {
      for (std::size_t i = 0; i < batch->size; ++i) map(batch->entries[i]);
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    batch->failed = failed;
    batch->done = true;
  }

  void map(Batch::Entry& entry) const {
    rows_.map(entry.read, entry.mapped);
    if (const auto* mapped = std::get_if<mapping::Mapped>(&entry.mapped.outcome))
      entry.content = content_of(*mapped);
  }

  const ExportRows& rows_;
  std::vector<std::unique_ptr<Batch>> spare_;
  std::deque<std::unique_ptr<Batch>> under_way_;
  std::mutex mutex_;
  std::condition_variable arrived_;  // something to map
  std::condition_variable mapped_;   // for the thread that reads
  std::deque<Batch*> to_map_;        // guarded by mutex_
  bool ending_ = false;              // guarded by mutex_
  std::vector<std::thread> threads_;
};

RowsAhead::RowsAhead(ExportRows& rows, const UnchangedRows& unchanged, unsigned threads)
    : rows_(rows), unchanged_(unchanged), threads_(std::make_unique<Threads>(rows, threads)) {}

RowsAhead::~RowsAhead() = default;

// The one that reads would wait if it did not map: reading is little beside mapping.
unsigned RowsAhead::usual_threads() {
  return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

const ExportRow* RowsAhead::next(PassedOver& passed_over) {
  passed_over = {};
  while (!taking_ || taken_ == taking_->size) {
    if (taking_) {
      passed_over += taking_->passed_over;
      threads_->give_back(std::move(taking_));
    }
    read_ahead();
    taking_ = threads_->take_oldest();
    taken_ = 0;
    if (!taking_) {
      if (damage_) std::rethrow_exception(damage_);
      return nullptr;
    }
    if (taking_->failed) std::rethrow_exception(taking_->failed);
  }
  const auto& entry = taking_->entries[taken_++];
  passed_over += entry.passed_over;
  content_ = entry.content;
  return &entry.mapped;
}

void RowsAhead::read_ahead() {
  while (!ended_) {
    auto batch = threads_->take_spare();
    if (!batch) return;
    fill(*batch);
    threads_->submit(std::move(batch));
  }
}

void RowsAhead::fill(Batch& batch) {
  batch.size = 0;
  batch.passed_over = {};
  batch.texts.clear();
  try {
    while (batch.size < rows_per_batch && batch.passed_over.rows() < most_passed_over) {
      const auto fate = unchanged_.fate(rows_.next_number());
      const bool known = is_known(fate);
      if (!(known ? rows_.pass_over() : rows_.read())) {
        ended_ = true;
        return;
      }
      if (known) {
        ++(fate == RecordFate::excluded ? batch.passed_over.excluded : batch.passed_over.unchanged);
        continue;
      }
      auto& entry = batch.entries[batch.size++];
      entry.passed_over = std::exchange(batch.passed_over, {});
      entry.read = rows_.row();
      entry.read.record = {};
      for (auto& cell : entry.read.cells) cell = batch.texts.keep(cell);
      entry.read.file = batch.texts.keep(entry.read.file);
    }
  } catch (const mapping::ExportError&) {
    damage_ = std::current_exception();
    ended_ = true;
  }
}

}  // namespace referrald::sync
