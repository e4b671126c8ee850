#include "daemon/sync/ledger_queue.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include "daemon/spawn.hpp"
#include "tests/unit/persistence/failing_disk.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using persistence::Ledger;

class LedgerQueueTest : public SyncTest, public ::testing::WithParamInterface<bool> {
 protected:
  LedgerQueueTest()
      : ledger_(persistence::open_for_writing(config.ledger, VirtualClock::default_start)),
        queue_(GetParam() ? sync::make_ledger_thread(*ledger_, io_.get_executor())
                          : sync::make_inline_ledger(*ledger_, io_.get_executor())) {}

  asio::io_context io_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<sync::LedgerQueue> queue_;
};

TEST_P(LedgerQueueTest, WorkIsDoneInItsOrderAndDurableWhenAnswered) {
  std::vector<int> order;
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    queue_->post(
        [&order, i](Ledger& ledger) {
          order.push_back(i);
          ledger.add_calls("2026-11-22", 1);
        },
        [&answered](std::exception_ptr error) {
          EXPECT_FALSE(error);
          ++answered;
        });
  }
  io_.run();
  EXPECT_EQ(answered, 100);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(reader()->calls("2026-11-22"), 100u);
}

TEST_P(LedgerQueueTest, WhoWaitsForWorkPostsBehindWhatIsCalledWhenItIsDone) {
  std::vector<std::string> order;
  const auto done = [&](const std::exception_ptr& error) {
    order.push_back(error ? "failed" : "done");
  };
  queue_->submit([](Ledger& ledger) { ledger.add_calls("2026-11-22", 1); }, done).get();
  asio::post(io_, [&] { order.emplace_back("then"); });
  const auto fail = [](Ledger&) { throw std::runtime_error("no"); };
  EXPECT_THROW(queue_->submit(fail, done).get(), std::runtime_error);
  asio::post(io_, [&] { order.emplace_back("then"); });
  io_.run();
  EXPECT_THAT(order, testing::ElementsAre("done", "then", "failed", "then"));
}

TEST_P(LedgerQueueTest, AfterAFailureNothingIsWrittenAnyMore) {
  queue_->submit([](Ledger& ledger) { ledger.add_calls("2026-11-22", 1); }).get();
  EXPECT_THROW(queue_
                   ->submit([](Ledger& ledger) {
                     ledger.add_calls("2026-11-22", 10);
                     throw std::runtime_error("disk full");
                   })
                   .get(),
               std::runtime_error);
  EXPECT_THROW(queue_->submit([](Ledger& ledger) { ledger.add_calls("2026-11-22", 100); }).get(),
               std::runtime_error);
  EXPECT_EQ(reader()->calls("2026-11-22"), 1u);
}

TEST_P(LedgerQueueTest, ACoroutineSeesTheResultOrTheFailure) {
  std::uint64_t seen = 0;
  bool failed = false;
  auto job = [&]() -> asio::awaitable<void> {
    sync::LedgerWork add = [](Ledger& ledger) { ledger.add_calls("2026-11-22", 5); };
    co_await queue_->run(std::move(add));
    sync::LedgerWork look = [&](Ledger& ledger) { seen = ledger.calls("2026-11-22"); };
    co_await queue_->run(std::move(look));
    try {
      sync::LedgerWork fail = [](Ledger&) { throw std::runtime_error("no"); };
      co_await queue_->run(std::move(fail));
    } catch (const std::runtime_error&) {
      failed = true;
    }
  };
  spawn(io_.get_executor(), job());
  io_.run();
  EXPECT_EQ(seen, 5u);
  EXPECT_TRUE(failed);
}

// The thread alone: inline, SQLite itself waits for the disk.
class LedgerOnAFailingDisk : public SyncTest {
 protected:
  void SetUp() override {
    SyncTest::SetUp();
    persistence::open_for_writing(config.ledger, VirtualClock::default_start);
    disk_.emplace();
    ledger_ = persistence::open_for_writing(config.ledger, VirtualClock::default_start);
    queue_ = sync::make_ledger_thread(*ledger_, io_.get_executor());
  }

  std::optional<persistence::FailingDisk> disk_;
  asio::io_context io_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<sync::LedgerQueue> queue_;
};

TEST_F(LedgerOnAFailingDisk, NothingIsAnsweredThatIsNotOnTheDisk) {
  const auto add = [](Ledger& ledger) { ledger.add_calls("2026-11-22", 1); };
  queue_->submit(add).get();
  const auto before = disk_->log_syncs();
  queue_->submit(add).get();
  EXPECT_GT(disk_->log_syncs(), before);
  disk_->fail_after(0);
  int failures = 0;
  queue_->post(add, [&](std::exception_ptr error) { failures += error ? 1 : 0; });
  EXPECT_THROW(queue_->submit(add).get(), persistence::LedgerError);
  io_.run();
  EXPECT_EQ(failures, 1);
  disk_->mend();
  EXPECT_THROW(queue_->submit(add).get(), persistence::LedgerError);
  queue_.reset();
  ledger_.reset();
  EXPECT_GE(reader()->calls("2026-11-22"), 2U);
}

TEST_F(LedgerOnAFailingDisk, WhatWasDoneBeforeAFailureIsAnsweredAsDone) {
  int done = 0;
  for (int i = 0; i < 200; ++i)
    queue_->post([](Ledger& ledger) { ledger.add_calls("2026-11-22", 1); },
                 [&](std::exception_ptr error) { done += error ? 0 : 1; });
  queue_->submit([](Ledger&) {}).get();
  EXPECT_THROW(queue_->submit([](Ledger&) { throw std::runtime_error("no"); }).get(),
               std::runtime_error);
  io_.run();
  EXPECT_EQ(done, 200);
  queue_.reset();
  ledger_.reset();
  EXPECT_EQ(reader()->calls("2026-11-22"), 200U);
}

INSTANTIATE_TEST_SUITE_P(ThreadAndInline, LedgerQueueTest, ::testing::Bool());

}  // namespace
}  // namespace referrald::test
