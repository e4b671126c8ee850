// How much an exchange of the HTTP transport costs: many at once, over loopback, to a server that
// answers at once.
//
//   http_bench [EXCHANGES [CONNECTIONS]]     POST of 1.5 KB, answer of 2 KB
//   http_bench --serve                       the server alone, to compare with (wrk -s …)
//
// The server runs in a process of its own; `cpu` is that of the client alone.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/submission/http_transport.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using referrald::submission::Exchange;
using referrald::submission::HttpOptions;
using referrald::submission::Request;
using referrald::submission::Transport;

constexpr std::size_t request_body = 1536;
constexpr std::size_t answer_body = 2048;

// Reads requests of which only the length matters; answers each with the same bytes.
asio::awaitable<void> serve(tcp::socket socket, const std::string& answer) {
  const auto token = asio::as_tuple(asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
  std::string in;
  std::string buffer(16 * 1024, '\0');
  for (;;) {
    const auto [error, bytes] = co_await socket.async_read_some(asio::buffer(buffer), token);
    if (error) co_return;
    in.append(buffer, 0, bytes);
    const std::size_t head = in.find("\r\n\r\n");
    if (head == std::string::npos) continue;
    const std::size_t length = in.find("Content-Length: ");
    std::size_t whole = head + 4;
    if (length < head) whole += std::strtoul(in.c_str() + length + 16, nullptr, 10);
    if (in.size() < whole) continue;
    in.erase(0, whole);
    const auto [failed, written] = co_await asio::async_write(socket, asio::buffer(answer), token);
    if (failed || written == 0) co_return;
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const std::string& answer) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), answer), asio::detached);
  }
}

[[noreturn]] void run_server(int port_pipe) {
  asio::io_context io(1);
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = acceptor.local_endpoint().port();
  const ssize_t told = ::write(port_pipe, &port, sizeof port);
  if (told != sizeof port) std::_Exit(1);
  const std::string answer =
      "HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
      "request-id: 11111111-2222-4333-8444-555555555555\r\nETag: \"0123456789\"\r\n"
      "Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nContent-Length: " +
      std::to_string(answer_body) + "\r\n\r\n" + std::string(answer_body, 'a');
  asio::co_spawn(io, accept(acceptor, answer), asio::detached);
  io.run();
  std::_Exit(0);
}

asio::awaitable<void> post(Transport& transport, long count, long& failed) {
  const std::string body(request_body, 'b');
  const std::string token = "Bearer " + std::string(1500, 't');
  for (long i = 0; i < count; ++i) {
    Request request;
    request.method = "POST";
    request.target = "/v1.0/engagements/referrals";
    request.headers = {{"Authorization", token},
                       {"Accept", "application/json"},
                       {"Content-Type", "application/json; charset=utf-8"},
                       {"client-request-id", "11111111-2222-4333-8444-555555555555"}};
    request.body = body;
    const Exchange exchange =
        co_await transport.exchange(std::move(request), std::chrono::seconds{30});
    if (exchange.response.status != 201) ++failed;
  }
}

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

int run_client(std::uint16_t port, long exchanges, long connections) {
  asio::io_context io(1);
  HttpOptions options;
  options.url = "http://127.0.0.1:" + std::to_string(port);
  options.connections = static_cast<std::size_t>(connections);
  options.user_agent = "referrald-bench";
  const auto transport = referrald::submission::make_http_transport(io.get_executor(), options);
  long failed = 0;
  long running = connections;
  const double cpu = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  for (long i = 0; i < connections; ++i) {
    asio::co_spawn(io, post(*transport, exchanges / connections, failed),
                   [&](std::exception_ptr error) {
                     if (error) ++failed;
                     if (--running == 0) asio::co_spawn(io, transport->close(), asio::detached);
                   });
  }
  io.run();
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double used = cpu_seconds() - cpu;
  const double done = static_cast<double>(exchanges / connections * connections);
  std::printf("%.0f exchanges, %ld connections: %.0f/s, %.1f us cpu each, %ld failed\n", done,
              connections, done / wall, used / done * 1e6, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  const pid_t server = ::fork();
  if (server == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_server(ends[1]);
  }
  std::uint16_t port = 0;
  if (::read(ends[0], &port, sizeof port) != sizeof port) return 1;
  if (argc > 1 && std::strcmp(argv[1], "--serve") == 0) {
    std::printf("http://127.0.0.1:%u/\n", static_cast<unsigned>(port));
    std::fflush(stdout);
    ::waitpid(server, nullptr, 0);
    return 0;
  }
  const long exchanges = argc > 1 ? std::atol(argv[1]) : 200'000;
  const long connections = argc > 2 ? std::atol(argv[2]) : 32;
  const int result = run_client(port, exchanges, connections);
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  return result;
}
