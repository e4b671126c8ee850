// The transport over TLS: whom it trusts, and what it says when it does not.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "tests/support/certificates.hpp"
#include "tests/unit/submission/http_transport_fixture.hpp"

namespace referrald::test {
namespace {

using testing::HasSubstr;

CertificateRequest good() {
  CertificateRequest request;
  request.names = {"localhost"};
  request.addresses = {"127.0.0.1"};
  return request;
}

class HttpTransportTls : public HttpTransportTest {
 protected:
  HttpTransportTls() {
    std::filesystem::create_directories(folder_);
    std::ofstream(ca_file_) << authority_.certificate();
  }
  ~HttpTransportTls() override { std::filesystem::remove_all(folder_); }

  void trust_and_connect_to(const std::string& url) {
    HttpOptions options;
    options.url = url;
    options.ca_file = ca_file_;
    connect_with(options);
  }

  static LoopbackServer::Options with(Identity identity) {
    LoopbackServer::Options options;
    options.identity = std::move(identity);
    return options;
  }

  // The server must not see a request, and the message must say why.
  void expect_refused(const CertificateRequest& certificate, const std::string& host,
                      const std::string& why) {
    LoopbackServer server(answer_by_number, with(authority_.issue(certificate)));
    trust_and_connect_to(server.url(host));
    const Exchange exchange = post("{}");
    EXPECT_EQ(exchange.kind, Kind::not_sent);
    EXPECT_EQ(exchange.trouble, Trouble::tls);
    EXPECT_THAT(exchange.error, HasSubstr(why));
    EXPECT_TRUE(server.requests().empty());
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("referrald-tls-" + std::to_string(::getpid()) + "-" +
       testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::filesystem::path ca_file_ = folder_ / "ca.pem";
  const Authority authority_;
};

TEST_F(HttpTransportTls, TalksToAServerWhoseAuthorityIsInTheCaFile) {
  LoopbackServer server(answer_by_number, with(authority_.issue(good())));
  trust_and_connect_to(server.url("localhost"));
  EXPECT_EQ(post("a").response.body, "1.1");
  EXPECT_EQ(post("b").response.body, "1.2");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransportTls, AnAddressIsVerifiedAsAnAddress) {
  LoopbackServer server(answer_by_number, with(authority_.issue(good())));
  trust_and_connect_to(server.url());
  EXPECT_EQ(get().response.body, "1.1");

  CertificateRequest name_only;
  name_only.names = {"localhost", "127.0.0.1"};  // as a name it does not count
  expect_refused(name_only, "127.0.0.1", "the certificate of 127.0.0.1 is not valid for that name");
}

TEST_F(HttpTransportTls, ACertificateForAnotherHostIsRefused) {
  CertificateRequest other;
  other.names = {"api.example.com"};
  expect_refused(other, "localhost", "the certificate of localhost is not valid for that name");
}

TEST_F(HttpTransportTls, AnExpiredCertificateIsRefused) {
  CertificateRequest expired = good();
  expired.valid_from = std::chrono::hours{-48};
  expired.valid_until = std::chrono::hours{-24};
  expect_refused(expired, "localhost", "the certificate of localhost has expired");
}

TEST_F(HttpTransportTls, ACertificateOfTheFutureIsRefused) {
  CertificateRequest early = good();
  early.valid_from = std::chrono::hours{12};
  expect_refused(early, "localhost", "is not valid yet");
}

TEST_F(HttpTransportTls, AnUnknownAuthorityIsRefused) {
  const Authority other;
  LoopbackServer server(answer_by_number, with(other.issue(good())));
  trust_and_connect_to(server.url("localhost"));
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::tls);
  EXPECT_THAT(exchange.error, HasSubstr("not signed by an authority that this machine trusts"));
  EXPECT_THAT(exchange.error, HasSubstr("ca_file"));
}

TEST_F(HttpTransportTls, ASelfSignedCertificateIsRefused) {
  LoopbackServer server(answer_by_number, with(self_signed(good())));
  trust_and_connect_to(server.url("localhost"));
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.trouble, Trouble::tls);
  EXPECT_THAT(exchange.error, HasSubstr("self-signed"));
}

TEST_F(HttpTransportTls, TheSystemsStoreMayBeReplacedByTheEnvironment) {
  ::setenv("SSL_CERT_FILE", ca_file_.c_str(), 1);
  LoopbackServer server(answer_by_number, with(authority_.issue(good())));
  connect_to(server.url("localhost"));
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(get().response.body, "1.1");
}

TEST_F(HttpTransportTls, AServerWithoutTlsIsTrouble) {
  LoopbackServer server([](Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    peer.wait_for_close();
  });
  trust_and_connect_to("https://localhost:" + std::to_string(server.port()));
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::tls);
  EXPECT_THAT(exchange.error, HasSubstr("no TLS session with localhost"));
}

TEST_F(HttpTransportTls, TlsBefore12IsRefused) {
  LoopbackServer::Options options = with(authority_.issue(good()));
  options.tls_version = TLS1_1_VERSION;
  LoopbackServer server(answer_by_number, options);
  trust_and_connect_to(server.url("localhost"));
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::tls);
  EXPECT_THAT(exchange.error, HasSubstr("no TLS session with localhost"));
  EXPECT_THAT(exchange.error, HasSubstr("protocol version"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpTransportTls, Tls12AndTls13AreAccepted) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    LoopbackServer::Options options = with(authority_.issue(good()));
    options.tls_version = version;
    LoopbackServer server(answer_by_number, options);
    trust_and_connect_to(server.url("localhost"));
    EXPECT_EQ(post("{}").response.body, "1.1");
  }
}

TEST_F(HttpTransportTls, AServerThatClosesInTheHandshakeSentNothing) {
  LoopbackServer server([](Peer&) {});
  trust_and_connect_to("https://localhost:" + std::to_string(server.port()));
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::closed);
}

TEST_F(HttpTransportTls, SilenceInTheHandshakeSentNothing) {
  LoopbackServer::Options options = with(authority_.issue(good()));
  options.silent_handshake = true;
  LoopbackServer server(answer_by_number, options);
  trust_and_connect_to(server.url());
  Request request;
  const Exchange exchange = ask(request, std::chrono::milliseconds{20});
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::timeout);
}

TEST_F(HttpTransportTls, AConnectionClosedWhileIdleIsReplacedUnnoticed) {
  LoopbackServer server(
      [](Peer& peer) {
        if (peer.read_request()) peer.send(answer(std::to_string(peer.number())));
      },
      with(authority_.issue(good())));
  trust_and_connect_to(server.url());
  EXPECT_EQ(post("a").response.body, "1");
  run_until_no_connection_is_left();
  EXPECT_EQ(post("b").response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpTransportTls, ACloseThatOnlyTheKernelKnowsIsFoundBeforeAByteIsSent) {
  std::promise<void> idle;
  std::promise<void> closed;
  LoopbackServer server(
      [&](Peer& peer) {
        peer.read_request();
        peer.send(answer(std::to_string(peer.number())));
        if (peer.number() > 1) return;
        idle.get_future().wait();
        peer.end_of_stream();
        closed.set_value();
        peer.wait_for_close();
      },
      with(authority_.issue(good())));
  trust_and_connect_to(server.url());
  start_two_posts([&] {
    idle.set_value();
    closed.get_future().wait();
  });
  run_until_no_connection_is_left();
  EXPECT_EQ(first_->response.body, "1");
  EXPECT_EQ(second_->response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

// Read from the socket together with the answer, in a record of its own: the kernel has nothing to
// show any more when the next request is about to go.
TEST_F(HttpTransportTls, BytesReadTogetherWithAnAnswerAreNoAnswerToTheNextRequest) {
  std::promise<void> go;
  std::promise<void> sent;
  LoopbackServer server(
      [&](Peer& peer) {
        peer.read_request();
        if (peer.number() > 1) {
          peer.send(answer("2"));
          return;
        }
        go.get_future().wait();
        peer.send(answer("1"));
        peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        peer.wait_until_delivered();
        sent.set_value();
        peer.wait_for_close();
      },
      with(authority_.issue(good())));
  trust_and_connect_to(server.url());
  start_two_posts();
  while (server.requests().empty()) io_.poll();
  go.set_value();
  sent.get_future().wait();
  run_until_no_connection_is_left();
  EXPECT_EQ(first_->response.body, "1");
  EXPECT_EQ(second_->response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

// Without close_notify nobody can tell the end of such a body from a cut.
TEST_F(HttpTransportTls, AnAnswerCutWithoutGoodbyeIsNone) {
  for (const std::string bytes :
       {"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{\"id", "HTTP/1.0 200 OK\r\n\r\n{\"id"}) {
    LoopbackServer server(
        [&](Peer& peer) {
          peer.read_request();
          peer.send(bytes);
          peer.end_of_stream();
          peer.wait_for_close();
        },
        with(authority_.issue(good())));
    trust_and_connect_to(server.url());
    const Exchange exchange = post("{}");
    EXPECT_EQ(exchange.kind, Kind::unknown) << bytes;
    EXPECT_EQ(exchange.trouble, Trouble::closed) << bytes;
  }
}

TEST_F(HttpTransportTls, LargeBodiesPassBothWays) {
  LoopbackServer server(
      [](Peer& peer) {
        while (const auto request = peer.read_request()) {
          peer.send(answer(request->substr(request->find("\r\n\r\n") + 4)));
        }
      },
      with(authority_.issue(good())));
  trust_and_connect_to(server.url());
  std::string body(3 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(post(body).response.body == body);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransportTls, ACaFileWithoutCertificatesIsRefusedAtOnce) {
  const auto file = folder_ / "empty.pem";
  std::ofstream(file) << "nothing\n";
  for (const auto& path : {file, folder_ / "missing.pem"}) {
    HttpOptions options;
    options.url = "https://localhost";
    options.ca_file = path;
    try {
      connect_with(options);
      ADD_FAILURE() << path << " was accepted";
    } catch (const submission::TransportError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
    }
  }
}

}  // namespace
}  // namespace referrald::test
