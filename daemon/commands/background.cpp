#include "daemon/commands/background.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/resource.h>

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
