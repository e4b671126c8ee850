#include "daemon/commands/background.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace referrald::commands {

namespace asio = boost::asio;

asio::awaitable<void> in_background(asio::thread_pool& pool, std::function<void()> work) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto guard = asio::make_work_guard(executor);
  auto job = [](std::function<void()> what) -> asio::awaitable<void> {
    what();
    co_return;
  };
  asio::awaitable<void> running = job(std::move(work));
  co_await asio::co_spawn(pool, std::move(running), asio::use_awaitable);
}

}  // namespace referrald::commands
