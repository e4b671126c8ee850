#include "tests/support/connect_proxy.hpp"

#include <list>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>
#include <sys/socket.h>

namespace referrald::test {
namespace {

using TcpPeer = boost::asio::ip::tcp::socket;

// Passes on what there is to read; false when that is the end.
bool pass_on(TcpPeer& from, TcpPeer& to, std::string& passed) {
  char bytes[16 * 1024];
  boost::system::error_code error;
  const std::size_t size = from.read_some(boost::asio::buffer(bytes), error);
  passed.assign(bytes, size);
  if (!error) boost::asio::write(to, boost::asio::buffer(bytes, size), error);
  return !error;
}

}  // namespace

struct ConnectProxy::Impl {
  std::uint16_t to_port = 0;
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor{
      io, {boost::asio::ip::address_v4::loopback(), std::uint16_t{0}}};

  mutable std::mutex mutex;  // protects what follows
  bool stopping = false;
  std::vector<std::string> requests;
  std::string passed_on;
  std::list<TcpPeer> clients;
  std::list<std::thread> threads;

  std::thread accepting;

  void accept() {
    for (;;) {
      boost::system::error_code error;
      TcpPeer client = acceptor.accept(error);
      const std::lock_guard lock(mutex);
      if (stopping || error) return;
      clients.push_back(std::move(client));
      threads.emplace_back([this, &peer = clients.back()] { serve(peer); });
    }
  }

  void serve(TcpPeer& client) {
    std::string head;
    boost::system::error_code error;
    boost::asio::read_until(client, boost::asio::dynamic_buffer(head), "\r\n\r\n", error);
    if (error) return;
    {
      const std::lock_guard lock(mutex);
      requests.push_back(head);
    }
    TcpPeer server(io);
    server.connect({boost::asio::ip::address_v4::loopback(), to_port}, error);
    const std::string answer =
        error ? "HTTP/1.1 503 Service Unavailable\r\n\r\n" : "HTTP/1.1 200 Established\r\n\r\n";
    boost::system::error_code ignored;
    boost::asio::write(client, boost::asio::buffer(answer), ignored);
    if (!error) relay(client, server);
    ::shutdown(client.native_handle(), SHUT_RDWR);  // closed by the destructor
  }

  void relay(TcpPeer& client, TcpPeer& server) {
    pollfd ends[] = {{client.native_handle(), POLLIN, 0}, {server.native_handle(), POLLIN, 0}};
    std::string passed;
    for (bool open = true; open && ::poll(ends, 2, -1) > 0;) {
      if (ends[0].revents != 0) {
        open = pass_on(client, server, passed);
        const std::lock_guard lock(mutex);
        passed_on += passed;
      }
      if (open && ends[1].revents != 0) open = pass_on(server, client, passed);
    }
  }
};

ConnectProxy::ConnectProxy(std::uint16_t to_port) : impl_(std::make_unique<Impl>()) {
  impl_->to_port = to_port;
  impl_->accepting = std::thread([impl = impl_.get()] { impl->accept(); });
}

ConnectProxy::~ConnectProxy() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);  // ends the accept under way
    for (auto& client : impl_->clients) ::shutdown(client.native_handle(), SHUT_RDWR);
  }
  impl_->accepting.join();
  for (auto& thread : impl_->threads) thread.join();
}

std::string ConnectProxy::address() const {
  return "127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port());
}

std::vector<std::string> ConnectProxy::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::string ConnectProxy::passed_on() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->passed_on;
}

}  // namespace referrald::test
