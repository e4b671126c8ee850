#include "daemon/submission/dial.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>

#include "daemon/submission/http_message.hpp"

namespace referrald::submission {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Trouble = Exchange::Trouble;

constexpr std::size_t addresses_named = 6;  // in a message

// The families take turns, beginning with that of the first: where one of them leads nowhere, the
// other's turn comes soon.
std::vector<tcp::endpoint> by_turns(const std::vector<tcp::endpoint>& found) {
  std::vector<tcp::endpoint> first;
  std::vector<tcp::endpoint> second;
  for (const auto& address : found) {
    (address.protocol() == found.front().protocol() ? first : second).push_back(address);
  }
  std::vector<tcp::endpoint> ordered;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) ordered.push_back(first[i]);
    if (i < second.size()) ordered.push_back(second[i]);
  }
  return ordered;
}

}  // namespace

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

Dialer::Dialer(const IoExecutor& executor, Endpoint& endpoint, TcpSocket& socket,
               std::chrono::milliseconds timeout)
    : executor_(executor),
      endpoint_(endpoint),
      socket_(socket),
      timeout_(timeout),
      host_(endpoint.proxy ? endpoint.proxy->host : endpoint.host),
      port_(endpoint.proxy ? endpoint.proxy->port : endpoint.port),
      timer_(executor),
      resolver_(executor) {}

void Dialer::dial(SteadyTime deadline, Done done) {
  deadline_ = deadline;
  done_ = std::move(done);
  arm_timer(deadline_);
  resolve();
}

std::string Dialer::target() const {
  return endpoint_.proxy ? in_words(*endpoint_.proxy) : endpoint_.label;
}

void Dialer::resolve() {
  std::vector<tcp::endpoint> known;
  error_code no_address;
  const auto address = asio::ip::make_address(host_, no_address);
  if (!no_address) {
    known.emplace_back(address, port_);
  } else if (endpoint_.addresses) {
    for (const auto& text : endpoint_.addresses(host_)) {
      known.emplace_back(asio::ip::make_address(text), port_);
    }
  } else if (boost::beast::iequals(host_, "localhost")) {
    // Never asked of a name server (RFC 6761, section 6.3): plain http is allowed towards this name
    // because it is this machine. Works without an /etc/hosts, too.
    known.emplace_back(asio::ip::address_v6::loopback(), port_);
    known.emplace_back(asio::ip::address_v4::loopback(), port_);
  }
  if (!known.empty()) {
    asio::post(executor_,
               [self = shared_from_this(), known = std::move(known)] { self->on_resolved(known); });
    return;
  }
  resolver_.async_resolve(
      host_, std::to_string(port_),
      [self = shared_from_this()](const error_code& error, const auto& found) {
        if (!self->done_) return;
        if (error) {
          const auto& proxy = self->endpoint_.proxy;
          self->fail(Trouble::resolve,
                     "resolve " + (proxy ? in_words(*proxy) : self->host_) + ": " + clause(error));
          return;
        }
        std::vector<tcp::endpoint> addresses;
        for (const auto& entry : found) addresses.push_back(entry.endpoint());
        self->on_resolved(addresses);
      });
}

void Dialer::on_resolved(const std::vector<tcp::endpoint>& found) {
  if (!done_) return;
  addresses_ = by_turns(found);
  const auto last = std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& address) {
    return address.address().to_string() == endpoint_.answered_last;
  });
  if (last != addresses_.end()) std::rotate(addresses_.begin(), last, last + 1);
  connect_next();
}

void Dialer::connect_next() {
  if (next_address_ == addresses_.size()) {
    fail(Trouble::connect, "connect to " + target() + ": " + tried());
    return;
  }
  const auto left = static_cast<int>(addresses_.size() - next_address_);
  const auto now = std::chrono::steady_clock::now();
  attempt_deadline_ = now + (deadline_ - now) / left;
  attempt_timed_out_ = false;
  if (left > 1) arm_timer(attempt_deadline_);
  error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(
      addresses_[next_address_++],
      [self = shared_from_this()](const error_code& error) { self->on_connected(error); });
}

void Dialer::on_connected(const error_code& error) {
  if (!done_) return;
  if (error || attempt_timed_out_) {
    reasons_.push_back(attempt_timed_out_ ? "no answer" : clause(error));
    connect_next();
    return;
  }
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  attempt_deadline_ = deadline_;
  endpoint_.answered_last = addresses_[next_address_ - 1].address().to_string();
  if (endpoint_.proxy) {
    open_tunnel();
  } else {
    finish(std::nullopt);
  }
}

std::string Dialer::tried() const {
  const bool one = addresses_.size() == 1;
  if (one && addresses_.front().address().to_string() == host_) return reasons_.front();
  std::string text;
  for (std::size_t i = 0; i < std::min(reasons_.size(), addresses_named); ++i) {
    text += (i == 0 ? "" : ", ") + addresses_[i].address().to_string() + ": " + reasons_[i];
  }
  if (reasons_.size() > addresses_named) {
    text += ", and " + std::to_string(reasons_.size() - addresses_named) + " more";
  }
  return text;
}

void Dialer::open_tunnel() {
  tunnel_.emplace(endpoint_);
  out_ = tunnel_->request();
  in_.resize(4 * 1024);
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this()](const error_code&, std::size_t) {
                      self->out_.clear();  // the reading tells what became of it
                    });
  read_answer();
}

void Dialer::read_answer() {
  socket_.async_read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& error,
                                                                         std::size_t bytes) {
    if (!self->done_) return;
    const auto verdict = self->tunnel_->read({self->in_.data(), bytes});
    if (verdict == Tunnel::Verdict::open) {
      self->finish(std::nullopt);
    } else if (verdict == Tunnel::Verdict::refused) {
      self->finish(self->tunnel_->failure());
    } else if (error) {
      self->fail(Trouble::closed, self->target() + " ended the connection before it answered (" +
                                      clause(error) + ")");
    } else {
      self->read_answer();
    }
  });
}

void Dialer::arm_timer(SteadyTime at) {
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->on_timer();
  });
}

void Dialer::on_timer() {
  if (!done_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < deadline_) {
    if (now >= attempt_deadline_ && !tunnel_) {
      attempt_timed_out_ = true;
      error_code ignored;
      socket_.close(ignored);  // on_connected() tries the next address
    }
    arm_timer(deadline_);
    return;
  }
  const std::string within = " within " + in_words(timeout_);
  if (addresses_.empty()) {
    fail(Trouble::timeout,
         "resolve " + (endpoint_.proxy ? target() : host_) + ": no answer" + within);
  } else if (!tunnel_) {
    reasons_.resize(next_address_, "no answer");
    const bool one = addresses_.size() == 1;
    fail(Trouble::timeout,
         "connect to " + target() + ": no answer" + within + (one ? "" : " (" + tried() + ")"));
  } else {
    fail(Trouble::timeout, target() + " did not open the way to " + endpoint_.label + within);
  }
}

void Dialer::fail(Trouble trouble, std::string error) {
  finish(DialFailure{trouble, std::move(error)});
}

void Dialer::finish(std::optional<DialFailure> failure) {
  if (failure) {
    error_code ignored;
    socket_.close(ignored);
  }
  timer_.cancel();
  resolver_.cancel();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(failure));
}

}  // namespace referrald::submission
