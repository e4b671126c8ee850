#include "tests/simulator/server.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "tests/simulator/request_parser.hpp"
#include "tests/simulator/service.hpp"

namespace referrald::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t slow_pieces = 8;

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void close() = 0;
};

// One line for the request log: no query (it may hold personal data), no header, no body.
std::string log_line(const Request& request, const Answer& answer, const Outcome& outcome) {
  std::string line = fmt::format("{} {} {}", request.method, request.path(), answer.status);
  if (outcome.fault != Fault::none) line += fmt::format(" fault={}", to_string(outcome.fault));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return line;
}

}  // namespace

struct Server::Impl {
  Impl(asio::io_context& context, const ServerOptions& wanted)
      : io(context), options(wanted), acceptor(context), pause(context) {}

  void accept(const std::shared_ptr<Impl>& self);
  void start(const std::shared_ptr<Impl>& self, tcp::socket socket);

  asio::io_context& io;
  ServerOptions options;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::optional<asio::ssl::context> tls;
  Service* service = nullptr;
  std::unordered_set<Connection*> connections;
  std::size_t slow_answers = 0;
  std::string date;  // the Date line, made anew once a second
  std::int64_t date_second = -1;
};

namespace {

template <class Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(std::shared_ptr<Server::Impl> server, Stream stream)
      : server_(std::move(server)), stream_(std::move(stream)) {
    server_->connections.insert(this);
  }
  ~Session() override {
    leave_slow();
    server_->connections.erase(this);
  }

  void start() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) self->next_request();
                              });
    } else {
      next_request();
    }
  }

  void close() override {
    error_code ignored;
    socket().close(ignored);
    if (timer_) timer_->cancel();
  }

 private:
  tcp::socket& socket() {
    if constexpr (std::is_same_v<Stream, TlsStream>)
      return stream_.next_layer();
    else
      return stream_;
  }

  void next_request() {
    parser_.emplace(request_, header_limit, body_limit);
    parse();
  }

  void parse() {
    error_code error;
    parser_->take(buffer_, error);
    if (error) return refuse_malformed(error);
    if (parser_->is_done()) return respond();
    if (parser_->wants_continue()) {
      out_ = "HTTP/1.1 100 Continue\r\n\r\n";
      return send([self = this->shared_from_this()] { self->read(); });
    }
    read();
  }

  void read() {
    stream_.async_read_some(buffer_.prepare(read_size), [self = this->shared_from_this()](
                                                            error_code error, std::size_t size) {
      if (error) return;  // gone, or in the middle of a request: nobody is there to answer to
      self->buffer_.commit(size);
      self->parse();
    });
  }

  void respond() {
    request_.in_progress = server_->slow_answers;
    answer_.clear();
    const Outcome outcome = server_->service->answer(request_, answer_);
    if (server_->options.log) server_->options.log(log_line(request_, answer_, outcome));
    keep_alive_ = parser_->keep_alive();
    abrupt_ = outcome.delivery == Delivery::cut_close;
    const bool head_only = request_.method == "HEAD";
    if (outcome.delivery == Delivery::drop) return close();
    if (answer_.more) return stream_answer();

    std::size_t announced = answer_.body.size();
    std::size_t sent = announced;
    if (outcome.delivery == Delivery::cut_length) announced = sent = announced / 2;
    if (abrupt_) sent = announced / 2;
    write_head(fmt::format("Content-Length: {}\r\n", announced));
    if (!head_only) out_.append(answer_.body, 0, sent);
    if (abrupt_ && sent == 0) out_.resize(out_.size() / 2);
    if (outcome.delivery == Delivery::slow) return send_slowly();
    send([self = this->shared_from_this()] { self->finish(); });
  }

  void write_head(std::string_view length) {
    out_.clear();
    out_ += "HTTP/1.1 ";
    out_ += std::to_string(answer_.status);
    out_ += ' ';
    out_ += reason_phrase(answer_.status);
    out_ += "\r\n";
    if (answer_.status != 204) {
      out_ += "Content-Type: ";
      out_ += answer_.content_type;
      out_ += "\r\n";
      out_ += length;
    }
    append_date();
    out_ += answer_.headers;
    if (!keep_alive_) out_ += "Connection: close\r\n";
    out_ += "\r\n";
  }

  void append_date() {
    const auto now = server_->service->clock().now();
    const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    if (second != server_->date_second) {
      server_->date_second = second;
      server_->date = fmt::format("Date: {}\r\n", format_http_date(now));
    }
    out_ += server_->date;
  }

  template <class Then>
  void send(Then then) {
    asio::async_write(stream_, asio::buffer(out_),
                      [then = std::move(then)](error_code error, std::size_t) {
                        if (!error) then();
                      });
  }

  // In chunks, the next one made when the last one has left.
  void stream_answer() {
    write_head("Transfer-Encoding: chunked\r\n");
    send([self = this->shared_from_this()] { self->next_chunk(); });
  }

  void next_chunk() {
    answer_.body.clear();
    const bool more = answer_.more(answer_.body);
    out_.clear();
    if (!answer_.body.empty()) {
      out_ += fmt::format("{:x}\r\n", answer_.body.size());
      out_ += answer_.body;
      out_ += "\r\n";
    }
    if (!more) out_ += "0\r\n\r\n";
    send([self = this->shared_from_this(), more] { more ? self->next_chunk() : self->finish(); });
  }

  void send_slowly() {
    ++server_->slow_answers;
    slow_ = true;
    slow_at_ = 0;
    slow_step_ = out_.size() / slow_pieces + 1;
    timer_.emplace(server_->io);
    next_piece();
  }

  void next_piece() {
    const auto size = std::min(slow_step_, out_.size() - slow_at_);
    asio::async_write(stream_, asio::buffer(out_.data() + slow_at_, size),
                      [self = this->shared_from_this()](error_code error, std::size_t written) {
                        if (error) return;
                        self->slow_at_ += written;
                        if (self->slow_at_ == self->out_.size()) return self->finish();
                        self->wait_for_piece();
                      });
  }

  void wait_for_piece() {
    timer_->expires_after(server_->service->faults().settings().slow / slow_pieces);
    timer_->async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->next_piece();
    });
  }

  void leave_slow() {
    if (std::exchange(slow_, false)) --server_->slow_answers;
  }

  void finish() {
    leave_slow();
    if (abrupt_) return close();
    keep_alive_ ? next_request() : shut_down();
  }

  void shut_down() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    } else {
      error_code ignored;
      stream_.shutdown(tcp::socket::shutdown_send, ignored);
      drain();
    }
  }

  // Closing with unread bytes would reset the connection and may take the answer with it.
  void drain() {
    buffer_.clear();
    socket().async_read_some(buffer_.prepare(read_size),
                             [self = this->shared_from_this()](error_code error, std::size_t) {
                               if (!error && self->drained_++ < 256) self->drain();
                             });
  }

  void refuse_malformed(error_code error) {
    unsigned status = 400;
    if (error == http::error::body_limit) status = 413;
    if (error == http::error::header_limit) status = 431;
    answer_.clear();
    answer_.status = status;
    answer_.content_type = json_type;
    answer_.body =
        R"({"error":{"code":"invalidRequest","message":"The request is malformed or too large."}})";
    keep_alive_ = false;
    write_head(fmt::format("Content-Length: {}\r\n", answer_.body.size()));
    out_ += answer_.body;
    if (server_->options.log) {
      server_->options.log(fmt::format("(malformed) {}: {}", status, error.message()));
    }
    send([self = this->shared_from_this()] { self->finish(); });
  }

  std::shared_ptr<Server::Impl> server_;
  Stream stream_;
  boost::beast::flat_buffer buffer_;
  Request request_;
  Answer answer_;
  std::optional<RequestParser> parser_;
  std::string out_;
  std::optional<asio::steady_timer> timer_;
  std::size_t slow_at_ = 0;
  std::size_t slow_step_ = 0;
  std::size_t drained_ = 0;
  bool keep_alive_ = true;
  bool abrupt_ = false;
  bool slow_ = false;
};

}  // namespace

void Server::Impl::accept(const std::shared_ptr<Impl>& self) {
  acceptor.async_accept([this, self](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (!error) {
      start(self, std::move(socket));
      return accept(self);
    }
    // Out of descriptors, most likely: it does no good to try again at once.
    pause.expires_after(std::chrono::milliseconds{50});
    pause.async_wait([this, self](error_code stopped) {
      if (!stopped) accept(self);
    });
  });
}

void Server::Impl::start(const std::shared_ptr<Impl>& self, tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  if (tls) {
    std::make_shared<Session<TlsStream>>(self, TlsStream(std::move(socket), *tls))->start();
  } else {
    std::make_shared<Session<tcp::socket>>(self, std::move(socket))->start();
  }
}

Server::Server(asio::io_context& io, const ServerOptions& options)
    : impl_(std::make_shared<Impl>(io, options)) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error || !address.is_loopback()) {
    throw ServerError(fmt::format(
        "--address {}: not a loopback address; the simulator accepts 127.0.0.1 or ::1 only",
        options.address));
  }
  if (options.tls) {
    impl_->tls.emplace(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain_file(options.tls->certificate.string(), error);
    if (error) {
      throw ServerError(fmt::format("cannot read the certificate {}: {}",
                                    options.tls->certificate.string(), error.message()));
    }
    impl_->tls->use_private_key_file(options.tls->key.string(), asio::ssl::context::pem, error);
    if (error) {
      throw ServerError(
          fmt::format("cannot read the key {}: {}", options.tls->key.string(), error.message()));
    }
  }
  const tcp::endpoint endpoint(address, options.port);
  auto& acceptor = impl_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw ServerError(fmt::format("cannot listen on {} port {}: {}", options.address, options.port,
                                  error.message()));
  }
}

Server::~Server() {
  stop();
}

std::uint16_t Server::port() const {
  return impl_->acceptor.local_endpoint().port();
}

std::string Server::url() const {
  const auto endpoint = impl_->acceptor.local_endpoint();
  const auto address = endpoint.address();
  return fmt::format(fmt::runtime(address.is_v6() ? "{}://[{}]:{}" : "{}://{}:{}"),
                     impl_->tls ? "https" : "http", address.to_string(), endpoint.port());
}

void Server::serve(Service& service) {
  impl_->service = &service;
  impl_->accept(impl_);
}

void Server::stop() {
  error_code ignored;
  impl_->acceptor.close(ignored);
  impl_->pause.cancel();
  for (Connection* connection : impl_->connections) connection->close();
}

}  // namespace referrald::simulator
