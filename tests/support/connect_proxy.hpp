// A proxy on a loopback port that passes TLS connections on (CONNECT), wherever they want to go, to
// one server of the test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace referrald::test {

class ConnectProxy {
 public:
  // Passes everything on to `to_port` of 127.0.0.1. Throws boost::system::system_error.
  explicit ConnectProxy(std::uint16_t to_port);
  ~ConnectProxy();  // ends the connections

  std::string address() const;                // "127.0.0.1:4711"
  std::vector<std::string> requests() const;  // the heads of all requests so far, in order
  std::string passed_on() const;              // what clients have sent through it so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::test
