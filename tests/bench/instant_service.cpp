// instant_service [--port N] [--arrivals FILE]: the referrals API and its sign-in on loopback, as a
// service that costs next to nothing, to measure clients against. It writes its port to stdout when
// it listens, serves until SIGINT or SIGTERM, checks nothing, and answers
//
//   POST …/token                                  an access token
//   GET  /v1.0/engagements/referrals[?…]          an empty list, whatever was created
//   POST /v1.0/engagements/referrals              201: a referral with new ids
//   GET, PATCH /v1.0/engagements/referrals/ID     200: that referral with a new eTag
//   GET  /counts                                  what has come so far, as JSON
//
// --arrivals writes when each call of the API arrived: nanoseconds of the monotonic clock, one a
// line, complete at each GET /counts.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xxhash.h>

namespace {

constexpr std::string_view kReferrals = "/v1.0/engagements/referrals";
constexpr std::string_view kList =
    R"({"@odata.context":"http://api.partner.microsoft.com/v1.0/$metadata#Referrals",)"
    R"("@odata.count":0,"value":[]})";
constexpr std::string_view kNotFound =
    R"({"error":{"code":"itemNotFound","message":"There is nothing at this address."}})";

struct Request {
  std::string_view method, target, body;
  std::size_t size = 0;  // of the whole; 0: bytes are missing
};

Request parse_request(std::string_view in) {
  constexpr std::string_view length_header = "Content-Length:";
  Request request;
  const std::size_t head = in.find("\r\n\r\n");
  if (head == std::string_view::npos) return request;
  std::size_t length = 0;
  const std::size_t line_end = in.find("\r\n");
  for (std::size_t at = line_end + 2; at < head; at = in.find("\r\n", at) + 2)
    if (strncasecmp(in.data() + at, length_header.data(), length_header.size()) == 0)
      length = std::strtoul(in.data() + at + length_header.size(), nullptr, 10);
  if (in.size() < head + 4 + length) return request;
  const std::string_view line = in.substr(0, line_end);
  request.method = line.substr(0, line.find(' '));
  request.target = line.substr(std::min(line.size(), request.method.size() + 1));
  request.target = request.target.substr(0, request.target.find(' '));
  request.body = in.substr(head + 4, length);
  request.size = head + 4 + length;
  return request;
}

// The text of a member as it stands between its quotes; empty: there is none.
std::string_view member(std::string_view body, std::string_view quoted_name) {
  const std::size_t name = body.find(quoted_name);
  if (name == std::string_view::npos) return {};
  const std::size_t quote = body.find_first_not_of(" :", name + quoted_name.size());
  if (quote == std::string_view::npos || body[quote] != '"') return {};
  std::size_t end = quote + 1;
  while (end < body.size() && body[end] != '"') end += body[end] == '\\' ? 2 : 1;
  return body.substr(quote + 1, std::min(end, body.size()) - quote - 1);
}

template <typename... Texts>
void append(std::string& out, const Texts&... texts) {
  (out.append(texts), ...);
}

class Api {
 public:
  explicit Api(std::FILE* arrivals) : arrivals_(arrivals) {}

  // What is answered from now on has arrived now.
  void tick() {
    now_ = std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
    const std::time_t second = std::time(nullptr);
    if (std::exchange(second_, second) == second) return;
    date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(second));
    time_ = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(second));
  }

  void answer(const Request& request, std::string& out) {
    if (request.target.starts_with(kReferrals)) {
      answer_call(request, request.target.substr(kReferrals.size()), out);
    } else if (request.target == "/counts") {
      if (arrivals_ != nullptr) std::fflush(arrivals_);
      respond("200 OK", counts(), out);
    } else if (request.target.ends_with("/token")) {
      ++tokens_;
      respond("200 OK", token_, out);
    } else {
      respond("404 Not Found", kNotFound, out);
    }
  }

 private:
  void answer_call(const Request& request, std::string_view id, std::string& out) {
    last_ = now_;
    if (first_ == 0) first_ = now_;
    if (arrivals_ != nullptr) fmt::print(arrivals_, "{}\n", now_);
    if (request.method == "POST") {
      if (first_create_ == 0) first_create_ = now_;
      ++creates_;
      const std::string_view external_id = member(request.body, R"("externalReferenceId")");
      created_.insert(XXH3_64bits(external_id.data(), external_id.size()));
      respond_with_referral("201 Created", guid(), external_id, out);
    } else if (id.starts_with('/')) {
      if (request.method == "PATCH") {
        ++updates_;
        updated_.insert(XXH3_64bits(id.data(), id.size()));
      }
      respond_with_referral("200 OK", id.substr(1), {}, out);
    } else {
      ++lists_;
      respond("200 OK", kList, out);
    }
  }

  void respond_with_referral(std::string_view status, std::string_view id,
                             std::string_view external_id, std::string& out) {
    constexpr std::string_view host = "https://api.partner.microsoft.com";
    const std::string engagement = guid();
    const auto etag = fmt::format("{:08x}-0000-0100-0000-{:08x}0000", ++version_, second_);
    body_.clear();
    append(body_, R"({"@odata.context":"http://api.partner.microsoft.com/v1.0/$metadata#)",
           R"(Referrals/$entity","id":")", id, R"(","engagementId":")", engagement,
           R"(","organizationId":"5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4","organizationName":)",
           R"("Instant Partner","createdDateTime":")", time_, R"(","updatedDateTime":")", time_,
           R"(","expirationDateTime":null,"acceptedDateTime":")", time_,
           R"(","closedDateTime":null,"status":"Active","substatus":"Accepted",)",
           R"("statusReason":null,"direction":"Outgoing","registrationStatus":"None",)",
           R"("trackingInfo":{"microsoftMsxId":null},)");
    if (!external_id.empty()) append(body_, R"("externalReferenceId":")", external_id, "\",");
    append(body_, R"("links":{"relatedReferrals":{"uri":")", host, kReferrals,
           "?$filter=engagementId eq '", engagement, R"('","method":"GET"},"self":{"uri":")", host,
           kReferrals, "/", id, R"(","method":"GET"}},"eTag":"\")", etag, R"(\""})");
    respond(status, body_, out, fmt::format("ETag: \"{}\"\r\n", etag));
  }

  void respond(std::string_view status, std::string_view body, std::string& out,
               std::string_view header = {}) {
    append(out, "HTTP/1.1 ", status,
           "\r\nContent-Type: application/json; charset=utf-8\r\nDate: ", date_,
           "\r\nrequest-id: ", guid(), "\r\n", header,
           "Content-Length: ", fmt::format_int(body.size()).str(), "\r\n\r\n", body);
  }

  std::string counts() const {
    return fmt::format(R"({{"tokens":{},"lists":{},"creates":{},"distinct":{},"updates":{},)"
                       R"("updated":{},"first_ns":{},"first_create_ns":{},"last_ns":{}}})",
                       tokens_, lists_, creates_, created_.size(), updates_, updated_.size(),
                       first_, first_create_, last_);
  }

  // SplitMix64: ids look like chance, as the real ones do, so that no client's index is spared.
  std::uint64_t random() {
    std::uint64_t mixed = (random_ += 0x9E3779B97F4A7C15U);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }
  std::string guid() {
    std::string guid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < guid.size(); ++i) {
      if (i == 0 || i == 19) bits = random();
      if (guid[i] == 'x') guid[i] = "0123456789abcdef"[std::exchange(bits, bits >> 4) & 15];
    }
    return guid;
  }

  std::FILE* arrivals_;
  std::int64_t now_ = 0, first_ = 0, first_create_ = 0, last_ = 0;  // 0: not yet
  std::time_t second_ = 0;
  std::string date_, time_;  // that second, for headers and for members
  std::string body_;
  std::uint64_t random_ = static_cast<std::uint64_t>(std::time(nullptr)) << 20;
  std::uint32_t version_ = 0;
  std::size_t tokens_ = 0, lists_ = 0, creates_ = 0, updates_ = 0;
  boost::unordered_flat_set<std::uint64_t> created_, updated_;  // hashes
  // As long as the real ones, which each call carries.
  const std::string token_ = fmt::format(
      R"({{"token_type":"Bearer","scope":"user_impersonation","expires_in":3599,)"
      R"("ext_expires_in":3599,"access_token":"{}","refresh_token":"instant-refresh-token"}})",
      std::string(1500, 't'));
};

volatile std::sig_atomic_t stopped = 0;

class Server {
 public:
  Server(Api& api, int listener) : api_(api), listener_(listener) {
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  void serve() {
    sigset_t none;
    sigemptyset(&none);
    std::vector<epoll_event> events(256);
    while (stopped == 0) {
      const int ready = ::epoll_pwait(epoll_, events.data(), 256, -1, &none);
      api_.tick();
      for (int i = 0; i < ready; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == listener_)
          accept();
        else if (!go_on(event.data.fd, event.events))
          ::close(event.data.fd);
      }
    }
  }

 private:
  struct Connection {
    std::string in, out;
    bool writes = false;  // it waits until it can
  };

  void watch(int operation, int fd, std::uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, operation, fd, &event);
  }

  void accept() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto at = static_cast<std::size_t>(fd);
    if (connections_.size() <= at) connections_.resize(at + 1);
    connections_[at] = {};
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }

  // False when the connection is at its end. Nothing is read while an answer waits to be written.
  bool go_on(int fd, std::uint32_t events) {
    auto& [in, out, writes] = connections_[static_cast<std::size_t>(fd)];
    if ((events & EPOLLOUT) == 0) {
      const ssize_t bytes = ::recv(fd, buffer_.data(), buffer_.size(), 0);
      if (bytes == 0 || (bytes < 0 && errno != EAGAIN)) return false;
      in.append(buffer_, 0, static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
      std::size_t done = 0;
      Request request;
      while ((request = parse_request(std::string_view(in).substr(done))).size != 0) {
        api_.answer(request, out);
        done += request.size;
      }
      in.erase(0, done);
    }
    const ssize_t sent = out.empty() ? 0 : ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    out.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    if (writes == out.empty()) watch(EPOLL_CTL_MOD, fd, out.empty() ? EPOLLIN : EPOLLOUT);
    writes = !out.empty();
    return true;
  }

  Api& api_;
  int listener_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections_;  // by descriptor
  std::string buffer_ = std::string(64 * 1024, '\0');
};

// On loopback; the port goes to stdout. -1: it cannot.
int listen(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener, any, size) != 0 || ::listen(listener, 1024) != 0) return -1;
  ::getsockname(listener, any, &size);
  fmt::print("{}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::FILE* arrivals = nullptr;
  bool understood = argc % 2 == 1;
  for (int i = 1; understood && i < argc; i += 2) {
    const std::string_view option = argv[i], value = argv[i + 1];
    if (option == "--arrivals")
      understood = (arrivals = std::fopen(argv[i + 1], "w")) != nullptr;
    else
      understood =
          option == "--port" && std::from_chars(value.begin(), value.end(), port).ec == std::errc{};
  }
  if (!understood) {
    std::fputs("usage: instant_service [--port N] [--arrivals FILE]\n", stderr);
    return 64;
  }
  // Blocked but while waiting: a signal between the look at `stopped` and the wait is not lost.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaddset(&signals, signal);
    std::signal(signal, [](int) { stopped = 1; });
  }
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int listener = listen(port);
  if (listener < 0) {
    std::perror("instant_service: cannot listen");
    return 69;
  }
  Api api(arrivals);
  Server(api, listener).serve();
  if (arrivals != nullptr) std::fclose(arrivals);
  return 0;
}
