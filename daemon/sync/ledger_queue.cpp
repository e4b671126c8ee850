#include "daemon/sync/ledger_queue.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
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

class LedgerThread final : public LedgerQueue {
 public:
  LedgerThread(persistence::Ledger& ledger, asio::any_io_executor executor)
      : ledger_(ledger), executor_(std::move(executor)), thread_([this] { serve(); }) {}

  ~LedgerThread() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }

  asio::awaitable<void> run(LedgerWork work) override {
    co_await await_post(*this, std::move(work));
  }

  void post(LedgerWork work, Done done) override {
    // The guard keeps the io_context running while only the ledger has something to do.
    auto guard = asio::make_work_guard(executor_);
    enqueue({std::move(work), std::move(done), std::move(guard), std::nullopt});
  }

  std::future<void> submit(LedgerWork work) override {
    std::promise<void> promise;
    auto result = promise.get_future();
    enqueue({std::move(work), {}, std::nullopt, std::move(promise)});
    return result;
  }

 private:
  struct Item {
    LedgerWork work;
    Done done;
    std::optional<asio::executor_work_guard<asio::any_io_executor>> guard;
    std::optional<std::promise<void>> promise;  // of submit()
  };

  void enqueue(Item item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = queue_.empty();
      queue_.push_back(std::move(item));
    }
    if (was_empty) arrived_.notify_one();
  }

  void serve() {
    std::vector<Item> batch;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !queue_.empty() || ending_; });
        if (queue_.empty()) return;
        batch.swap(queue_);
      }
      execute(batch);
      answer(batch);
      batch.clear();
    }
  }

  void execute(std::vector<Item>& batch) {
    if (failed_) return;
    try {
      ledger_.begin();
      for (auto& item : batch) item.work(ledger_);
      ledger_.commit();
    } catch (...) {
      ledger_.rollback();
      failed_ = std::current_exception();
    }
  }

  // One hop to the executor's thread for the whole batch.
  void answer(std::vector<Item>& batch) {
    auto awaited = std::make_shared<std::vector<Item>>();
    for (auto& item : batch) {
      if (!item.promise) {
        awaited->push_back(std::move(item));
      } else if (failed_) {
        item.promise->set_exception(failed_);
      } else {
        item.promise->set_value();
      }
    }
    if (awaited->empty()) return;
    asio::post(executor_, [awaited, error = failed_] {
      for (auto& item : *awaited) item.done(error);
    });
  }

  persistence::Ledger& ledger_;
  asio::any_io_executor executor_;
  std::exception_ptr failed_;  // the ledger's thread only
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Item> queue_;  // guarded by mutex_
  bool ending_ = false;      // guarded by mutex_
  std::thread thread_;       // last: it uses all of the above
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

  std::future<void> submit(LedgerWork work) override {
    execute(work);
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
