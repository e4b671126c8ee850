// The ledger, asked from coroutines: requests are queued, executed together in one transaction, and
// answered once that is durable. Group commit falls out of it.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "persistence/ledger.hpp"

namespace referrald::sync {

using LedgerWork = std::function<void(persistence::Ledger&)>;

// Work is executed in the order of submission. When a piece throws or a commit fails, that
// transaction is rolled back, everything in it and after it ends by that exception, and nothing is
// written any more: nobody can know what is on disk, so the next start has to look.
class LedgerQueue {
 public:
  virtual ~LedgerQueue() = default;

  // Executes and commits. The exception of the work or of the commit comes out of the co_await.
  virtual boost::asio::awaitable<void> run(LedgerWork work) = 0;

  // The same without waiting; `done` is called on the executor's thread once it is durable or has
  // failed.
  virtual void post(LedgerWork work, std::function<void(std::exception_ptr)> done) = 0;

  // The same for a thread that can wait (not the executor's): ready, or with the exception, once it
  // is durable or has failed. `done`, where it is given, is called as post() calls it, and before
  // anything that the waiting thread posts to the executor then.
  virtual std::future<void> submit(LedgerWork work,
                                   std::function<void(std::exception_ptr)> done = {}) = 0;
};

// A thread of its own for the ledger; ends, with all that is queued done, when the object goes.
std::unique_ptr<LedgerQueue> make_ledger_thread(persistence::Ledger& ledger,
                                                boost::asio::any_io_executor executor);

// Executes at once on the caller's thread: for tests in virtual time, where nothing may happen
// beside.
std::unique_ptr<LedgerQueue> make_inline_ledger(persistence::Ledger& ledger,
                                                boost::asio::any_io_executor executor);

}  // namespace referrald::sync
