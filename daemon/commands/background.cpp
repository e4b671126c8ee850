#include "daemon/commands/background.hpp"

#include <cstdint>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace referrald::commands {

namespace asio = boost::asio;
namespace {

// Where cores are few, requests leave in time though much is read meanwhile. In Linux the priority
// is the thread's own.
void give_way() {
  constexpr int niceness = 5;
  static thread_local const int once = setpriority(PRIO_PROCESS, 0, niceness);
  static_cast<void>(once);
}

}  // namespace

// sched_setattr(2), for which the C library has no function: the runtime of an ordinary thread is
// how long a turn it asks for.
void ask_for_short_turns() {
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = SCHED_FLAG_RESET_ON_FORK;  // threads that it starts do not
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 100'000;  // nanoseconds
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } wanted;
  wanted.nice = getpriority(PRIO_PROCESS, 0);
  static_cast<void>(syscall(SYS_sched_setattr, 0, &wanted, 0));
}

asio::awaitable<void> in_background(asio::thread_pool& pool, std::function<void()> work) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto guard = asio::make_work_guard(executor);
  auto job = [](std::function<void()> what) -> asio::awaitable<void> {
    give_way();
    what();
    co_return;
  };
  asio::awaitable<void> running = job(std::move(work));
  co_await asio::co_spawn(pool, std::move(running), asio::use_awaitable);
}

}  // namespace referrald::commands
