#include "daemon/submission/http_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <sys/socket.h>

#include "daemon/submission/http_message.hpp"
#include "daemon/submission/tls.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Trouble = Exchange::Trouble;

// The concrete executor spares each operation the calls through any_io_executor.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using TlsStream = asio::ssl::stream<Socket>;
using SocketTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::size_t read_size = 32 * 1024;

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

std::string seconds(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

template <class Stream>
class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  HttpConnection(Executor executor, std::shared_ptr<void> keeper, const Endpoint& endpoint,
                 ConnectionOwner& owner)
      : keeper_(std::move(keeper)),
        endpoint_(endpoint),
        owner_(owner),
        executor_(executor),
        stream_(make_stream(executor, endpoint)),
        timer_(executor) {}

  void open(Job job) override;
  void reuse(Job job) override;
  SteadyTime idle_since() const override { return idle_since_; }
  void discard() override { close(); }

 private:
  static constexpr bool tls = std::is_same_v<Stream, TlsStream>;

  enum class State {
    resolving,
    connecting,
    shaking_hands,
    exchanging,  // the write of the request has begun
    idle,
    reserved,  // about to exchange; no byte written
    closed,
  };

  static Stream make_stream(Executor executor, const Endpoint& endpoint) {
    if constexpr (tls) {
      return Stream(executor, *endpoint.tls);
    } else {
      return Stream(executor);
    }
  }

  Socket& socket() {
    if constexpr (tls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void take(Job job);
  void resolve();
  void connect_next();
  void on_connected(const error_code& error);
  void shake_hands();
  void on_hands_shaken(const error_code& error);
  void send();
  void write_rest();
  void on_written(const error_code& error, std::size_t bytes);
  void read();
  void on_read(const error_code& error, std::size_t bytes);
  bool parse();
  void on_end_of_stream(const error_code& error);
  void on_reserved();
  bool seems_open();
  void arm_timer(SteadyTime at);
  void on_timer();
  void on_timeout();
  void complete(bool reusable);
  void fail(Trouble trouble, std::string error);
  void finish(bool reusable);
  void close();

  const std::shared_ptr<void> keeper_;  // of endpoint_ and owner_
  const Endpoint& endpoint_;
  ConnectionOwner& owner_;

  Executor executor_;
  Stream stream_;
  SocketTimer timer_;
  std::optional<asio::ip::basic_resolver<tcp, Executor>> resolver_;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  error_code connect_error_;

  State state_ = State::resolving;
  std::optional<Job> job_;
  SteadyTime deadline_;          // of the exchange
  SteadyTime attempt_deadline_;  // of the address being connected to
  SteadyTime idle_since_;
  std::optional<SteadyTime> armed_;  // when the timer fires

  std::string out_;
  std::size_t written_ = 0;
  bool writing_ = false;
  boost::beast::flat_buffer in_;
  std::optional<AnswerParser> parser_;
};

template <class Stream>
void HttpConnection<Stream>::take(Job job) {
  job_.emplace(std::move(job));
  deadline_ = now() + job_->pending->timeout;
}

template <class Stream>
void HttpConnection<Stream>::open(Job job) {
  take(std::move(job));
  arm_timer(deadline_);
  resolve();
}

template <class Stream>
void HttpConnection<Stream>::reuse(Job job) {
  take(std::move(job));
  state_ = State::reserved;
  // Behind whatever the outstanding read has found already.
  asio::post(executor_, [self = this->shared_from_this()] { self->on_reserved(); });
}

template <class Stream>
void HttpConnection<Stream>::on_reserved() {
  if (!job_) return;  // its time was up
  if (state_ == State::reserved && seems_open()) {
    arm_timer(deadline_);
    send();
    return;
  }
  close();
  Job job = std::move(*job_);
  job_.reset();
  owner_.found_closed(*this, std::move(job));
}

// What the kernel has and the outstanding read has not yet seen: the end, or bytes that nobody
// asked for.
template <class Stream>
bool HttpConnection<Stream>::seems_open() {
  char byte = 0;
  const ssize_t seen = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

template <class Stream>
void HttpConnection<Stream>::resolve() {
  error_code no_address;
  const auto address = asio::ip::make_address(endpoint_.host, no_address);
  if (!no_address) addresses_.emplace_back(address, endpoint_.port);
  // Never asked of a name server (RFC 6761, section 6.3): plain http is allowed towards this name
  // because it is this machine. Works without an /etc/hosts, too.
  if (boost::beast::iequals(endpoint_.host, "localhost")) {
    addresses_.emplace_back(asio::ip::address_v6::loopback(), endpoint_.port);
    addresses_.emplace_back(asio::ip::address_v4::loopback(), endpoint_.port);
  }
  if (!addresses_.empty()) {
    // Not from within the caller's initiation, which must not be completed from inside.
    asio::post(executor_, [self = this->shared_from_this()] { self->connect_next(); });
    return;
  }
  resolver_.emplace(executor_);
  resolver_->async_resolve(
      endpoint_.host, std::to_string(endpoint_.port),
      [self = this->shared_from_this()](const error_code& error, const auto& found) {
        if (self->state_ == State::closed) return;
        if (error) {
          self->fail(Trouble::resolve, "resolve " + self->endpoint_.host + ": " + clause(error));
          return;
        }
        for (const auto& entry : found) self->addresses_.push_back(entry.endpoint());
        self->connect_next();
      });
}

template <class Stream>
void HttpConnection<Stream>::connect_next() {
  if (state_ == State::closed) return;
  state_ = State::connecting;
  if (next_address_ == addresses_.size()) {
    const bool silent = connect_error_ == asio::error::operation_aborted || !connect_error_;
    fail(Trouble::connect,
         "connect to " + endpoint_.label + ": " + (silent ? "no answer" : clause(connect_error_)));
    return;
  }
  // A silent address must leave time for the others.
  const auto left = static_cast<int>(addresses_.size() - next_address_);
  attempt_deadline_ = now() + (deadline_ - now()) / left;
  if (left > 1) arm_timer(attempt_deadline_);

  error_code ignored;
  socket().close(ignored);
  socket().async_connect(
      addresses_[next_address_++],
      [self = this->shared_from_this()](const error_code& error) { self->on_connected(error); });
}

template <class Stream>
void HttpConnection<Stream>::on_connected(const error_code& error) {
  if (state_ == State::closed) return;
  if (error) {
    connect_error_ = error;
    connect_next();
    return;
  }
  error_code ignored;
  socket().set_option(tcp::no_delay(true), ignored);
  addresses_.clear();
  if constexpr (tls) {
    shake_hands();
  } else {
    send();
  }
}

template <class Stream>
void HttpConnection<Stream>::shake_hands() {
  if constexpr (tls) {
    state_ = State::shaking_hands;
    expect_peer(stream_.native_handle(), endpoint_);
    stream_.async_handshake(asio::ssl::stream_base::client,
                            [self = this->shared_from_this()](const error_code& error) {
                              self->on_hands_shaken(error);
                            });
  }
}

template <class Stream>
void HttpConnection<Stream>::on_hands_shaken(const error_code& error) {
  if constexpr (tls) {
    if (state_ == State::closed) return;
    if (!error) {
      send();
    } else if (error.category() == asio::error::get_ssl_category()) {
      fail(Trouble::tls, handshake_failure(stream_.native_handle(), error, endpoint_.host));
    } else {
      fail(Trouble::closed, "TLS handshake with " + endpoint_.label + ": " + clause(error));
    }
  }
}

template <class Stream>
void HttpConnection<Stream>::send() {
  const bool reading = state_ == State::reserved;  // since it became idle
  state_ = State::exchanging;
  write_request(endpoint_, job_->pending->request, out_);
  written_ = 0;
  writing_ = true;
  write_rest();
  if (!reading) read();
}

template <class Stream>
void HttpConnection<Stream>::write_rest() {
  stream_.async_write_some(
      asio::buffer(out_) + written_,
      [self = this->shared_from_this()](const error_code& error, std::size_t bytes) {
        self->on_written(error, bytes);
      });
}

template <class Stream>
void HttpConnection<Stream>::on_written(const error_code& error, std::size_t bytes) {
  written_ += bytes;
  if (state_ == State::exchanging && !error && written_ < out_.size()) {
    write_rest();
    return;
  }
  // After an error the read goes on: a server that closes early may have answered first.
  if (!error) writing_ = false;
}

template <class Stream>
void HttpConnection<Stream>::read() {
  stream_.async_read_some(in_.prepare(read_size), [self = this->shared_from_this()](
                                                      const error_code& error, std::size_t bytes) {
    self->on_read(error, bytes);
  });
}

template <class Stream>
void HttpConnection<Stream>::on_read(const error_code& error, std::size_t bytes) {
  switch (state_) {
    case State::idle:
      close();
      owner_.ended(*this);
      return;
    case State::reserved:
      close();  // on_reserved() hands the job back
      return;
    case State::exchanging:
      break;
    default:
      return;
  }
  in_.commit(bytes);
  const bool more = parse();
  if (!more) return;
  if (error) {
    on_end_of_stream(error);
  } else {
    read();
  }
}

// False when the exchange is over.
template <class Stream>
bool HttpConnection<Stream>::parse() {
  Response& response = job_->pending->result.response;
  while (in_.size() > 0) {
    if (!parser_) parser_.emplace(response);
    error_code error;
    in_.consume(parser_->put(in_.data(), error));
    if (error == http::error::need_more) return true;
    if (error) {
      fail(Trouble::unreadable, unreadable_answer(error));
      return false;
    }
    if (!parser_->is_done()) continue;
    if (parser_->status() >= 200) {
      complete(parser_->keep_alive() && !parser_->need_eof() && !writing_ && in_.size() == 0);
      return false;
    }
    if (parser_->status() == 101) {  // nobody asked to switch
      fail(Trouble::unreadable, "the answer switches to another protocol");
      return false;
    }
    parser_.reset();
    response = Response{};
  }
  return true;
}

template <class Stream>
void HttpConnection<Stream>::on_end_of_stream(const error_code& error) {
  if (!parser_ || !parser_->got_some()) {
    fail(Trouble::closed, "the connection to " + endpoint_.label +
                              " ended before the answer came (" + clause(error) + ")");
    return;
  }
  // An answer without a length ends with the connection, if that ended in order.
  error_code incomplete = error == asio::error::eof ? error_code{} : error;
  if (!incomplete) parser_->put_eof(incomplete);
  if (!incomplete && parser_->is_done()) {
    complete(false);
  } else {
    fail(Trouble::closed,
         "the connection to " + endpoint_.label + " ended in the middle of the answer");
  }
}

// The timer stays armed from exchange to exchange and is set anew only when it fires, or for an
// earlier time: arming it for each exchange would cost more than parsing the answer.
template <class Stream>
void HttpConnection<Stream>::arm_timer(SteadyTime at) {
  if (armed_ && *armed_ <= at) return;
  armed_ = at;
  timer_.expires_at(at);
  timer_.async_wait([self = this->shared_from_this()](const error_code& error) {
    if (!error) self->on_timer();
  });
}

template <class Stream>
void HttpConnection<Stream>::on_timer() {
  armed_.reset();
  if (state_ == State::closed || state_ == State::idle) return;
  const SteadyTime time = now();
  if (time >= deadline_) {
    on_timeout();
    return;
  }
  const bool connecting = state_ == State::connecting;
  if (connecting && time >= attempt_deadline_) {
    error_code ignored;
    socket().close(ignored);  // on_connected() tries the next address
  }
  const bool attempt = connecting && time < attempt_deadline_;
  arm_timer(attempt ? std::min(attempt_deadline_, deadline_) : deadline_);
}

template <class Stream>
void HttpConnection<Stream>::on_timeout() {
  const std::string within = "within " + seconds(job_->pending->timeout);
  switch (state_) {
    case State::resolving:
      fail(Trouble::timeout, "resolve " + endpoint_.host + ": no answer " + within);
      break;
    case State::connecting:
      fail(Trouble::timeout, "connect to " + endpoint_.label + ": no answer " + within);
      break;
    case State::shaking_hands:
      fail(Trouble::timeout, "TLS handshake with " + endpoint_.label + ": not done " + within);
      break;
    default:
      fail(Trouble::timeout, "no whole answer from " + endpoint_.label + " " + within);
      break;
  }
}

template <class Stream>
void HttpConnection<Stream>::complete(bool reusable) {
  job_->pending->result.kind = Exchange::Kind::answered;
  finish(reusable);
}

template <class Stream>
void HttpConnection<Stream>::fail(Trouble trouble, std::string error) {
  Exchange& result = job_->pending->result;
  const bool sent = state_ == State::exchanging;
  result = Exchange{};  // what was read of an answer is none
  result.kind = sent ? Exchange::Kind::unknown : Exchange::Kind::not_sent;
  result.trouble = trouble;
  result.error = std::move(error);
  finish(false);
}

template <class Stream>
void HttpConnection<Stream>::finish(bool reusable) {
  parser_.reset();
  Job job = std::move(*job_);
  job_.reset();
  if (reusable) {
    state_ = State::idle;
    idle_since_ = now();
    read();
    owner_.idle(this->shared_from_this());
  } else {
    close();
    owner_.ended(*this);
  }
  std::move(job.resume)();  // last: it may begin the next exchange
}

template <class Stream>
void HttpConnection<Stream>::close() {
  state_ = State::closed;
  error_code ignored;
  socket().close(ignored);
  timer_.cancel();
  if (resolver_) resolver_->cancel();
}

}  // namespace

std::shared_ptr<Connection> make_connection(const Executor& executor, std::shared_ptr<void> keeper,
                                            const Endpoint& endpoint, ConnectionOwner& owner) {
  if (endpoint.tls != nullptr) {
    return std::make_shared<HttpConnection<TlsStream>>(executor, std::move(keeper), endpoint,
                                                       owner);
  }
  return std::make_shared<HttpConnection<Socket>>(executor, std::move(keeper), endpoint, owner);
}

}  // namespace referrald::submission
