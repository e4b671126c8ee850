#include "daemon/sync/ledger_queue.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using Done = std::function<void(std::exception_ptr)>;

// Turns post() into something to co_await.
asio::awaitable<void> await_post(LedgerQueue& queue, LedgerWork work) {
  auto initiate = [&queue](auto handler, LedgerWork* what) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    queue.post(std::move(*what),
               [shared](std::exception_ptr error) { std::move (*shared)(std::move(error)); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      initiate, asio::use_awaitable, &work);
}

// Two threads: one executes and commits, the other waits for the disk and answers, for all that was
// committed meanwhile at once.
class LedgerThread final : public LedgerQueue {
 public:
  LedgerThread(persistence::Ledger& ledger, asio::any_io_executor executor)
      : ledger_(ledger), executor_(std::move(executor)) {
    ledger_.sync_apart(true);
    executing_ = std::thread([this] { execute_all(); });
    syncing_ = std::thread([this] { sync_all(); });
  }

  ~LedgerThread() override {
    queued_.end();
    executing_.join();
    committed_.end();
    syncing_.join();
    try {
      ledger_.sync_apart(false);
    } catch (...) {
      // After a failure, of which all who asked have heard.
    }
  }

  asio::awaitable<void> run(LedgerWork work) override {
    co_await await_post(*this, std::move(work));
  }

  void post(LedgerWork work, Done done) override {
    // The guard keeps the io_context running while only the ledger has something to do.
    auto guard = asio::make_work_guard(executor_);
    queued_.add({std::move(work), std::move(done), std::move(guard), std::nullopt});
  }

  std::future<void> submit(LedgerWork work, Done done) override {
    std::promise<void> promise;
    auto result = promise.get_future();
    Item item{std::move(work), std::move(done), std::nullopt, std::move(promise)};
    if (item.done) item.guard.emplace(executor_);
    queued_.add(std::move(item));
    return result;
  }

 private:
  using Guard = std::optional<asio::executor_work_guard<asio::any_io_executor>>;
  using Awaited = std::pair<Done, Guard>;
  struct Item {
    LedgerWork work;
    Done done;  // may be empty
    Guard guard;
    std::optional<std::promise<void>> promise;  // of submit()
  };
  // What was one transaction.
  struct Batch {
    std::vector<Item> items;
    std::exception_ptr failed;
  };

  // What one thread hands to another: as much at once as there is.
  template <typename What>
  class Handover {
   public:
    void add(What what) {
      bool was_empty = false;
      {
        const std::lock_guard lock(mutex_);
        was_empty = waiting_.empty();
        waiting_.push_back(std::move(what));
      }
      if (was_empty) arrived_.notify_one();
    }
    // False: there will be nothing more.
    bool take(std::vector<What>& all) {
      all.clear();
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return !waiting_.empty() || ending_; });
      all.swap(waiting_);
      return !all.empty();
    }
    void end() {
      {
        const std::lock_guard lock(mutex_);
        ending_ = true;
      }
      arrived_.notify_one();
    }

   private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<What> waiting_;
    bool ending_ = false;
  };

  void execute_all() {
    std::exception_ptr failed;
    for (std::vector<Item> items; queued_.take(items);) {
      if (!failed) failed = disk_failure();
      if (!failed) failed = execute(items);
      committed_.add({std::exchange(items, {}), failed});
    }
  }

  std::exception_ptr execute(std::vector<Item>& items) {
    try {
      ledger_.begin();
      for (auto& item : items) item.work(ledger_);
      ledger_.commit();
    } catch (...) {
      ledger_.rollback();
      return std::current_exception();
    }
    return nullptr;
  }

  void sync_all() {
    for (std::vector<Batch> batches; committed_.take(batches);) {
      sync();
      for (auto& batch : batches) answer(batch, disk_failure());
    }
  }

  // What was committed before a transaction failed is to be durable still.
  void sync() {
    if (disk_failure()) return;
    try {
      ledger_.sync();
    } catch (...) {
      const std::lock_guard lock(failing_);
      disk_failure_ = std::current_exception();
    }
  }
  std::exception_ptr disk_failure() {
    const std::lock_guard lock(failing_);
    return disk_failure_;
  }

  // One hop to the executor's thread for the whole batch.
  void answer(Batch& batch, const std::exception_ptr& disk_failure) {
    const std::exception_ptr error = batch.failed ? batch.failed : disk_failure;
    auto awaited = std::make_shared<std::vector<Awaited>>();
    for (auto& item : batch.items)
      if (item.done) awaited->emplace_back(std::move(item.done), std::move(item.guard));
    if (!awaited->empty()) {
      asio::post(executor_, [awaited, error] {
        for (auto& [done, guard] : *awaited) done(error);
      });
    }
    for (auto& item : batch.items) {
      if (item.promise && error) item.promise->set_exception(error);
      if (item.promise && !error) item.promise->set_value();
    }
  }

  persistence::Ledger& ledger_;
  asio::any_io_executor executor_;
  std::mutex failing_;
  std::exception_ptr disk_failure_;  // guarded by failing_
  Handover<Item> queued_;
  Handover<Batch> committed_;
  std::thread executing_;
  std::thread syncing_;
};

class InlineLedger final : public LedgerQueue {
 public:
  InlineLedger(persistence::Ledger& ledger, asio::any_io_executor executor)
      : ledger_(ledger), executor_(std::move(executor)) {}

  asio::awaitable<void> run(LedgerWork work) override {
    co_await await_post(*this, std::move(work));
  }

  void post(LedgerWork work, Done done) override {
    execute(work);
    asio::post(executor_, [done = std::move(done), error = failed_] { done(error); });
  }

  std::future<void> submit(LedgerWork work, Done done) override {
    execute(work);
    if (done) asio::post(executor_, [done = std::move(done), error = failed_] { done(error); });
    std::promise<void> promise;
    if (failed_) {
      promise.set_exception(failed_);
    } else {
      promise.set_value();
    }
    return promise.get_future();
  }

 private:
  void execute(const LedgerWork& work) {
    if (failed_) return;
    try {
      ledger_.begin();
      work(ledger_);
      ledger_.commit();
    } catch (...) {
      ledger_.rollback();
      failed_ = std::current_exception();
    }
  }

  persistence::Ledger& ledger_;
  asio::any_io_executor executor_;
  std::exception_ptr failed_;
};

}  // namespace

std::unique_ptr<LedgerQueue> make_ledger_thread(persistence::Ledger& ledger,
                                                asio::any_io_executor executor) {
  return std::make_unique<LedgerThread>(ledger, std::move(executor));
}

std::unique_ptr<LedgerQueue> make_inline_ledger(persistence::Ledger& ledger,
                                                asio::any_io_executor executor) {
  return std::make_unique<InlineLedger>(ledger, std::move(executor));
}

}  // namespace referrald::sync
