#include "daemon/submission/http_transport.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "daemon/submission/host_url.hpp"
#include "daemon/submission/http_connection.hpp"
#include "daemon/submission/http_message.hpp"
#include "daemon/submission/tls.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;

Endpoint endpoint_of(const HostUrl& url) {
  Endpoint endpoint;
  endpoint.host = url.host;
  endpoint.port = url.port;
  endpoint.address = url.address;
  endpoint.label = url.shown + ":" + std::to_string(url.port);
  const std::uint16_t standard = url.tls ? 443 : 80;
  endpoint.authority = url.port == standard ? url.shown : endpoint.label;
  return endpoint;
}

// The connections of one host: idle ones, the number of all, and who waits for one.
class Pool final : public ConnectionOwner, public std::enable_shared_from_this<Pool> {
 public:
  Pool(asio::io_context::executor_type executor, const HttpOptions& options)
      : executor_(executor),
        limit_(std::max<std::size_t>(options.connections, 1)),
        idle_limit_(options.idle_limit) {
    const HostUrl url = parse_host_url(options.url);
    endpoint_ = endpoint_of(url);
    endpoint_.user_agent = options.user_agent;
    endpoint_.addresses = options.addresses;
    if (url.tls) {
      endpoint_.proxy = options.proxy;
      tls_.emplace(make_tls_context(options.ca_file));
      endpoint_.tls = &*tls_;
    }
  }

  void start(Job job) {
    while (!idle_.empty()) {
      // The one used last: the others may then grow old and go.
      const std::shared_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (std::chrono::steady_clock::now() - connection->idle_since() < idle_limit_) {
        connection->reuse(std::move(job));
        return;
      }
      connection->discard();
      --open_;
    }
    if (open_ < limit_) {
      open(std::move(job));
    } else {
      waiting_.push_back(std::move(job));
    }
  }

  void shut() {
    shut_ = true;
    for (const auto& connection : idle_) {
      connection->discard();
      --open_;
    }
    idle_.clear();
  }

  void idle(std::shared_ptr<Connection> connection) override {
    if (!waiting_.empty()) {
      connection->reuse(take_waiting());
    } else if (shut_) {
      connection->discard();
      --open_;
    } else {
      idle_.push_back(std::move(connection));
    }
  }

  void ended(const Connection& connection) override {
    forget(connection);
    if (!waiting_.empty()) open(take_waiting());
  }

  void found_closed(const Connection& connection, Job job) override {
    forget(connection);
    start(std::move(job));
  }

 private:
  void open(Job job) {
    ++open_;
    make_connection(executor_, shared_from_this(), endpoint_, *this)->open(std::move(job));
  }

  void forget(const Connection& connection) {
    std::erase_if(idle_, [&](const auto& held) { return held.get() == &connection; });
    --open_;
  }

  Job take_waiting() {
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }

  const asio::io_context::executor_type executor_;
  const std::size_t limit_;
  const std::chrono::milliseconds idle_limit_;
  Endpoint endpoint_;
  std::optional<asio::ssl::context> tls_;
  std::size_t open_ = 0;  // idle ones too
  std::vector<std::shared_ptr<Connection>> idle_;
  std::deque<Job> waiting_;
  bool shut_ = false;
};

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}
  ~HttpTransport() override { pool_->shut(); }
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  asio::awaitable<Exchange> exchange(Request request, std::chrono::milliseconds timeout) override {
    check_request(request);
    Pending pending{std::move(request), timeout, {}};
    const auto start = [&](Job::Resume resume) { pool_->start(Job{&pending, std::move(resume)}); };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start,
                                                                         asio::use_awaitable);
    co_return std::move(pending.result);
  }

  asio::awaitable<void> close() override {
    pool_->shut();
    co_return;
  }

 private:
  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<Transport> make_http_transport(asio::any_io_executor executor,
                                               const HttpOptions& options) {
  const auto* concrete = executor.target<asio::io_context::executor_type>();
  if (concrete == nullptr) {
    throw std::invalid_argument("the transport needs the executor of an io_context");
  }
  return std::make_unique<HttpTransport>(std::make_shared<Pool>(*concrete, options));
}

}  // namespace referrald::submission
