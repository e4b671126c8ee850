// The transport through a proxy, and what it says of one that does not let it through.
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "tests/support/certificates.hpp"
#include "tests/support/connect_proxy.hpp"
#include "tests/unit/submission/http_transport_fixture.hpp"

namespace referrald::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HttpTransportProxy : public HttpTransportTest {
 protected:
  HttpTransportProxy() {
    std::filesystem::create_directories(folder_);
    std::ofstream(ca_file_) << authority_.certificate();
    CertificateRequest request;
    request.names = {"api.example.com"};
    served_.identity = authority_.issue(request);
  }
  ~HttpTransportProxy() override { std::filesystem::remove_all(folder_); }

  // Through a proxy, by the way of the environment.
  void connect_through(const std::string& proxy) {
    HttpOptions options;
    options.url = "https://api.example.com";
    options.ca_file = ca_file_;
    options.proxy =
        submission::proxy_for(options.url, [&](const char* name) -> std::optional<std::string> {
          if (name != std::string("HTTPS_PROXY")) return std::nullopt;
          return proxy;
        });
    proxy_ = "the proxy " + options.proxy->label + " (HTTPS_PROXY)";
    connect_with(options);
  }

  // One POST through a proxy that answers CONNECT so, and then closes.
  Exchange answered_by_proxy(const std::string& bytes, const std::string& userinfo = {}) {
    LoopbackServer proxy([&](Peer& peer) {
      if (peer.read_request()) peer.send(bytes);
    });
    connect_through("http://" + userinfo + "127.0.0.1:" + std::to_string(proxy.port()));
    const Exchange exchange = post("{}");
    EXPECT_EQ(exchange.kind, Kind::not_sent);
    EXPECT_EQ(proxy.requests().size(), 1U);
    EXPECT_THAT(proxy.requests(), testing::Each(Not(HasSubstr("{}"))));
    return exchange;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("referrald-proxy-" + std::to_string(::getpid()) + "-" +
       testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::filesystem::path ca_file_ = folder_ / "ca.pem";
  const Authority authority_;
  LoopbackServer::Options served_;
  std::string proxy_;  // as messages name it
};

TEST_F(HttpTransportProxy, AsksItForTheHostAndNothingElse) {
  LoopbackServer server(answer_by_number, served_);
  ConnectProxy proxy(server.port());
  connect_through("http://" + proxy.address());
  EXPECT_EQ(get().response.body, "1.1");
  EXPECT_THAT(proxy.requests(), testing::ElementsAre("CONNECT api.example.com:443 HTTP/1.1\r\n"
                                                     "Host: api.example.com:443\r\n"
                                                     "User-Agent: referrald/test\r\n\r\n"));
  EXPECT_THAT(server.requests().at(0), HasSubstr("Host: api.example.com\r\n"));
}

TEST_F(HttpTransportProxy, KeepsTheConnectionThroughItForTheNextExchange) {
  LoopbackServer server(answer_by_number, served_);
  ConnectProxy proxy(server.port());
  connect_through("http://" + proxy.address());
  EXPECT_EQ(post("a").response.body, "1.1");
  EXPECT_EQ(post("b").response.body, "1.2");
  EXPECT_EQ(proxy.requests().size(), 1U);
}

TEST_F(HttpTransportProxy, ItsPasswordGoesToItAloneAndOurTokenNeverToIt) {
  LoopbackServer server(answer_by_number, served_);
  ConnectProxy proxy(server.port());
  connect_through("http://user:p%40ss@" + proxy.address());
  Request request;
  request.headers = {{"Authorization", "Bearer token-1"}};
  EXPECT_EQ(ask(request).kind, Kind::answered);
  EXPECT_THAT(
      proxy.requests().at(0),
      AllOf(HasSubstr("Proxy-Authorization: Basic dXNlcjpwQHNz\r\n"), Not(HasSubstr("Bearer"))));
  EXPECT_THAT(proxy.passed_on(), Not(HasSubstr("Bearer"))) << "not in the clear";
  EXPECT_THAT(server.requests().at(0),
              AllOf(HasSubstr("Bearer token-1"), Not(HasSubstr("Proxy-"))));
}

TEST_F(HttpTransportProxy, WithoutAPasswordSaysThatOneIsAskedFor) {
  const Exchange exchange = answered_by_proxy(
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n"
      "Proxy-Authenticate: basic realm=\"x\"\r\n\r\n");
  EXPECT_EQ(exchange.trouble, Trouble::proxy);
  EXPECT_THAT(exchange.error, AllOf(HasSubstr(proxy_ + " asks for a user and password (407)"),
                                    HasSubstr("into HTTPS_PROXY as http://user:password@127.")));
}

TEST_F(HttpTransportProxy, ARefusedPasswordIsSaidAndNotShown) {
  const Exchange exchange =
      answered_by_proxy("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", "user:secret@");
  EXPECT_EQ(exchange.trouble, Trouble::proxy);
  EXPECT_EQ(exchange.error, proxy_ + " refuses the user or password in HTTPS_PROXY (407)");
}

TEST_F(HttpTransportProxy, ASignInThatIsNotSupportedIsSaid) {
  const Exchange exchange =
      answered_by_proxy("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n\r\n", "user:secret@");
  EXPECT_EQ(exchange.trouble, Trouble::proxy);
  EXPECT_THAT(exchange.error, HasSubstr("it must accept Basic"));
}

TEST_F(HttpTransportProxy, ARefusalNamesTheHostAndTheWayOut) {
  const Exchange exchange =
      answered_by_proxy("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED\r\n\r\n<html>");
  EXPECT_EQ(exchange.trouble, Trouble::proxy);
  EXPECT_EQ(exchange.error,
            proxy_ +
                " does not allow connections to api.example.com:443 (403): have them allowed, "
                "or put the host into NO_PROXY if it is reached without");
}

TEST_F(HttpTransportProxy, WhatItCannotReachMayBeReachableLater) {
  for (const std::string status : {"502 Bad Gateway", "503 Service Unavailable", "504 Timeout"}) {
    const Exchange exchange = answered_by_proxy("HTTP/1.1 " + status + "\r\n\r\n");
    EXPECT_EQ(exchange.trouble, Trouble::connect);
    EXPECT_EQ(exchange.error,
              proxy_ + " cannot reach api.example.com:443 (" + status.substr(0, 3) + ")");
  }
}

TEST_F(HttpTransportProxy, WhatIsNoProxyIsAskedAfter) {
  for (const std::string bytes :
       {"SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}) {
    const Exchange exchange = answered_by_proxy(bytes);
    EXPECT_EQ(exchange.trouble, Trouble::proxy) << bytes;
    EXPECT_THAT(exchange.error, AllOf(HasSubstr(proxy_.substr(4)), HasSubstr("is it a proxy?")));
  }
}

TEST_F(HttpTransportProxy, AnEndlessAnswerIsGivenUp) {
  EXPECT_EQ(answered_by_proxy("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')).trouble,
            Trouble::proxy);
  std::string interim;
  while (interim.size() < 100'000) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(answered_by_proxy(interim).trouble, Trouble::proxy);
}

TEST_F(HttpTransportProxy, OneThatClosesIsSaid) {
  for (const std::string bytes : {"", "HTTP/1.1 200 Conn"}) {
    const Exchange exchange = answered_by_proxy(bytes);
    EXPECT_EQ(exchange.trouble, Trouble::closed);
    EXPECT_THAT(exchange.error,
                HasSubstr(proxy_ + " ended the connection before it answered (end of file)"));
  }
}

TEST_F(HttpTransportProxy, InterimAnswersAreSkipped) {
  const Exchange exchange =
      answered_by_proxy("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n");
  EXPECT_THAT(exchange.error, HasSubstr("(403)"));
}

TEST_F(HttpTransportProxy, OneThatSaysNothingEndsByTheTimeout) {
  LoopbackServer proxy([](Peer& peer) { peer.wait_for_close(); });
  connect_through("127.0.0.1:" + std::to_string(proxy.port()));
  const Exchange exchange = post("{}", std::chrono::milliseconds{20});
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::timeout);
  EXPECT_EQ(exchange.error, proxy_ + " did not open the way to api.example.com:443 within 20 ms");
}

TEST_F(HttpTransportProxy, OneThatIsNotThereIsNamed) {
  boost::asio::io_context other;
  boost::asio::ip::tcp::acceptor nobody(other);  // holds the port and does not listen
  nobody.open(boost::asio::ip::tcp::v4());
  nobody.bind({boost::asio::ip::address_v4::loopback(), 0});
  connect_through("127.0.0.1:" + std::to_string(nobody.local_endpoint().port()));
  Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::connect);
  EXPECT_EQ(exchange.error, "connect to " + proxy_ + ": connection refused");

  connect_through("referrald.invalid:3128");
  exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::resolve);
  EXPECT_THAT(exchange.error, HasSubstr("resolve " + proxy_ + ": "));
}

// As an inspecting proxy does whose authority this machine does not know.
TEST_F(HttpTransportProxy, ACertificateOfItsOwnIsRefusedAndItIsNamed) {
  const Authority other;
  CertificateRequest request;
  request.names = {"api.example.com"};
  served_.identity = other.issue(request);
  LoopbackServer server(answer_by_number, served_);
  ConnectProxy proxy(server.port());
  connect_through(proxy.address());
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::tls);
  EXPECT_THAT(exchange.error, AllOf(HasSubstr("the certificate of api.example.com"),
                                    HasSubstr("ca_file"), HasSubstr(", through " + proxy_)));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTransportProxy, ALostAnswerThroughItIsUnknown) {
  LoopbackServer server([](Peer& peer) { peer.read_request(); }, served_);
  ConnectProxy proxy(server.port());
  connect_through(proxy.address());
  EXPECT_EQ(post("{}").kind, Kind::unknown);
  EXPECT_EQ(server.requests().size(), 1U);
}

}  // namespace
}  // namespace referrald::test
