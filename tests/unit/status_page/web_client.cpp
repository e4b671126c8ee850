#include "tests/unit/status_page/web_client.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace referrald::test {
namespace {

// Real time that passes only if the answer never comes.
constexpr std::chrono::seconds web_patience{30};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

WebClient::WebClient(boost::asio::io_context& io, const VirtualClock& clock, std::uint16_t port,
                     const std::string& address)
    : io_(io), clock_(clock) {
  const bool v6 = address.find(':') != std::string::npos;
  fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  sockaddr_in6 where6{};
  where6.sin6_family = AF_INET6;
  where6.sin6_port = htons(port);
  ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(),
              v6 ? static_cast<void*>(&where6.sin6_addr) : static_cast<void*>(&where.sin_addr));
  const int failed = v6 ? ::connect(fd_, reinterpret_cast<sockaddr*>(&where6), sizeof where6)
                        : ::connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where);
  if (failed != 0) throw std::runtime_error("cannot connect");
  run_ready(io_, clock_);
}

WebClient::~WebClient() {
  if (fd_ >= 0) ::close(fd_);
}

void WebClient::send(std::string_view bytes) {
  const auto until = std::chrono::steady_clock::now() + web_patience;
  while (!bytes.empty()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("it takes nothing");
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    run_ready(io_, clock_);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return;  // closed; what it said meanwhile can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool WebClient::take() {
  const auto until = std::chrono::steady_clock::now() + web_patience;
  while (std::chrono::steady_clock::now() < until) {
    run_ready(io_, clock_);
    pollfd readable{fd_, POLLIN, 0};
    if (::poll(&readable, 1, 5) <= 0) continue;
    std::array<char, 65'536> piece;
    const auto size = ::recv(fd_, piece.data(), piece.size(), 0);
    if (size <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(size));
    return true;
  }
  throw std::runtime_error("the server does not answer");
}

WebAnswer WebClient::answer(bool head_only) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!take()) return {};
  WebAnswer answer;
  const std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  answer.status = std::stoi(head.substr(head.find(' ') + 1, 3));
  for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
    const std::size_t next = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
    const std::size_t colon = line.find(": ");
    answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    at = next;
  }
  if (head_only || !answer.headers.contains("content-length")) return answer;
  const std::size_t size = std::stoul(answer.headers["content-length"]);
  while (buffer_.size() < size)
    if (!take()) break;
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

WebAnswer WebClient::get(std::string_view path, std::string_view host) {
  send("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  return answer();
}

std::string WebClient::until(std::string_view text) {
  std::size_t at = 0;
  while ((at = buffer_.find(text)) == std::string::npos)
    if (!take()) throw std::runtime_error("the server has closed; so far: " + buffer_);
  std::string taken = buffer_.substr(0, at + text.size());
  buffer_.erase(0, at + text.size());
  return taken;
}

bool WebClient::closed() {
  run_ready(io_, clock_);
  std::array<char, 65'536> piece;
  while (true) {
    const auto size = ::recv(fd_, piece.data(), piece.size(), MSG_DONTWAIT);
    if (size > 0) continue;
    return size == 0 || (errno != EAGAIN && errno != EINTR);
  }
}

}  // namespace referrald::test
