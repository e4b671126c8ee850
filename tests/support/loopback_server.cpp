#include "tests/support/loopback_server.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <list>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace referrald::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

}  // namespace

struct LoopbackServer::Impl {
  class Connection;

  Script script;
  Options options;
  asio::io_context io;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{io};

  mutable std::mutex mutex;  // protects what follows
  bool stopping = false;
  std::vector<std::string> requests;
  std::list<std::shared_ptr<Connection>> connections;
  std::list<std::thread> threads;

  std::thread accepting;

  void listen();
  void accept();
  void serve(Connection& connection);
  void stop();
};

class LoopbackServer::Impl::Connection final : public Peer {
 public:
  Connection(Impl& server, tcp::socket socket, int number)
      : server_(server), socket_(std::move(socket)), number_(number) {
    if (server.options.identity) stream_.emplace(socket_, server.tls);
  }

  bool shake_hands() {
    error_code error;
    if (stream_) stream_->handshake(asio::ssl::stream_base::server, error);
    return !error;
  }

  int number() const override { return number_; }

  std::optional<std::string> read_request() override {
    auto request = take_head();
    if (!request) return std::nullopt;
    const std::size_t length = content_length(*request);
    while (buffer_.size() < length) {
      const bool read = read_more();
      if (!read) return std::nullopt;
    }
    request->append(buffer_, 0, length);
    buffer_.erase(0, length);
    return remember(std::move(*request));
  }

  std::optional<std::string> read_head() override {
    auto head = take_head();
    if (!head) return std::nullopt;
    return remember(std::move(*head));
  }

  void send(std::string_view bytes) override {
    error_code ignored;  // a client may have gone
    if (stream_) {
      asio::write(*stream_, asio::buffer(bytes), ignored);
    } else {
      asio::write(socket_, asio::buffer(bytes), ignored);
    }
  }

  void wait_until_delivered() override {
    for (int unsent = 1; unsent > 0; std::this_thread::yield()) {
      if (::ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) != 0) return;
    }
  }

  void end_of_stream() override {
    ::shutdown(socket_.native_handle(), SHUT_WR);
    // FIN_WAIT2: the other side's kernel has acknowledged it.
    for (;;) {
      tcp_info info{};
      socklen_t size = sizeof info;
      const int failed = ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
      if (failed != 0 || info.tcpi_state == TCP_FIN_WAIT2 || info.tcpi_state == TCP_CLOSE ||
          info.tcpi_state == TCP_TIME_WAIT) {
        return;
      }
      std::this_thread::yield();
    }
  }

  void reset() override {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  void wait_for_close() override {
    while (read_more()) buffer_.clear();
  }

  // Reads what comes, below TLS, until the client closes.
  void swallow() {
    char bytes[4096];
    error_code error;
    while (!error) socket_.read_some(asio::buffer(bytes), error);
  }

  // In order: TLS says goodbye first.
  void finish() {
    if (socket_.is_open()) {
      if (stream_) {
        error_code ignored;
        say_goodbye(ignored);
      }
      close();
    }
  }

  // From the server's thread: ends whatever the script waits for.
  void interrupt() {
    const std::lock_guard lock(closing_);
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
  }

 private:
  void say_goodbye(error_code& error) {
    // The stream's own shutdown() waits for an answer that may never come.
    ::shutdown(socket_.native_handle(), SHUT_RD);
    stream_->shutdown(error);
  }

  void close() {
    const std::lock_guard lock(closing_);
    error_code ignored;
    socket_.close(ignored);
  }

  std::optional<std::string> take_head() {
    std::size_t end = buffer_.find("\r\n\r\n");
    while (end == std::string::npos) {
      const bool read = read_more();
      if (!read) return std::nullopt;
      end = buffer_.find("\r\n\r\n");
    }
    std::string head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    return head;
  }

  std::string remember(std::string request) {
    const std::lock_guard lock(server_.mutex);
    server_.requests.push_back(request);
    return request;
  }

  bool read_more() {
    char bytes[16 * 1024];
    error_code error;
    const std::size_t size = stream_ ? stream_->read_some(asio::buffer(bytes), error)
                                     : socket_.read_some(asio::buffer(bytes), error);
    buffer_.append(bytes, size);
    return !error;
  }

  Impl& server_;
  tcp::socket socket_;
  const int number_;
  std::optional<asio::ssl::stream<tcp::socket&>> stream_;
  std::string buffer_;
  std::mutex closing_;
};

void LoopbackServer::Impl::listen() {
  if (options.identity) {
    tls.use_certificate(asio::buffer(options.identity->certificate), asio::ssl::context::pem);
    if (options.tls_version != 0) {
      SSL_CTX_set_min_proto_version(tls.native_handle(), options.tls_version);
      SSL_CTX_set_max_proto_version(tls.native_handle(), options.tls_version);
      // Old versions need what nobody should accept any more.
      SSL_CTX_set_cipher_list(tls.native_handle(), "ALL:@SECLEVEL=0");
    }
    tls.use_private_key(asio::buffer(options.identity->key), asio::ssl::context::pem);
  }
  const tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
}

void LoopbackServer::Impl::accept() {
  for (;;) {
    error_code error;
    tcp::socket socket = acceptor.accept(error);
    const std::lock_guard lock(mutex);
    if (stopping || error) return;
    const int number = static_cast<int>(connections.size()) + 1;
    connections.push_back(std::make_shared<Connection>(*this, std::move(socket), number));
    threads.emplace_back([this, connection = connections.back()] { serve(*connection); });
  }
}

void LoopbackServer::Impl::serve(Connection& connection) {
  if (options.silent_handshake) {
    connection.swallow();
    return;
  }
  const bool welcome = connection.shake_hands();
  if (welcome) script(connection);
  connection.finish();
}

void LoopbackServer::Impl::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
    ::shutdown(acceptor.native_handle(), SHUT_RDWR);  // ends the accept under way
    for (const auto& connection : connections) connection->interrupt();
  }
  accepting.join();
  for (auto& thread : threads) thread.join();
}

LoopbackServer::LoopbackServer(Script script) : LoopbackServer(std::move(script), Options{}) {}

LoopbackServer::LoopbackServer(Script script, const Options& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->script = std::move(script);
  impl_->options = options;
  impl_->listen();
  impl_->accepting = std::thread([impl = impl_.get()] { impl->accept(); });
}

LoopbackServer::~LoopbackServer() {
  impl_->stop();
}

std::uint16_t LoopbackServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}

std::string LoopbackServer::url() const {
  const std::string& address = impl_->options.address;
  return url(address.find(':') == std::string::npos ? address : "[" + address + "]");
}

std::string LoopbackServer::url(const std::string& host) const {
  const std::string scheme = impl_->options.identity ? "https://" : "http://";
  return scheme + host + ":" + std::to_string(port());
}

int LoopbackServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return static_cast<int>(impl_->connections.size());
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

}  // namespace referrald::test
