#include "daemon/submission/http_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <sys/socket.h>

#include "daemon/submission/dial.hpp"
#include "daemon/submission/http_message.hpp"
#include "daemon/submission/tls.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Trouble = Exchange::Trouble;

using TlsStream = asio::ssl::stream<TcpSocket>;

constexpr std::size_t read_size = 32 * 1024;

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

template <class Stream>
class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  HttpConnection(IoExecutor executor, std::shared_ptr<void> keeper, Endpoint& endpoint,
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
    dialing,
    shaking_hands,
    exchanging,  // the write of the request has begun
    idle,
    reserved,  // about to exchange; no byte written
    closed,
  };

  static Stream make_stream(IoExecutor executor, const Endpoint& endpoint) {
    if constexpr (tls) {
      return Stream(executor, *endpoint.tls);
    } else {
      return Stream(executor);
    }
  }

  TcpSocket& socket() {
    if constexpr (tls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void take(Job job);
  void on_dialed(std::optional<DialFailure> failure);
  void shake_hands();
  void on_hands_shaken(const error_code& error);
  void leave();
  void stay(bool reading);
  void send(bool reading);
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
  std::string through_proxy() const;
  void complete(bool reusable);
  void fail(Trouble trouble, std::string error);
  void finish(bool reusable);
  void become_idle(bool reading);
  void close();

  const std::shared_ptr<void> keeper_;  // of endpoint_ and owner_
  Endpoint& endpoint_;
  ConnectionOwner& owner_;

  IoExecutor executor_;
  Stream stream_;
  SocketTimer timer_;

  State state_ = State::dialing;
  std::optional<Job> job_;
  SteadyTime deadline_;  // of the exchange
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
  const auto dialer =
      std::make_shared<Dialer>(executor_, endpoint_, socket(), job_->pending->timeout);
  dialer->dial(deadline_, [self = this->shared_from_this()](std::optional<DialFailure> failure) {
    self->on_dialed(std::move(failure));
  });
}

template <class Stream>
void HttpConnection<Stream>::on_dialed(std::optional<DialFailure> failure) {
  if (failure) {
    fail(failure->trouble, std::move(failure->error));
    return;
  }
  arm_timer(deadline_);
  if constexpr (tls) {
    shake_hands();
  } else {
    leave();
  }
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
    leave();
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
      leave();
    } else if (error.category() == asio::error::get_ssl_category()) {
      fail(Trouble::tls,
           handshake_failure(stream_.native_handle(), error, endpoint_.host) + through_proxy());
    } else {
      fail(Trouble::closed,
           "TLS handshake with " + endpoint_.label + ": " + clause(error) + through_proxy());
    }
  }
}

template <class Stream>
void HttpConnection<Stream>::leave() {
  const bool reading = state_ == State::reserved;  // since it became idle
  const auto& may_leave = job_->pending->request.may_leave;
  if (may_leave && !may_leave())
    stay(reading);
  else
    send(reading);
}

template <class Stream>
void HttpConnection<Stream>::stay(bool reading) {
  job_->pending->result = Exchange{};
  become_idle(reading);
}

template <class Stream>
void HttpConnection<Stream>::send(bool reading) {
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
  if (now() >= deadline_) {
    on_timeout();
  } else {
    arm_timer(deadline_);
  }
}

template <class Stream>
void HttpConnection<Stream>::on_timeout() {
  const std::string within = "within " + in_words(job_->pending->timeout);
  if (state_ == State::shaking_hands) {
    fail(Trouble::timeout,
         "TLS handshake with " + endpoint_.label + ": not done " + within + through_proxy());
  } else {
    fail(Trouble::timeout, "no whole answer from " + endpoint_.label + " " + within);
  }
}

// For messages about what may be the proxy's doing.
template <class Stream>
std::string HttpConnection<Stream>::through_proxy() const {
  return endpoint_.proxy ? ", through " + in_words(*endpoint_.proxy) : "";
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
  if (reusable) {
    become_idle(false);
    return;
  }
  Job job = std::move(*job_);
  job_.reset();
  close();
  owner_.ended(*this);
  std::move(job.resume)();  // last: it may begin the next exchange
}

template <class Stream>
void HttpConnection<Stream>::become_idle(bool reading) {
  Job job = std::move(*job_);
  job_.reset();
  state_ = State::idle;
  idle_since_ = now();
  if (!reading) read();
  owner_.idle(this->shared_from_this());
  std::move(job.resume)();  // last, as above
}

template <class Stream>
void HttpConnection<Stream>::close() {
  state_ = State::closed;
  error_code ignored;
  socket().close(ignored);
  timer_.cancel();
}

}  // namespace

std::shared_ptr<Connection> make_connection(const IoExecutor& executor,
                                            std::shared_ptr<void> keeper, Endpoint& endpoint,
                                            ConnectionOwner& owner) {
  if (endpoint.tls != nullptr) {
    return std::make_shared<HttpConnection<TlsStream>>(executor, std::move(keeper), endpoint,
                                                       owner);
  }
  return std::make_shared<HttpConnection<TcpSocket>>(executor, std::move(keeper), endpoint, owner);
}

}  // namespace referrald::submission
