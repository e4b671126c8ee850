// HTTP/1.1 on a loopback address, plain or by TLS, in front of a Service.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace boost::asio {
class io_context;
}

namespace referrald::simulator {

class Service;

// The server cannot start; what() is for the user.
class ServerError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  struct Certificate {
    std::filesystem::path certificate;  // PEM, with its chain
    std::filesystem::path key;
  };
  std::optional<Certificate> tls;
  std::function<void(const std::string&)> log;  // one line per request; none: silent
};

inline constexpr std::size_t body_limit = 1024 * 1024;
inline constexpr std::size_t header_limit = 16 * 1024;

// Everything happens on the io_context's thread.
class Server {
 public:
  // Listens at once; throws ServerError, also for an address that is not loopback.
  Server(boost::asio::io_context& io, const ServerOptions& options);
  ~Server();

  std::uint16_t port() const;
  std::string url() const;  // http://127.0.0.1:8080

  void serve(Service& service);  // returns at once
  void stop();                   // closes everything; run() can then end

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace referrald::simulator
