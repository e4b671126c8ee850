#include "daemon/spawn.hpp"

#include <boost/asio/co_spawn.hpp>

namespace referrald {

void spawn(const boost::asio::any_io_executor& executor, boost::asio::awaitable<void> job,
           std::function<void(std::exception_ptr)> ended) {
  boost::asio::co_spawn(executor, std::move(job),
                        [ended = std::move(ended)](std::exception_ptr error) {
                          if (ended) ended(std::move(error));
                        });
}

}  // namespace referrald
