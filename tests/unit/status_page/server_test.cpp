#include <boost/json.hpp>

#include "tests/unit/status_page/status_page_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using status_page::Doing;
using status_page::Limits;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// -- what is there -------------------------------------------------------------------------------

TEST_F(AStatusPage, ServesWhatItPromises) {
  EXPECT_EQ(get("/").headers["content-type"], "text/html; charset=utf-8");
  EXPECT_THAT(get("/").body, HasSubstr("Everything is as wanted."));
  EXPECT_EQ(get("/?from=bookmark").status, 200);
  EXPECT_EQ(get("/page.css").headers["content-type"], "text/css; charset=utf-8");
  EXPECT_EQ(get("/page.js").headers["content-type"], "text/javascript; charset=utf-8");
  for (const char* tone : {"calm", "attention", "trouble"})
    EXPECT_EQ(get(std::string("/icon-") + tone + ".svg").headers["content-type"], "image/svg+xml");
  EXPECT_EQ(get("/metrics").headers["content-type"], status_page::metrics_type);
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(get("/../etc/passwd").status, 404);
  EXPECT_THAT(log_.lines(), Contains(StartsWith("info status page url=\"http")).Times(0));
  EXPECT_THAT(log_.lines(),
              Contains(StartsWith(
                  "info the status page is there event=status-page-ready url=http://127.0.0.1:")));
}

TEST_F(AStatusPage, SaysTheSameAsData) {
  snapshot_ = troubled_snapshot(VirtualClock::default_start);
  const auto document = boost::json::parse(get("/snapshot.json").body);
  EXPECT_EQ(document.at("now").at("doing"), "waiting");
  EXPECT_EQ(document.at("now").at("run_id"), 56);
  EXPECT_EQ(document.at("needs_person").at("rows"), 63);
  EXPECT_EQ(document.at("needs_person").at("first").at(0).at("external_id"), "L-20418");
  EXPECT_EQ(document.at("hours").as_array().size(), 24u);
  EXPECT_EQ(document.at("sources").at(0).at("next_due"), "2026-11-22T10:03:00Z");
  EXPECT_EQ(document.at("budget").at("limit"), 5'000);
  EXPECT_EQ(document.at("ready"), false);
}

TEST_F(AStatusPage, TellsHealthByStatusAndReasons) {
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").body, "{\"status\":\"ok\"}\n");
  snapshot_.live.now.doing = Doing::waiting;
  snapshot_.live.now.reason = "connect to it: connection refused";
  advance(1s);
  EXPECT_EQ(get("/healthz").status, 200);
  const auto answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  const auto reasons = boost::json::parse(answer.body).at("reasons");
  EXPECT_EQ(reasons.at(0).at("code"), "service-waited-for");
  EXPECT_EQ(reasons.at(0).at("what"),
            "Partner Center is waited for: connect to it: connection refused.");
  snapshot_.live.beat = snapshot_.at - 3min;
  advance(1s);
  const auto hangs = get("/healthz");
  EXPECT_EQ(hangs.status, 503);
  EXPECT_EQ(boost::json::parse(hangs.body).at("reasons").as_array().size(), 1u);
  EXPECT_THAT(hangs.body, HasSubstr("loop-hangs"));
}

// -- who may ask
// -----------------------------------------------------------------------------------

TEST_F(AStatusPage, AnswersToItsOwnNamesOnly) {
  const std::string port = ":" + std::to_string(port_);
  for (const auto& name :
       {"127.0.0.1" + port, "localhost" + port, "LocalHost" + port, "[::1]" + port})
    EXPECT_EQ(get_as(name).status, 200) << name;
  // What a browser sends when somebody else's name was made to point here.
  for (const auto& name :
       {"attacker.example" + port, "127.0.0.1.attacker.example" + port, std::string("127.0.0.1"),
        std::string("localhost:1"), "localhost.attacker.example" + port, "127.0.0.2" + port,
        "0.0.0.0" + port, "user@localhost" + port, "localhost:80" + port, std::string()}) {
    const auto answer = get_as(name);
    EXPECT_EQ(answer.status, 421) << name;
    EXPECT_THAT(answer.body, Not(HasSubstr("status"))) << name;
  }
}

TEST_F(AStatusPage, WantsExactlyOneHost) {
  auto none = client();
  none.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(none.answer().status, 400);
  auto two = client();
  two.send("GET / HTTP/1.1\r\nHost: " + host() + "\r\nHost: attacker.example\r\n\r\n");
  EXPECT_EQ(two.answer().status, 400);
  auto absolute = client();
  absolute.send("GET http://attacker.example/ HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
  EXPECT_EQ(absolute.answer().status, 400);
}

TEST_F(AStatusPage, ListensOnIpv6Too) {
  given_page({}, "[::1]:0");
  WebClient six(io_, clock_, port_, "::1");
  EXPECT_EQ(six.get("/healthz", "[::1]:" + std::to_string(port_)).status, 200);
  EXPECT_THAT(page_->url(), StartsWith("http://[::1]:"));
}

TEST_F(AStatusPage, IsForThisMachineOnly) {
  for (const char* address :
       {"0.0.0.0:8321", "[::]:8321", "192.0.2.1:8321", "example.com:8321", "8321"})
    EXPECT_THROW(given_page({}, address), status_page::ListenError) << address;
}

TEST_F(AStatusPage, SaysWhenItsPortIsTaken) {
  const std::string taken = host();
  status_page::StatusPage second(
      io_.get_executor(), clock_, log_, taken, [this] { return snapshot_; }, metrics_);
  try {
    second.start();
    FAIL() << "it listens";
  } catch (const status_page::ListenError& error) {
    EXPECT_EQ(std::string(error.what()), "status_page: cannot listen on 127.0.0.1 port " +
                                             std::to_string(port_) + ": Address already in use");
  }
}

// -- what may be asked
// -----------------------------------------------------------------------------

TEST_F(AStatusPage, CanOnlyBeRead) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"}) {
    auto peer = client();
    peer.send(std::string(method) + " / HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
    const auto answer = peer.answer();
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD") << method;
  }
}

TEST_F(AStatusPage, AnswersHeadWithoutABody) {
  auto peer = client();
  peer.send("HEAD / HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
  const auto head = peer.answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(std::stoul(head.headers.at("content-length")), get("/").body.size());
  // Nothing of a body is in the way of the next answer.
  EXPECT_EQ(peer.get("/healthz", host()).body, "{\"status\":\"ok\"}\n");
}

TEST_F(AStatusPage, KeepsAConnectionForSeveralRequests) {
  auto peer = client();
  peer.send(request("/healthz") + request("/readyz") + request("/nothing"));
  EXPECT_EQ(peer.answer().status, 200);
  EXPECT_EQ(peer.answer().status, 200);
  EXPECT_EQ(peer.answer().status, 404);
  EXPECT_EQ(page_->connections(), 1u);
  auto old = client();
  old.send("GET /healthz HTTP/1.0\r\nHost: " + host() + "\r\n\r\n");
  EXPECT_EQ(old.answer().headers.at("connection"), "close");
  EXPECT_TRUE(old.closed());
}

TEST_F(AStatusPage, RefusesWhatIsTooMuchOrNoRequest) {
  auto large = client();
  large.send("GET / HTTP/1.1\r\nHost: " + host() + "\r\nX: " + std::string(20'000, 'x'));
  EXPECT_EQ(large.answer().status, 431);
  auto body = client();
  body.send("GET / HTTP/1.1\r\nHost: " + host() + "\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(body.answer().status, 413);
  auto chunked = client();
  chunked.send("GET / HTTP/1.1\r\nHost: " + host() +
               "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.answer().status, 413);
  for (const char* noise : {"\x16\x03\x01\x02\x01\x01", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                            "GET / HTTP/1.1\r\nHost : x\r\n\r\n"}) {
    auto peer = client();
    peer.send(std::string(noise) + "\r\n\r\n");
    const int status = peer.answer().status;
    EXPECT_THAT(status, testing::AnyOf(400, 505)) << noise;
  }
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(AStatusPage, ForbidsABrowserWhateverThePageDoesNotNeed) {
  for (const char* path : {"/", "/metrics", "/nothing", "/snapshot.json", "/page.js"}) {
    const auto answer = get(path);
    const std::string policy = answer.headers.at("content-security-policy");
    EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'self'; style-src 'self'"))
        << path;
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.headers.at("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.headers.at("cross-origin-resource-policy"), "same-origin");
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
    EXPECT_FALSE(answer.headers.contains("access-control-allow-origin"));
  }
}

// -- those who take their time
// ---------------------------------------------------------------------

TEST_F(AStatusPage, LetsGoOfAClientThatNeverAsks) {
  auto silent = client();
  advance(59s);
  EXPECT_FALSE(silent.closed());
  advance(1s);
  EXPECT_TRUE(silent.closed());
  EXPECT_EQ(page_->connections(), 0u);
}

TEST_F(AStatusPage, LetsGoOfAClientThatAsksByteByByte) {
  auto slow = client();
  slow.send("GET / HT");
  for (int second = 0; second < 9; ++second) {
    advance(1s);
    slow.send("T");
    EXPECT_FALSE(slow.closed()) << second;
  }
  advance(1s);
  EXPECT_TRUE(slow.closed());
}

TEST_F(AStatusPage, LetsGoOfAClientThatDoesNotTakeItsAnswers) {
  auto deaf = client();
  // More answers than the system's buffers hold.
  for (int i = 0; i < 40; ++i) {
    std::string requests;
    for (int j = 0; j < 50; ++j) requests += request("/");
    deaf.send(requests.substr(0, 4'000));
    if (page_->connections() == 0) break;
  }
  EXPECT_EQ(get("/healthz").status, 200);  // nobody else waits
  advance(10s);
  EXPECT_EQ(page_->connections(), 0u);
}

TEST_F(AStatusPage, DropsWhoWasSilentLongestWhenThereAreTooMany) {
  Limits few;
  few.connections = 3;
  given_page(few);
  auto first = client();
  advance(1s);
  auto second = client();
  advance(1s);
  auto third = client();
  EXPECT_EQ(first.get("/healthz", host()).status, 200);
  auto fourth = client();
  EXPECT_TRUE(second.closed());
  EXPECT_EQ(fourth.get("/healthz", host()).status, 200);
  EXPECT_EQ(first.get("/healthz", host()).status, 200);
  EXPECT_EQ(page_->connections(), 3u);
}

TEST_F(AStatusPage, AsksForTheStateTwiceASecondHoweverManyAsk) {
  for (int i = 0; i < 50; ++i) (void)get(i % 2 == 0 ? "/" : "/metrics");
  EXPECT_EQ(asked_, 1);
  advance(500ms);
  (void)get("/snapshot.json");
  EXPECT_EQ(asked_, 2);
}

TEST_F(AStatusPage, IsNotAskedWhileNobodyLooks) {
  advance(std::chrono::hours{24});
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(clock_.next_expiry(), std::nullopt);
}

// -- events
// -----------------------------------------------------------------------------------------

TEST_F(AStatusPage, TellsAllAtFirstAndThenWhatHasChanged) {
  auto browser = client();
  browser.send(request("/events"));
  const auto head = browser.until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Security-Policy: "));
  const auto all = browser.until("\n\n");
  EXPECT_THAT(all, StartsWith("event: sections\ndata: {"));
  for (const char* id :
       {"verdict", "now", "rows", "needs", "day", "sources", "budget", "sign-in", "runs"})
    EXPECT_THAT(all, HasSubstr("\"" + std::string(id) + "\":\"<section id=\\\"" + id)) << id;
  snapshot_.budget.used = 1'213;
  advance(1s);
  const auto event = browser.until("\n\n");
  const auto data = boost::json::parse(event.substr(event.find('{'))).at("sections").as_object();
  EXPECT_EQ(data.size(), 1u);
  EXPECT_THAT(std::string(data.at("budget").as_string()), HasSubstr("3,787"));
}

TEST_F(AStatusPage, BeatsWhileNothingChanges) {
  auto browser = client();
  browser.send(request("/events"));
  (void)browser.until("\n\n");
  for (int second = 0; second < 15; ++second) advance(1s);
  EXPECT_EQ(browser.until("\n\n"), "event: beat\ndata:\n\n");
}

TEST_F(AStatusPage, NoticesABrowserThatHasGone) {
  {
    auto browser = client();
    browser.send(request("/events"));
    (void)browser.until("\n\n");
    EXPECT_EQ(page_->connections(), 1u);
  }
  advance(1s);
  EXPECT_EQ(page_->connections(), 0u);
}

TEST_F(AStatusPage, LimitsStreamsInNumberAndInTime) {
  Limits few;
  few.streams = 1;
  few.stream = 5min;
  given_page(few);
  auto first = client();
  first.send(request("/events"));
  (void)first.until("\n\n");
  auto second = client();
  second.send(request("/events"));
  EXPECT_EQ(second.answer().status, 503);
  for (int second_of = 0; second_of < 301; ++second_of) advance(1s);
  EXPECT_TRUE(first.closed());
  auto third = client();
  third.send(request("/events"));
  EXPECT_THAT(third.until("\n\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AStatusPage, LetsGoOfABrowserThatDoesNotTakeItsEvents) {
  auto deaf = client();
  deaf.send(request("/events"));
  run_ready(io_, clock_);
  // Each second all of a large table changes, until no buffer takes more.
  for (int second = 0; second < 2'000 && page_->connections() > 0; ++second) {
    status_page::NeedsPerson row;
    row.external_id = std::string(60'000, static_cast<char>('a' + second % 26));
    snapshot_.ledger.needing = 1;
    snapshot_.ledger.needs_person = {row};
    advance(1s);
  }
  EXPECT_EQ(page_->connections(), 0u);
}

TEST_F(AStatusPage, EndsWithEverythingThatIsOpen) {
  auto silent = client();
  auto browser = client();
  browser.send(request("/events"));
  (void)browser.until("\n\n");
  page_->stop();
  run_ready(io_, clock_);
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(browser.closed());
  EXPECT_EQ(page_->connections(), 0u);
  EXPECT_EQ(clock_.next_expiry(), std::nullopt);
}

}  // namespace
}  // namespace referrald::test
