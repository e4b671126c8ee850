#include "tests/support/served_page.hpp"

#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "daemon/recording_log.hpp"
#include "daemon/status_page/status_page.hpp"
#include "daemon/submission/real_clock.hpp"

namespace referrald::test {

using status_page::Snapshot;

struct ServedPage::Impl {
  explicit Impl(Snapshot first)
      : snapshot(std::move(first)), clock(submission::make_clock(io.get_executor())) {
    page.start();
    thread = std::thread([this] { io.run(); });
  }
  ~Impl() { die(); }

  void die() {
    if (!thread.joinable()) return;
    boost::asio::post(io, [this] { page.stop(); });
    thread.join();
  }

  std::mutex mutex;
  Snapshot snapshot;
  boost::asio::io_context io{1};
  std::unique_ptr<submission::Clock> clock;
  RecordingLog log;
  status_page::Metrics metrics{{"leads", "opportunities"}};
  status_page::StatusPage page{io.get_executor(),
                               *clock,
                               log,
                               "127.0.0.1:0",
                               [this] {
                                 const std::lock_guard lock(mutex);
                                 return snapshot;
                               },
                               metrics};
  std::thread thread;
};

ServedPage::ServedPage(Snapshot snapshot) : impl_(std::make_unique<Impl>(std::move(snapshot))) {}
ServedPage::~ServedPage() = default;

std::string ServedPage::url() const {
  return impl_->page.url();
}

void ServedPage::show(Snapshot snapshot) {
  const std::lock_guard lock(impl_->mutex);
  impl_->snapshot = std::move(snapshot);
}

void ServedPage::die() {
  impl_->die();
}

}  // namespace referrald::test
