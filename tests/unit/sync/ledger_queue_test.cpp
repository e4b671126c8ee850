#include "daemon/sync/ledger_queue.hpp"

#include "daemon/spawn.hpp"
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

INSTANTIATE_TEST_SUITE_P(ThreadAndInline, LedgerQueueTest, ::testing::Bool());

}  // namespace
}  // namespace referrald::test
