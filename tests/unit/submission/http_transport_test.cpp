// The transport over plain HTTP, to servers that behave and servers that do not.
#include "daemon/submission/http_transport.hpp"

#include <future>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "tests/unit/submission/http_transport_fixture.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;

class HttpTransport : public HttpTransportTest {
 protected:
  // One exchange with a server that answers so and then closes.
  Exchange answered_by(const std::string& bytes) {
    LoopbackServer server([&](Peer& peer) {
      if (peer.read_request()) peer.send(bytes);
    });
    connect_to(server.url());
    return post("{}");
  }
};

TEST_F(HttpTransport, SendsTheRequestAsItIs) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url());
  Request request;
  request.method = "PATCH";
  request.target = "/v1.0/x?$filter=a%20b";
  request.headers = {{"If-Match", "\"7\""}, {"Accept", "application/json"}};
  request.body = "{\"a\":1}";
  EXPECT_EQ(ask(request).kind, Kind::answered);
  EXPECT_EQ(
      server.requests().at(0),
      "PATCH /v1.0/x?$filter=a%20b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
          "\r\nUser-Agent: referrald/test\r\nIf-Match: \"7\"\r\nAccept: application/json\r\n"
          "Content-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_F(HttpTransport, ReadsStatusBodyAndTheHeadersThatCount) {
  const Exchange exchange = answered_by(
      "HTTP/1.1 429 Too Many Requests\r\nETag: W/\"1\"\r\nRetry-After: 57\r\nX-Other: x\r\n"
      "Date: Sun, 22 Nov 2026 10:00:00 GMT\r\nRequest-Id: abc\r\nContent-Length: 4\r\n\r\nslow");
  EXPECT_EQ(exchange.kind, Kind::answered);
  EXPECT_EQ(exchange.trouble, Trouble::none);
  EXPECT_EQ(exchange.response.status, 429);
  EXPECT_EQ(exchange.response.body, "slow");
  EXPECT_EQ(exchange.response.etag, "W/\"1\"");
  EXPECT_EQ(exchange.response.retry_after, "57");
  EXPECT_EQ(exchange.response.date, "Sun, 22 Nov 2026 10:00:00 GMT");
  EXPECT_EQ(exchange.response.request_id, "abc");
}

TEST_F(HttpTransport, KeepsTheConnectionForTheNextExchange) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url());
  EXPECT_EQ(get().response.body, "1.1");
  EXPECT_EQ(post("x").response.body, "1.2");
  EXPECT_EQ(get().response.body, "1.3");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransport, HeadersOfOneAnswerDoNotLeakIntoTheNext) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nETag: 1\r\nContent-Length: 3\r\n\r\none");
    peer.read_request();
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    peer.wait_for_close();
  });
  connect_to(server.url());
  EXPECT_EQ(get().response.etag, "1");
  const Exchange second = get();
  EXPECT_EQ(second.response.status, 204);
  EXPECT_EQ(second.response.etag, "");
  EXPECT_EQ(second.response.body, "");
}

TEST_F(HttpTransport, AConnectionClosedWhileIdleIsReplacedUnnoticed) {
  LoopbackServer server([](Peer& peer) {
    if (peer.read_request()) peer.send(answer(std::to_string(peer.number())));
  });
  connect_to(server.url());
  EXPECT_EQ(post("a").response.body, "1");
  run_until_no_connection_is_left();  // the close has been seen
  EXPECT_EQ(post("b").response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

// The read that is outstanding has not been told yet.
TEST_F(HttpTransport, ACloseThatOnlyTheKernelKnowsIsFoundBeforeAByteIsSent) {
  std::promise<void> idle;
  std::promise<void> closed;
  LoopbackServer server([&](Peer& peer) {
    peer.read_request();
    peer.send(answer(std::to_string(peer.number())));
    if (peer.number() > 1) return;
    idle.get_future().wait();
    peer.end_of_stream();
    closed.set_value();
    peer.wait_for_close();
  });
  connect_to(server.url());
  start_two_posts([&] {
    idle.set_value();
    closed.get_future().wait();
  });
  run_until_no_connection_is_left();
  EXPECT_EQ(first_->response.body, "1");
  EXPECT_EQ(second_->response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpTransport, BytesThatNobodyAskedForAreNoAnswerToTheNextRequest) {
  std::promise<void> idle;
  std::promise<void> sent;
  LoopbackServer server([&](Peer& peer) {
    peer.read_request();
    peer.send(answer(std::to_string(peer.number())));
    if (peer.number() > 1) return;
    idle.get_future().wait();
    peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    peer.wait_until_delivered();
    sent.set_value();
    peer.wait_for_close();
  });
  connect_to(server.url());
  start_two_posts([&] {
    idle.set_value();
    sent.get_future().wait();
  });
  run_until_no_connection_is_left();
  EXPECT_EQ(first_->response.body, "1");
  EXPECT_EQ(second_->response.body, "2");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpTransport, GarbageRightBehindAnAnswerEndsTheConnectionOnly) {
  LoopbackServer server([](Peer& peer) {
    if (!peer.read_request()) return;
    peer.send(answer(std::to_string(peer.number())) + "HTTP/1.1 200 OK\r\ngarbage");
    peer.wait_for_close();
  });
  connect_to(server.url());
  EXPECT_EQ(post("a").response.body, "1");
  EXPECT_EQ(post("b").response.body, "2");
}

TEST_F(HttpTransport, AServerThatReadsAndClosesLeavesTheOutcomeUnknown) {
  LoopbackServer server([](Peer& peer) { peer.read_request(); });
  connect_to(server.url());
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::unknown);
  EXPECT_EQ(exchange.trouble, Trouble::closed);
  EXPECT_THAT(exchange.error, HasSubstr("ended before the answer"));
  EXPECT_EQ(server.requests().size(), 1U) << "nothing is sent again";
}

TEST_F(HttpTransport, AServerThatReadsAndResetsLeavesTheOutcomeUnknown) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.reset();
  });
  connect_to(server.url());
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::unknown);
  EXPECT_EQ(exchange.trouble, Trouble::closed);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpTransport, AKeptConnectionThatIsDroppedAfterReadingIsNotRetried) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send(answer("1"));
    peer.read_request();
  });
  connect_to(server.url());
  EXPECT_EQ(post("a").kind, Kind::answered);
  EXPECT_EQ(post("b").kind, Kind::unknown);
  EXPECT_EQ(server.requests().size(), 2U);
}

// Whether the server closed before or after it had read the request, nobody here can tell.
TEST_F(HttpTransport, AKeptConnectionThatIsResetWithoutAByteBackLeavesThePostUnknown) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send(answer("1"));
    if (peer.read_head()) peer.reset();
  });
  connect_to(server.url());
  EXPECT_EQ(post("a").kind, Kind::answered);
  const Exchange exchange = post(std::string(1'000'000, 'b'));  // most of it is never read
  EXPECT_EQ(exchange.kind, Kind::unknown);
  EXPECT_EQ(exchange.trouble, Trouble::closed);
  EXPECT_EQ(server.connections(), 1) << "nothing is sent again";
}

TEST_F(HttpTransport, AnAnswerCutShortIsNone) {
  for (const std::string bytes :
       {"HTTP/1.1 201 Crea", "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n",
        "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"id\":",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"i"}) {
    const Exchange exchange = answered_by(bytes);
    EXPECT_EQ(exchange.kind, Kind::unknown) << bytes;
    EXPECT_EQ(exchange.trouble, Trouble::closed) << bytes;
    EXPECT_THAT(exchange.error, HasSubstr("middle of the answer"));
    EXPECT_EQ(exchange.response.status, 0) << "what was read of it must not be taken for one";
    EXPECT_EQ(exchange.response.body, "");
  }
}

TEST_F(HttpTransport, ALengthThatIsTooShortCutsTheBodyAndEndsTheConnection) {
  LoopbackServer server([](Peer& peer) {
    if (!peer.read_request()) return;
    peer.send("HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n{\"id\":1}");
    peer.wait_for_close();
  });
  connect_to(server.url());
  EXPECT_EQ(post("a").response.body, "{\"id");
  EXPECT_EQ(post("b").response.body, "{\"id");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpTransport, WhatIsNoHttpIsUnreadable) {
  for (const std::string bytes :
       {"SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"}) {
    const Exchange exchange = answered_by(bytes);
    EXPECT_EQ(exchange.kind, Kind::unknown) << bytes;
    EXPECT_EQ(exchange.trouble, Trouble::unreadable) << bytes;
    EXPECT_FALSE(exchange.error.empty());
  }
}

TEST_F(HttpTransport, AnswersBeyondTheLimitsAreUnreadable) {
  const Exchange big = answered_by("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n{");
  EXPECT_EQ(big.kind, Kind::unknown);
  EXPECT_EQ(big.trouble, Trouble::unreadable);
  EXPECT_THAT(big.error, HasSubstr("larger than 16 MiB"));

  const Exchange header =
      answered_by("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(header.trouble, Trouble::unreadable);
  EXPECT_THAT(header.error, HasSubstr("64 KiB"));

  const std::string chunk = "100000\r\n" + std::string(0x100000, 'c') + "\r\n";
  std::string endless = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) endless += chunk;
  EXPECT_EQ(answered_by(endless).trouble, Trouble::unreadable);
}

TEST_F(HttpTransport, ALargeAnswerArrivesWhole) {
  std::string body(16 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  const Exchange exchange = answered_by(answer(body));
  EXPECT_EQ(exchange.kind, Kind::answered);
  EXPECT_TRUE(exchange.response.body == body);
}

TEST_F(HttpTransport, ALargeRequestArrivesWhole) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url());
  const std::string body(8 * 1024 * 1024, 'r');
  EXPECT_EQ(post(body).kind, Kind::answered);
  EXPECT_EQ(server.requests().at(0).size() - server.requests().at(0).find("\r\n\r\n") - 4,
            body.size());
}

TEST_F(HttpTransport, ReadsAChunkedAnswer) {
  const Exchange exchange = answered_by(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nTrailer: t\r\n\r\n");
  EXPECT_EQ(exchange.kind, Kind::answered);
  EXPECT_EQ(exchange.response.body, "{\"a\":1}");
}

TEST_F(HttpTransport, ReadsAnAnswerThatComesByteByByte) {
  LoopbackServer server([](Peer& peer) {
    while (peer.read_request()) {
      for (const char c : answer("slow")) {
        peer.send({&c, 1});
        peer.wait_until_delivered();
      }
    }
  });
  connect_to(server.url());
  EXPECT_EQ(get().response.body, "slow");
  EXPECT_EQ(get().response.body, "slow");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransport, SkipsInterimAnswers) {
  LoopbackServer server([](Peer& peer) {
    while (peer.read_request()) {
      peer.send("HTTP/1.1 100 Continue\r\nETag: no\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
                answer("final", "201 Created"));
    }
  });
  connect_to(server.url());
  for (int i = 0; i < 2; ++i) {
    const Exchange exchange = get();
    EXPECT_EQ(exchange.response.status, 201);
    EXPECT_EQ(exchange.response.body, "final");
    EXPECT_EQ(exchange.response.etag, "");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransport, AnHtmlPageIsAnAnswerToo) {
  const Exchange exchange = answered_by(
      "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: "
      "13\r\n\r\n<html></html>");
  EXPECT_EQ(exchange.kind, Kind::answered);
  EXPECT_EQ(exchange.response.status, 502);
  EXPECT_EQ(exchange.response.body, "<html></html>");
}

TEST_F(HttpTransport, ARedirectIsNotFollowed) {
  LoopbackServer elsewhere(answer_by_number);
  for (const std::string status :
       {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    LoopbackServer server([&](Peer& peer) {
      while (peer.read_request()) {
        peer.send("HTTP/1.1 " + status + "\r\nLocation: " + elsewhere.url("localhost") +
                  "/\r\nContent-Length: 0\r\n\r\n");
      }
    });
    connect_to(server.url());
    EXPECT_EQ(get().response.status, std::stoi(status));
    EXPECT_EQ(post("{}").response.status, std::stoi(status));
    EXPECT_EQ(server.requests().size(), 2U);
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

// A link from an answer's body may be anything; its host is not where a token goes.
TEST_F(HttpTransport, AWholeUrlAsTheTargetGoesToTheOwnHostAllTheSame) {
  LoopbackServer elsewhere(answer_by_number);
  LoopbackServer server(answer_by_number);
  connect_to(server.url());
  Request request;
  request.target = elsewhere.url("localhost") + "/v1.0/engagements/referrals?$skiptoken=x";
  request.headers = {{"Authorization", "Bearer token-1"}};
  EXPECT_EQ(ask(std::move(request)).response.body, "1.1");
  EXPECT_THAT(server.requests().at(0),
              HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpTransport, AConnectionThatTheServerWantsClosedIsNotUsedAgain) {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\n", "HTTP/1.0 200 OK\r\n"}) {
    LoopbackServer server([&](Peer& peer) {
      if (!peer.read_request()) return;
      peer.send(head + "Content-Length: 1\r\n\r\n" + std::to_string(peer.number()));
      peer.wait_for_close();  // by the client
    });
    connect_to(server.url());
    EXPECT_EQ(get().response.body, "1");
    EXPECT_EQ(get().response.body, "2") << head;
  }
}

TEST_F(HttpTransport, AnHttp10ConnectionMayBeKept) {
  LoopbackServer server([](Peer& peer) {
    while (peer.read_request()) {
      peer.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
    }
  });
  connect_to(server.url());
  get();
  get();
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTransport, AnAnswerWithoutLengthEndsWithTheConnection) {
  const Exchange exchange = answered_by("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  EXPECT_EQ(exchange.kind, Kind::answered);
  EXPECT_EQ(exchange.response.body, "until the end");
}

TEST_F(HttpTransport, AnAnswerWithoutLengthThatEndsByResetIsNone) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.0 200 OK\r\n\r\nuntil");
    peer.wait_until_delivered();
    peer.reset();
  });
  connect_to(server.url());
  EXPECT_EQ(get().kind, Kind::unknown);
}

// The server refuses a large request from its head alone. Its answer must not be lost because our
// write cannot end.
TEST_F(HttpTransport, AnAnswerBeforeTheRequestWasReadIsAnAnswer) {
  LoopbackServer server([](Peer& peer) {
    if (!peer.read_head()) return;
    peer.send(answer("too large", "413 Content Too Large"));
    peer.end_of_stream();
    peer.wait_for_close();
  });
  connect_to(server.url());
  EXPECT_EQ(post(std::string(32 * 1024 * 1024, 'x')).response.status, 413);
  EXPECT_EQ(post(std::string(32 * 1024 * 1024, 'x')).response.status, 413);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpTransport, SilenceAfterTheRequestEndsUnknownByTheTimeout) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send(answer("1"));
    peer.wait_for_close();
  });
  connect_to(server.url());
  // Connected with patience, so that the short timeout cannot meet the connecting.
  EXPECT_EQ(get().kind, Kind::answered);
  const Exchange exchange = post("{}", std::chrono::milliseconds{20});
  EXPECT_EQ(exchange.kind, Kind::unknown);
  EXPECT_EQ(exchange.trouble, Trouble::timeout);
  EXPECT_THAT(exchange.error, HasSubstr("within 20 ms"));
  EXPECT_EQ(get().kind, Kind::answered) << "on a new connection";
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpTransport, SilenceInTheMiddleOfAnAnswerEndsUnknownByTheTimeout) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send(answer("1"));
    peer.read_request();
    peer.send("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{");
    peer.wait_for_close();
  });
  connect_to(server.url());
  EXPECT_EQ(get().kind, Kind::answered);
  const Exchange exchange = post("{}", std::chrono::milliseconds{20});
  EXPECT_EQ(exchange.kind, Kind::unknown);
  EXPECT_EQ(exchange.trouble, Trouble::timeout);
  EXPECT_EQ(exchange.response.status, 0);
}

TEST_F(HttpTransport, ARefusedConnectionSentNothing) {
  asio::io_context other;
  tcp::acceptor nobody(other);  // holds the port and does not listen
  nobody.open(tcp::v4());
  nobody.bind({asio::ip::address_v4::loopback(), 0});
  const std::string at = "127.0.0.1:" + std::to_string(nobody.local_endpoint().port());
  connect_to("http://" + at);
  const Exchange exchange = post("{}");
  EXPECT_EQ(exchange.kind, Kind::not_sent);
  EXPECT_EQ(exchange.trouble, Trouble::connect);
  EXPECT_EQ(exchange.error, "connect to " + at + ": connection refused");
  EXPECT_EQ(post("{}").kind, Kind::not_sent) << "and the place in the pool is free again";
}

TEST_F(HttpTransport, ARequestThatWouldBreakItsFrameIsAMistakeOfTheCaller) {
  connect_to("http://127.0.0.1:1");
  Request header;
  header.headers = {{"If-Match", "a\r\nX: y"}};
  EXPECT_THROW(ask(header), std::invalid_argument);
  Request target;
  target.target = "/a HTTP/1.1\r\nX: y";
  EXPECT_THROW(ask(target), std::invalid_argument);
}

TEST_F(HttpTransport, AnUnusableUrlIsRefusedAtOnce) {
  for (const std::string url :
       {"", "api.example.com", "ftp://example.com", "https://", "http://h:0", "http://h:99999",
        "https://user:secret@example.com"}) {
    try {
      connect_to(url);
      ADD_FAILURE() << url << " was accepted";
    } catch (const submission::TransportError& error) {
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("secret")));
    }
  }
}

}  // namespace
}  // namespace referrald::test
