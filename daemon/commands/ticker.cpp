#include "daemon/commands/ticker.hpp"

namespace referrald::commands {

boost::asio::awaitable<void> Ticker::run(std::function<void()> tick) {
  while (!stopped_) {
    (void)co_await timer_->wait_until(clock_.steady() + interval_);
    if (!stopped_) tick();
  }
}

void Ticker::stop() {
  stopped_ = true;
  timer_->wake();
}

}  // namespace referrald::commands
