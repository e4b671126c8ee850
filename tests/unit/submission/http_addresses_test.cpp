// A host with several addresses, of which some lead nowhere.
#include <algorithm>
#include <list>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "tests/unit/submission/http_transport_fixture.hpp"

namespace referrald::test {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

// A port that swallows whoever wants to connect: its queue is full, and nobody takes from it.
class BlackHole {
 public:
  BlackHole(const std::string& address, std::uint16_t port) : acceptor_(io_) {
    const tcp::endpoint endpoint(make_address(address), port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(io_);
      fillers_.back().async_connect(acceptor_.local_endpoint(), [](auto) {});
    }
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::list<tcp::socket> fillers_;
};

class HttpTransportAddresses : public HttpTransportTest {
 protected:
  // A transport to api.example.com, which has these addresses.
  void connect_to_addresses(std::uint16_t port, std::vector<std::string> addresses) {
    HttpOptions options;
    options.url = "http://api.example.com:" + std::to_string(port);
    options.addresses = [addresses = std::move(addresses)](const std::string& host) {
      EXPECT_EQ(host, "api.example.com");
      return addresses;
    };
    connect_with(options);
  }

  // Nobody listens there.
  static std::uint16_t free_port() {
    boost::asio::io_context io;
    const tcp::acceptor bound(io, {make_address("127.0.0.1"), std::uint16_t{0}});
    return bound.local_endpoint().port();
  }
};

TEST_F(HttpTransportAddresses, OneThatRefusesIsPassedOver) {
  LoopbackServer server(answer_by_number);
  connect_to_addresses(server.port(), {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  EXPECT_EQ(post("{}").response.body, "1.1");
}

TEST_F(HttpTransportAddresses, OneThatSwallowsEverythingCostsOnlyItsShareOfTheTime) {
  LoopbackServer server(answer_by_number);
  const BlackHole silent("127.0.0.2", server.port());
  std::vector<std::string> addresses(40, "127.0.0.1");  // so that its share is small
  addresses.front() = "127.0.0.2";
  connect_to_addresses(server.port(), addresses);
  EXPECT_EQ(post("{}", std::chrono::seconds{4}).response.body, "1.1");
}

TEST_F(HttpTransportAddresses, TheOneThatAnsweredLastIsTriedFirst) {
  const auto answer_once = [](Peer& peer) {
    if (peer.read_request()) peer.send(answer("1"));
  };
  LoopbackServer one(answer_once);
  connect_to_addresses(one.port(), {"127.0.0.2", "127.0.0.1"});
  EXPECT_EQ(get().kind, Kind::answered);
  run_until_no_connection_is_left();
  LoopbackServer::Options options;
  options.address = "127.0.0.2";
  options.port = one.port();
  LoopbackServer other(answer_once, options);
  EXPECT_EQ(get().kind, Kind::answered);
  EXPECT_EQ(one.connections(), 2);
  EXPECT_EQ(other.connections(), 0);
}

TEST_F(HttpTransportAddresses, TheErrorNamesEachThatWasTried) {
  const auto port = free_port();
  connect_to_addresses(port, {"127.0.0.2", "127.0.0.3"});
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::connect);
  EXPECT_EQ(exchange.error, "connect to api.example.com:" + std::to_string(port) +
                                ": 127.0.0.2: connection refused, 127.0.0.3: connection refused");
  connect_to_addresses(port, std::vector<std::string>(9, "127.0.0.2"));
  EXPECT_THAT(post("{}").error, HasSubstr(", and 3 more"));
}

TEST_F(HttpTransportAddresses, TheFamiliesTakeTurns) {
  connect_to_addresses(free_port(), {"::1", "::1", "127.0.0.2", "127.0.0.3", "127.0.0.4"});
  const std::string error = post("{}").error;
  std::vector<std::size_t> places;
  for (const char* address : {": ::1: ", "127.0.0.2", ", ::1: ", "127.0.0.3", "127.0.0.4"}) {
    places.push_back(error.find(address));
  }
  EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << error;
  EXPECT_NE(places.back(), std::string::npos) << error;
}

TEST_F(HttpTransportAddresses, WhenAllAreSilentTheTimeoutNamesThem) {
  const BlackHole one("127.0.0.2", 0);
  const BlackHole two("127.0.0.3", one.port());
  connect_to_addresses(one.port(), {"127.0.0.2", "127.0.0.3"});
  const Exchange exchange = post("{}", std::chrono::milliseconds{40});
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::timeout);
  EXPECT_EQ(exchange.error, "connect to api.example.com:" + std::to_string(one.port()) +
                                ": no answer within 40 ms (127.0.0.2: no answer, "
                                "127.0.0.3: no answer)");
}

TEST_F(HttpTransportAddresses, ANameIsTriedAtEachOfItsAddresses) {
  LoopbackServer server(answer_by_number);  // on 127.0.0.1 only
  connect_to(server.url("localhost"));
  EXPECT_EQ(get().response.body, "1.1");
  EXPECT_THAT(server.requests().at(0),
              HasSubstr("Host: localhost:" + std::to_string(server.port())));
}

TEST_F(HttpTransportAddresses, AnIpv6AddressStandsInBrackets) {
  LoopbackServer::Options options;
  options.address = "::1";
  std::optional<LoopbackServer> server;
  try {
    server.emplace(answer_by_number, options);
  } catch (const boost::system::system_error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  connect_to(server->url());
  EXPECT_EQ(get().response.body, "1.1");
  EXPECT_THAT(server->requests().at(0), HasSubstr("Host: [::1]:" + std::to_string(server->port())));
}

TEST_F(HttpTransportAddresses, AnUnknownNameSentNothing) {
  connect_to("http://referrald.invalid:8080", 1);
  for (int i = 0; i < 2; ++i) {
    const Exchange exchange = post("{}");
    EXPECT_EQ(exchange.kind, Kind::not_sent);
    EXPECT_EQ(exchange.trouble, Trouble::resolve);
    EXPECT_THAT(exchange.error, StartsWith("resolve referrald.invalid: "));
  }
}

TEST_F(HttpTransportAddresses, AnExchangeThatStillConnectsMayBeAbandonedWithItsContext) {
  const BlackHole silent("127.0.0.2", 0);
  connect_to_addresses(silent.port(), {"127.0.0.2", "127.0.0.3"});
  begin(Request{});
  for (int i = 0; i < 3; ++i) io_.poll();
}

TEST_F(HttpTransportAddresses, LocalhostIsTriedInBothFamilies) {
  LoopbackServer::Options options;
  options.address = "::1";
  std::optional<LoopbackServer> server;
  try {
    server.emplace(answer_by_number, options);
  } catch (const boost::system::system_error&) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  connect_to(server->url("localhost"));
  EXPECT_EQ(get().response.body, "1.1");
}

}  // namespace
}  // namespace referrald::test
