#include "daemon/commands/ticker.hpp"

#include <gtest/gtest.h>

#include "daemon/spawn.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class TickerTest : public ::testing::Test {
 protected:
  void start() {
    spawn(io.get_executor(), ticker.run([this] { ++ticks; }),
          [this](std::exception_ptr) { ended = true; });
    run_ready(io, clock);
  }

  asio::io_context io;
  VirtualClock clock;
  commands::Ticker ticker{clock, 100ms};
  int ticks = 0;
  bool ended = false;
};

TEST_F(TickerTest, TicksAfterEachInterval) {
  start();
  for (int i = 1; i <= 3; ++i) {
    clock.advance(100ms);
    run_ready(io, clock);
    EXPECT_EQ(ticks, i);
  }
  EXPECT_FALSE(ended);
}

TEST_F(TickerTest, EndsAtOnceWhenStopped) {
  start();
  ticker.stop();
  run_ready(io, clock);
  EXPECT_TRUE(ended);
  EXPECT_EQ(ticks, 0);
}

// The wait is over and nobody has noticed yet, so that there is nothing to cancel.
TEST_F(TickerTest, EndsWhenItIsStoppedAtTheMomentOfATick) {
  start();
  clock.advance(100ms);
  ticker.stop();
  run_ready(io, clock);
  EXPECT_TRUE(ended);
  EXPECT_EQ(ticks, 0);
}

TEST_F(TickerTest, EndsWhenItIsStoppedBeforeItBegan) {
  ticker.stop();
  start();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace referrald::test
