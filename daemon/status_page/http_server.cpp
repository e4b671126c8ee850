#include "daemon/status_page/http_server.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include "daemon/spawn.hpp"

namespace referrald::status_page {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using submission::SteadyTime;
using tcp = asio::ip::tcp;
using RequestParser = http::request_parser<http::empty_body>;

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

// What the page is made of comes from here; it asks nobody else, runs nothing that stands in it,
// and stands in no other page.
constexpr std::string_view security_headers =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::size_t read_size = 4 * 1024;
constexpr std::chrono::milliseconds accept_again{1'000};
constexpr std::chrono::milliseconds linger{1'000};
constexpr std::size_t lingering_bytes = 256 * 1024;

HttpAnswer text_answer(int status, std::string text) {
  return {status, plain, std::make_shared<const std::string>(std::move(text) + "\n"), {}};
}

std::string head_of(const HttpAnswer& answer, bool keep_alive) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", answer.status,
                  std::string_view(http::obsolete_reason(static_cast<http::status>(answer.status))),
                  answer.type);
  if (!answer.events) head += fmt::format("Content-Length: {}\r\n", answer.body->size());
  // A proxy in front is not to hold events back.
  if (answer.events) head += "X-Accel-Buffering: no\r\n";
  if (answer.status == 405) head += "Allow: GET, HEAD\r\n";
  if (answer.status == 503) head += "Retry-After: 10\r\n";
  head += security_headers;
  if (!keep_alive) head += "Connection: close\r\n";
  return head + "\r\n";
}

// What to say to somebody who does not speak properly; nullopt: nothing, it has gone.
std::optional<HttpAnswer> answer_to(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return text_answer(431, "The request's head is too large.");
  if (error == http::error::unexpected_body || error == http::error::body_limit)
    return text_answer(413, "A request has no body here.");
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message ||
                    error.category() != http::make_error_code(http::error::bad_target).category();
  if (gone) return std::nullopt;
  return text_answer(400, "This is no HTTP/1.1 request.");
}

struct Connection {
  Connection(tcp::socket accepted, submission::Clock& clock)
      : socket(std::move(accepted)), watchdog(clock.timer()), pause(clock.timer()) {}

  void close() {
    if (closed) return;
    closed = true;
    error_code ignored;
    socket.close(ignored);
    watchdog->wake();
    pause->wake();
  }

  tcp::socket socket;
  std::unique_ptr<submission::Timer> watchdog;
  std::unique_ptr<submission::Timer> pause;  // of a stream
  SteadyTime deadline{};                     // it is closed then
  SteadyTime silent_since{};
  boost::beast::flat_buffer buffer;
  std::string out;
  bool streaming = false;
  bool closed = false;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace

// Its coroutines hold it, and end soon after stop().
struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::any_io_executor where, submission::Clock& time, Log& to, Address at,
       HttpHandler handle, const Limits& set)
      : executor(std::move(where)),
        clock(time),
        log(to),
        address(std::move(at)),
        handler(std::move(handle)),
        limits(set),
        acceptor(executor),
        accept_pause(clock.timer()) {}

  void listen();
  void stop();
  asio::awaitable<void> accept();
  void take(tcp::socket socket);
  bool make_room();
  asio::awaitable<void> watch(ConnectionPtr connection);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<void> converse(ConnectionPtr connection);
  asio::awaitable<bool> first_bytes(ConnectionPtr connection);
  asio::awaitable<bool> respond(ConnectionPtr connection, HttpAnswer answer, bool head_only,
                                bool keep_alive);
  asio::awaitable<bool> write(ConnectionPtr connection);
  asio::awaitable<void> stream(ConnectionPtr connection, std::function<std::string()> events);
  asio::awaitable<void> until_gone(ConnectionPtr connection);
  asio::awaitable<void> take_leave(ConnectionPtr connection);
  HttpAnswer answer(const RequestParser::value_type& request) const;
  void set_deadline(Connection& connection, std::chrono::milliseconds from_now);
  std::size_t streams() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(connections, [](const auto& one) { return one->streaming; }));
  }
  void begin(asio::awaitable<void> coroutine);

  asio::any_io_executor executor;
  submission::Clock& clock;
  Log& log;
  Address address;
  HttpHandler handler;
  Limits limits;
  tcp::acceptor acceptor;
  std::unique_ptr<submission::Timer> accept_pause;
  std::list<ConnectionPtr> connections;
  bool stopped = false;
};

// An exception is a fault of the program; it must not end the daemon's work.
void HttpServer::Impl::begin(asio::awaitable<void> coroutine) {
  spawn(executor, std::move(coroutine),
        [self = shared_from_this()](const std::exception_ptr& error) {
          if (!error) return;
          try {
            std::rethrow_exception(error);
          } catch (const std::exception& fault) {
            self->log.write("status-page-fault", {{"reason", fault.what()}});
          }
        });
}

void HttpServer::Impl::listen() {
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(address.ip, error), address.port);
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
    throw ListenError(fmt::format("status_page: cannot listen on {} port {}: {}", address.ip,
                                  address.port, error.message()));
  }
  address.port = acceptor.local_endpoint().port();
  begin(accept());
}

void HttpServer::Impl::stop() {
  stopped = true;
  error_code ignored;
  acceptor.close(ignored);
  accept_pause->wake();
  for (const auto& connection : connections) connection->close();
}

asio::awaitable<void> HttpServer::Impl::accept() {
  const auto self = shared_from_this();
  bool told = false;
  while (!stopped) {
    auto [error, socket] = co_await acceptor.async_accept(use_tuple);
    if (stopped) break;
    if (error) {
      // Out of descriptors, mostly: others need them more.
      if (!std::exchange(told, true))
        log.write("status-page-crowded", {{"reason", error.message()}});
      (void)co_await accept_pause->wait_until(clock.steady() + accept_again);
      continue;
    }
    told = false;
    take(std::move(socket));
  }
}

void HttpServer::Impl::take(tcp::socket socket) {
  if (connections.size() >= limits.connections && !make_room()) return;
  const auto connection = std::make_shared<Connection>(std::move(socket), clock);
  connection->silent_since = clock.steady();
  set_deadline(*connection, limits.idle);
  connections.push_back(connection);
  begin(watch(connection));
  begin(serve(connection));
}

// Drops the connection that has been silent for longest, streams aside.
bool HttpServer::Impl::make_room() {
  ConnectionPtr oldest;
  for (const auto& connection : connections)
    if (!connection->streaming && (!oldest || connection->silent_since < oldest->silent_since))
      oldest = connection;
  if (!oldest) return false;
  oldest->close();
  connections.remove(oldest);
  return true;
}

void HttpServer::Impl::set_deadline(Connection& connection, std::chrono::milliseconds from_now) {
  const SteadyTime before = connection.deadline;
  connection.deadline = clock.steady() + from_now;
  if (connection.deadline < before) connection.watchdog->wake();
}

asio::awaitable<void> HttpServer::Impl::watch(ConnectionPtr connection) {
  const auto self = shared_from_this();
  while (!connection->closed) {
    const SteadyTime deadline = connection->deadline;
    (void)co_await connection->watchdog->wait_until(deadline);
    if (clock.steady() >= connection->deadline) connection->close();
  }
}

asio::awaitable<void> HttpServer::Impl::serve(ConnectionPtr connection) {
  const auto self = shared_from_this();
  std::exception_ptr fault;
  try {
    co_await converse(connection);
  } catch (...) {
    fault = std::current_exception();
  }
  connection->close();
  connections.remove(connection);
  if (fault) std::rethrow_exception(fault);
}

asio::awaitable<void> HttpServer::Impl::converse(ConnectionPtr connection) {
  while (!connection->closed) {
    const bool begun = co_await first_bytes(connection);
    if (!begun) co_return;
    set_deadline(*connection, limits.request);
    RequestParser parser;
    parser.header_limit(limits.header_bytes);
    const auto [error, bytes] =
        co_await http::async_read(connection->socket, connection->buffer, parser, use_tuple);
    if (connection->closed) co_return;
    if (error) {
      auto complaint = answer_to(error);
      if (!complaint) co_return;
      HttpAnswer refusal = *std::move(complaint);
      const bool told = co_await respond(connection, std::move(refusal), false, false);
      if (told) co_await take_leave(connection);
      co_return;
    }
    const auto& request = parser.get();
    HttpAnswer reply = answer(request);
    const bool head_only = request.method() == http::verb::head;
    const bool keep_alive = request.keep_alive() && !reply.events;
    const bool sent = co_await respond(connection, std::move(reply), head_only, keep_alive);
    if (!sent) co_return;
    if (!keep_alive) {
      co_await take_leave(connection);
      co_return;
    }
  }
}

// Between requests a connection may rest; once one has begun it must come to its end.
asio::awaitable<bool> HttpServer::Impl::first_bytes(ConnectionPtr connection) {
  if (connection->buffer.size() > 0) co_return true;
  connection->silent_since = clock.steady();
  set_deadline(*connection, limits.idle);
  const auto [error, bytes] =
      co_await connection->socket.async_read_some(connection->buffer.prepare(read_size), use_tuple);
  if (error) co_return false;
  connection->buffer.commit(bytes);
  co_return true;
}

HttpAnswer HttpServer::Impl::answer(const RequestParser::value_type& request) const {
  const auto target = request.target();
  if (request.version() != 11 && request.version() != 10)
    return text_answer(505, "This server speaks HTTP/1.1.");
  if (request.count(http::field::host) != 1) return text_answer(400, "One Host header is wanted.");
  const auto host = request[http::field::host];
  if (!is_own_host({host.data(), host.size()}, address))
    return text_answer(421, fmt::format("This server is called {}:{} or localhost:{}.", address.ip,
                                        address.port, address.port));
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return text_answer(405, "Only GET and HEAD.");
  if (!target.starts_with('/')) return text_answer(400, "A path is wanted.");
  const std::string_view path(target.data(), std::min(target.find('?'), target.size()));
  HttpAnswer reply = handler(path);
  if (reply.events && streams() >= limits.streams)
    return text_answer(503, "Too many are looking already; the page itself can be reloaded.");
  return reply;
}

// False: the client has gone, or is to go.
asio::awaitable<bool> HttpServer::Impl::respond(ConnectionPtr connection, HttpAnswer answer,
                                                bool head_only, bool keep_alive) {
  connection->out = head_of(answer, keep_alive);
  if (!head_only && !answer.events) connection->out += *answer.body;
  const bool sent = co_await write(connection);
  if (!sent || !answer.events || head_only) co_return sent;
  connection->streaming = true;
  begin(until_gone(connection));
  co_await stream(connection, std::move(answer.events));
  co_return false;
}

asio::awaitable<bool> HttpServer::Impl::write(ConnectionPtr connection) {
  set_deadline(*connection, limits.write);
  const auto [error, bytes] =
      co_await asio::async_write(connection->socket, asio::buffer(connection->out), use_tuple);
  co_return !error && !connection->closed;
}

// What changes while a slow client takes its time is not kept for it: it gets what there is then.
asio::awaitable<void> HttpServer::Impl::stream(ConnectionPtr connection,
                                               std::function<std::string()> events) {
  const SteadyTime end = clock.steady() + limits.stream;
  SteadyTime last = clock.steady();
  while (!connection->closed && clock.steady() < end) {
    connection->out = events();
    if (connection->out.empty() && clock.steady() - last >= limits.beat)
      connection->out = "event: beat\ndata:\n\n";
    if (!connection->out.empty()) {
      last = clock.steady();
      const bool sent = co_await write(connection);
      if (!sent) co_return;
    }
    set_deadline(*connection, limits.tick + limits.write);
    (void)co_await connection->pause->wait_until(clock.steady() + limits.tick);
  }
}

// Who listens to a stream has nothing to say.
asio::awaitable<void> HttpServer::Impl::until_gone(ConnectionPtr connection) {
  const auto self = shared_from_this();
  char byte = 0;
  if (connection->buffer.size() == 0)
    (void)co_await connection->socket.async_read_some(asio::buffer(&byte, 1), use_tuple);
  connection->close();
}

// Closing while the client still sends would reset the connection, and the answer might be lost.
asio::awaitable<void> HttpServer::Impl::take_leave(ConnectionPtr connection) {
  error_code ignored;
  connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
  set_deadline(*connection, linger);
  connection->buffer.clear();
  for (std::size_t taken = 0; taken < lingering_bytes && !connection->closed;) {
    const auto [error, bytes] = co_await connection->socket.async_read_some(
        connection->buffer.prepare(read_size), use_tuple);
    if (error) co_return;
    taken += bytes;
  }
}

HttpServer::HttpServer(asio::any_io_executor executor, submission::Clock& clock, Log& log,
                       const Address& address, HttpHandler handler, const Limits& limits)
    : impl_(std::make_shared<Impl>(std::move(executor), clock, log, address, std::move(handler),
                                   limits)) {}

HttpServer::~HttpServer() {
  impl_->stop();
}

void HttpServer::start() {
  impl_->listen();
}

void HttpServer::stop() {
  impl_->stop();
}

std::uint16_t HttpServer::port() const {
  return impl_->address.port;
}

std::size_t HttpServer::connections() const {
  return impl_->connections.size();
}

}  // namespace referrald::status_page
