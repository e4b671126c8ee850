// What the daemon shows of itself while it works.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <signal.h>

#include "tests/integration/daemon_fixture.hpp"
#include "tests/support/browser.hpp"

namespace referrald::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class RunPageIntegrationTest : public RunIntegrationTest {
 protected:
  void listen_on(std::uint16_t port, const std::string& further = {}) {
    port_ = port;
    more_ = "status_page: 127.0.0.1:" + std::to_string(port) + "\n" + further;
  }

  std::string metrics() const { return http_get(port_, "/metrics").body; }
  boost::json::object snapshot() const { return json(http_get(port_, "/snapshot.json").body); }
  bool counts(Process& daemon, const std::string& sample) const {
    return becomes(daemon, [&] { return metrics().find(sample + "\n") != std::string::npos; });
  }

  std::uint16_t port_ = 0;
};

TEST_F(RunPageIntegrationTest, TellsWhatHasBecomeOfTheRows) {
  Simulator simulator(folder, {"--quiet"});
  given_leads(3);
  fs::remove(folder / "in" / "leads.csv");
  listen_on(free_port(), "metrics: { textfile: referrald.prom }\n");
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "ready")) << daemon.err();
  EXPECT_EQ(http_get(port_, "/healthz").status, 200);
  ASSERT_TRUE(becomes(daemon, [&] { return http_get(port_, "/readyz").status == 200; }));
  drop(30, "monday.csv");
  const std::string created = "referrald_rows_total{outcome=\"created\",source=\"leads\"} ";
  ASSERT_TRUE(counts(daemon, created + "30")) << metrics();
  EXPECT_TRUE(counts(daemon, "referrald_queue_rows{state=\"synced\"} 30"));
  EXPECT_TRUE(counts(daemon, "referrald_runs_total{result=\"good\",source=\"leads\"} 1"));
  EXPECT_TRUE(counts(daemon, "referrald_requests_total{operation=\"create\",outcome=\"ok\"} 40"));
  EXPECT_THAT(metrics(), HasSubstr("referrald_last_success_timestamp_seconds{source=\"leads\"} 1"));
  EXPECT_THAT(http_get(port_, "/").body, HasSubstr("30 created"));
  EXPECT_THAT(http_get(port_, "/").body, Not(HasSubstr("example.com")));
  EXPECT_EQ(snapshot().at("now").at("doing").as_string(), "idle");
  // The same for node_exporter, and the next daemon counts on from it.
  EXPECT_TRUE(becomes(daemon, [&] {
    return content_of(folder / "referrald.prom").find(created + "30\n") != std::string::npos;
  }));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait().exit_code, 0);
  Process next(command({"run"}), folder.string());
  ASSERT_TRUE(says(next, "ready")) << next.err();
  drop(33, "tuesday.csv");
  EXPECT_TRUE(counts(next, created + "33")) << metrics();
}

TEST_F(RunPageIntegrationTest, SaysWhyNothingIsSent) {
  given_leads(3);
  auto simulator = std::make_unique<Simulator>(folder);
  listen_on(free_port());
  configure_daemon(*simulator);
  simulator.reset();
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "connection refused")) << daemon.err();
  ASSERT_TRUE(becomes(daemon, [&] { return http_get(port_, "/readyz").status == 503; }));
  EXPECT_THAT(http_get(port_, "/readyz").body, HasSubstr("connection refused"));
  EXPECT_EQ(http_get(port_, "/healthz").status, 200) << "it lives, and waits";
}

TEST_F(RunPageIntegrationTest, WorksWithoutItsPageWhereTheAddressIsTaken) {
  Simulator simulator(folder, {"--quiet"});
  given_leads(3);
  listen_on(port_of(simulator.url()));
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 4; })) << daemon.err();
  EXPECT_TRUE(says(daemon, "cannot listen on")) << daemon.err();
}

TEST_F(RunPageIntegrationTest, AReloadMovesThePageAndGoesOnCounting) {
  Simulator simulator(folder, {"--quiet"});
  given_leads(3);
  listen_on(free_port());
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  const std::string created = "referrald_rows_total{outcome=\"created\",source=\"leads\"} ";
  ASSERT_TRUE(counts(daemon, created + "3")) << daemon.err();
  const auto before = port_;
  for (int i = 0; i < 2; ++i) {
    listen_on(free_port());
    configure_daemon(simulator);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(counts(daemon, created + "3")) << daemon.err();
  }
  EXPECT_EQ(http_get(before, "/").status, 0);
  drop(6, "later.csv");
  EXPECT_TRUE(counts(daemon, created + "6")) << metrics();
}

// The page of a daemon that works, as a person sees it: live, in every size and colour.
TEST_F(RunPageIntegrationTest, ABrowserSeesTheWorkGoOn) {
  if (!Browser::program())
    GTEST_SKIP() << "SKIPPED: the daemon's page was not looked at; it needs chromium "
                    "(scripts/install-dependencies.sh test)";
  Simulator simulator(folder, {"--quiet"});
  given_leads(3);
  fs::remove(folder / "in" / "leads.csv");
  listen_on(free_port());
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "ready")) << daemon.err();
  Browser browser;
  const auto url = "http://127.0.0.1:" + std::to_string(port_) + "/";
  browser.open(url, {});
  browser.wait_until("document.getElementById('live').dataset.tone === 'live'");
  drop(90, "monday.csv");
  browser.wait_until("document.body.textContent.includes('90 created')");
  EXPECT_THAT(browser.complaints(), testing::IsEmpty());
  if (const char* shots = std::getenv("REFERRALD_SCREENSHOTS")) {
    browser.screenshot(fs::path(shots) / "daemon.png");
    browser.open(url, {.width = 360, .height = 740, .phone = true, .dark = true});
    browser.screenshot(fs::path(shots) / "daemon-phone.png");
  }
}

}  // namespace
}  // namespace referrald::test
