// Several exchanges at once, and the end of a transport.
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/submission/http_transport_fixture.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;

using HttpTransportPool = HttpTransportTest;

TEST_F(HttpTransportPool, NoMoreConnectionsThanAllowedAndTheOthersInTurn) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url(), 2);
  std::vector<std::shared_ptr<std::optional<Exchange>>> places;
  for (int i = 0; i < 20; ++i) {
    Request request;
    request.target = "/" + std::to_string(i);
    places.push_back(begin(std::move(request)));
  }
  io_.restart();
  for (const auto& place : places) {
    while (!place->has_value()) io_.run_one();
  }
  for (const auto& place : places) EXPECT_EQ((*place)->kind, Kind::answered);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpTransportPool, ExchangesWaitForTheOneConnectionInTheirOrder) {
  LoopbackServer server([](Peer& peer) {
    // Each second connection breaks; those who wait must get another one.
    while (peer.read_request()) {
      peer.send(answer("x"));
      if (peer.number() % 2 == 0) return;
    }
  });
  connect_to(server.url(), 1);
  std::vector<std::shared_ptr<std::optional<Exchange>>> places;
  for (int i = 0; i < 5; ++i) {
    Request request;
    request.target = "/" + std::to_string(i);
    places.push_back(begin(std::move(request)));
  }
  io_.restart();
  while (!places.back()->has_value()) io_.run_one();
  std::vector<std::string> order;
  for (const auto& request : server.requests()) order.push_back(request.substr(4, 2));
  EXPECT_EQ(order, (std::vector<std::string>{"/0", "/1", "/2", "/3", "/4"}));
}

TEST_F(HttpTransportPool, ARequestThatMayNotLeaveLeavesItsConnectionToTheNext) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url(), 1);
  int asked = 0;
  const auto held = [&](bool leaves) {
    Request request;
    request.target = leaves ? "/leaves" : "/stays";
    request.may_leave = [&asked, leaves] {
      ++asked;
      return leaves;
    };
    return ask(std::move(request));
  };
  // On a connection that was opened for it, on one that was kept, and behind an exchange.
  for (const bool leaves : {false, false, true, false, true}) {
    const auto result = held(leaves);
    EXPECT_EQ(result.kind, leaves ? Kind::answered : Kind::not_sent);
    EXPECT_EQ(result.trouble, Exchange::Trouble::none);
  }
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(server.connections(), 1);
  ASSERT_EQ(server.requests().size(), 2U);
  for (const auto& request : server.requests()) EXPECT_TRUE(request.starts_with("GET /leaves"));
}

TEST_F(HttpTransportPool, ARequestIsNotAskedWhetherItLeavesWithoutAConnection) {
  connect_to("http://127.0.0.1:1", 1);
  Request request;
  request.may_leave = [] {
    ADD_FAILURE() << "there is no connection";
    return true;
  };
  EXPECT_EQ(ask(std::move(request)).kind, Kind::not_sent);
}

TEST_F(HttpTransportPool, WhoWaitsIsServedWhenTheConnectionOfAnotherFails) {
  LoopbackServer server([](Peer& peer) {
    const auto request = peer.read_request();
    if (!request || request->starts_with("GET /bad")) return;
    peer.send(answer("good"));
    peer.wait_for_close();
  });
  connect_to(server.url(), 1);
  Request bad;
  bad.target = "/bad";
  Request good;
  good.target = "/good";
  const auto first = begin(std::move(bad));
  const auto second = begin(std::move(good));
  io_.restart();
  while (!second->has_value()) io_.run_one();
  EXPECT_EQ((*first)->kind, Kind::unknown);
  EXPECT_EQ((*second)->response.body, "good");
}

TEST_F(HttpTransportPool, AConnectionIdleForTooLongIsNotUsedAgain) {
  LoopbackServer server(answer_by_number);
  HttpOptions options;
  options.url = server.url();
  options.idle_limit = std::chrono::milliseconds{0};
  connect_with(options);
  EXPECT_EQ(get().response.body, "1.1");
  EXPECT_EQ(get().response.body, "2.1");
}

TEST_F(HttpTransportPool, CloseLeavesNothingToWaitFor) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.send(answer("1"));
    peer.wait_for_close();
  });
  connect_to(server.url());
  get();
  spawn(io_.get_executor(), transport_->close());
  run_until_no_connection_is_left();
}

TEST_F(HttpTransportPool, MayBeDestroyedWithIdleConnections) {
  LoopbackServer server(answer_by_number);
  connect_to(server.url());
  get();
  transport_.reset();
  run_until_no_connection_is_left();
}

TEST_F(HttpTransportPool, AnExchangeUnderWayMayBeAbandonedWithItsContext) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_for_close();
  });
  connect_to(server.url());
  begin(Request{});
  io_.restart();
  while (server.requests().empty()) io_.poll();
}

}  // namespace
}  // namespace referrald::test
