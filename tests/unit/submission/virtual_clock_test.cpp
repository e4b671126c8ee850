#include "tests/support/virtual_clock.hpp"

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "daemon/spawn.hpp"
#include "daemon/submission/real_clock.hpp"
#include "tests/support/scripted_transport.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using submission::Exchange;
using submission::Request;
using submission::Timer;

class AVirtualClock : public testing::Test {
 protected:
  asio::awaitable<bool> sleep(std::string name, std::chrono::milliseconds time) {
    const auto timer = clock_.timer();
    const bool by_time = co_await timer->wait_until(clock_.steady() + time);
    woken_.push_back(name);
    co_return by_time;
  }
  asio::awaitable<bool> wait(Timer& timer, std::chrono::milliseconds time) {
    const bool by_time = co_await timer.wait_until(clock_.steady() + time);
    co_return by_time;
  }
  std::shared_ptr<std::optional<bool>> begin(asio::awaitable<bool> job) {
    auto result = std::make_shared<std::optional<bool>>();
    spawn(io_.get_executor(), keeping(std::move(job), result));
    return result;
  }

  asio::io_context io_;
  VirtualClock clock_;
  std::vector<std::string> woken_;
};

TEST_F(AVirtualClock, PassesAWeekInAMoment) {
  const auto wall = clock_.wall();
  EXPECT_TRUE(await(io_, clock_, sleep("a", 24h * 7)));
  EXPECT_EQ(clock_.elapsed(), 24h * 7);
  EXPECT_EQ(clock_.wall() - wall, 24h * 7);
}

TEST_F(AVirtualClock, StandsStillUntilMoved) {
  begin(sleep("a", 1s));
  run_ready(io_, clock_);
  EXPECT_EQ(clock_.elapsed(), 0s);
  clock_.advance(999ms);
  run_ready(io_, clock_);
  EXPECT_TRUE(woken_.empty());
  clock_.advance(1ms);
  run_ready(io_, clock_);
  EXPECT_EQ(woken_, std::vector<std::string>{"a"});
}

TEST_F(AVirtualClock, WakesInTheOrderOfTimesThenOfArrival) {
  for (const auto& [name, time] : std::vector<std::pair<std::string, std::chrono::milliseconds>>{
           {"late", 3s}, {"first", 1s}, {"second", 1s}, {"third", 1s}, {"middle", 2s}}) {
    begin(sleep(name, time));
  }
  run_until_idle(io_, clock_);
  EXPECT_EQ(woken_, (std::vector<std::string>{"first", "second", "third", "middle", "late"}));
  EXPECT_EQ(clock_.elapsed(), 3s);
}

TEST_F(AVirtualClock, TimeThatHasPassedIsNotWaitedFor) {
  EXPECT_TRUE(await(io_, clock_, sleep("a", -1s)));
  EXPECT_EQ(clock_.elapsed(), 0s);
}

TEST_F(AVirtualClock, WakeEndsTheWaitUnderWayAndNoLaterOne) {
  const auto timer = clock_.timer();
  timer->wake();
  const auto first = begin(wait(*timer, 1h));
  run_ready(io_, clock_);
  timer->wake();
  run_ready(io_, clock_);
  ASSERT_TRUE(*first);
  EXPECT_FALSE(**first);
  EXPECT_EQ(clock_.elapsed(), 0s);
  timer->wake();
  EXPECT_TRUE(await(io_, clock_, wait(*timer, 1h)));
}

TEST_F(AVirtualClock, DestroyingATimerEndsItsWait) {
  auto timer = clock_.timer();
  const auto result = begin(wait(*timer, 1h));
  run_ready(io_, clock_);
  timer.reset();
  run_ready(io_, clock_);
  ASSERT_TRUE(*result);
  EXPECT_FALSE(**result);
}

TEST_F(AVirtualClock, MayEndWhileSomebodyWaits) {
  std::unique_ptr<Timer> survivor;
  {
    VirtualClock other;
    survivor = other.timer();
    begin(wait(*survivor, 1h));
    run_ready(io_, other);
  }
  begin(sleep("a", 1h));
  run_ready(io_, clock_);  // and this one still waits when the fixture ends
}

TEST_F(AVirtualClock, SaysSoWhenACoroutineCanNeverEnd) {
  ScriptedTransport transport(clock_);
  const auto forever = [this]() -> asio::awaitable<int> {
    const auto timer = clock_.timer();
    for (;;) co_await timer->wait_until(clock_.steady() + 1h);
  };
  EXPECT_THROW(await(io_, clock_, forever()), std::runtime_error);
}

TEST_F(AVirtualClock, StandsStillWhileAnotherThreadWorks) {
  std::atomic<bool> busy = true;
  clock_.set_busy([&] { return busy.load(); });
  begin(sleep("sleeper", 1s));
  std::thread thread([&] {
    std::this_thread::yield();
    asio::post(io_, [&] { woken_.push_back("thread"); });
    busy = false;
  });
  run_until_idle(io_, clock_);
  thread.join();
  EXPECT_EQ(woken_, (std::vector<std::string>{"thread", "sleeper"}));
}

TEST_F(AVirtualClock, WallClockMayJump) {
  const auto steady = clock_.steady();
  clock_.set_wall(clock_.wall() + 24h);
  EXPECT_EQ(clock_.wall(), VirtualClock::default_start + 24h);
  EXPECT_EQ(clock_.steady(), steady);
  clock_.advance(1s);
  EXPECT_EQ(clock_.wall(), VirtualClock::default_start + 24h + 1s);
}

class AScriptedTransport : public AVirtualClock {
 protected:
  Exchange ask(std::string target, std::chrono::milliseconds timeout = 30s) {
    Request request;
    request.target = std::move(target);
    return await(io_, clock_, transport_.exchange(std::move(request), timeout));
  }

  ScriptedTransport transport_{clock_};
};

TEST_F(AScriptedTransport, AnswersInOrderThenTheRest) {
  transport_.then(answered(503));
  transport_.then(not_sent(Exchange::Trouble::connect, "refused"));
  transport_.otherwise([](const Request& request) { return answered(200, request.target); });
  EXPECT_EQ(ask("/a").response.status, 503);
  EXPECT_EQ(ask("/b").error, "refused");
  EXPECT_EQ(ask("/c").response.body, "/c");
  EXPECT_EQ(ask("/d").response.body, "/d");
  ASSERT_EQ(transport_.asked().size(), 4U);
  EXPECT_EQ(transport_.asked()[1].request.target, "/b");
}

TEST_F(AScriptedTransport, ThrowsWhenNothingIsScripted) {
  EXPECT_THROW(ask("/a"), std::logic_error);
}

TEST_F(AScriptedTransport, DelaysInVirtualTimeUpToTheTimeout) {
  transport_.then(answered(200), 10s);
  EXPECT_EQ(ask("/a").kind, Exchange::Kind::answered);
  EXPECT_EQ(clock_.elapsed(), 10s);
  transport_.then(answered(200), 31s);
  const Exchange late = ask("/b");
  EXPECT_EQ(late.kind, Exchange::Kind::unknown);
  EXPECT_EQ(late.trouble, Exchange::Trouble::timeout);
  EXPECT_EQ(clock_.elapsed(), 40s);
}

TEST_F(AScriptedTransport, CountsWhatIsUnderWay) {
  transport_.otherwise([](const Request&) { return answered(200); }, 1s);
  const auto one = [this]() -> asio::awaitable<void> {
    Request request;
    const Exchange exchange = co_await transport_.exchange(std::move(request), 30s);
    EXPECT_EQ(exchange.response.status, 200);
  };
  for (int i = 0; i < 3; ++i) spawn(io_.get_executor(), one());
  run_ready(io_, clock_);
  EXPECT_EQ(transport_.in_flight(), 3);
  run_until_idle(io_, clock_);
  EXPECT_EQ(transport_.in_flight(), 0);
  EXPECT_EQ(transport_.most_in_flight(), 3);
}

TEST(ARealClock, WaitsAndWakes) {
  asio::io_context io;
  const auto clock = submission::make_clock(io.get_executor());
  const auto timer = clock->timer();
  std::vector<bool> results;
  const auto job = [&]() -> asio::awaitable<void> {
    const bool past = co_await timer->wait_until(clock->steady());
    results.push_back(past);
    asio::post(io, [&] { timer->wake(); });
    const bool woken = co_await timer->wait_until(clock->steady() + 1h);
    results.push_back(woken);
  };
  spawn(io.get_executor(), job());
  io.run();
  EXPECT_EQ(results, (std::vector<bool>{true, false}));
  EXPECT_GE(clock->wall(),
            submission::WallTime{std::chrono::sys_days{std::chrono::January / 1 / 2024}});
}

TEST(RealChance, MakesUuidsOfVersionFourThatDiffer) {
  const auto random = submission::make_random();
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random->uuid();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos);
    seen.insert(id);
    const double chance = random->uniform();
    EXPECT_TRUE(chance >= 0 && chance < 1) << chance;
  }
  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace referrald::test
