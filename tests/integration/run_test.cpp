// The daemon itself: real folders, real signals, a real ledger and the simulator.
#include <fstream>

#include <gmock/gmock.h>
#include <signal.h>

#include "tests/integration/daemon_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

TEST_F(RunIntegrationTest, TakesWhatIsDroppedAndStopsWhenTold) {
  Simulator simulator(folder);
  given_leads(3);
  fs::remove(folder / "in" / "leads.csv");
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "ready")) << daemon.err();
  drop(30, "monday.csv");
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 40; })) << daemon.err();
  drop(33, "tuesday.csv");
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 44; })) << daemon.err();
  daemon.signal(SIGTERM);
  const auto ended = daemon.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json(referrald({"sync", "--json"}).out).at("requests").as_int64(), 0);
}

TEST_F(RunIntegrationTest, CommandsCanUseTheLedgerBetweenItsSyncs) {
  Simulator simulator(folder);
  given_leads(9);
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 12; })) << daemon.err();
  ASSERT_TRUE(becomes(daemon, [&] { return referrald({"sync"}).exit_code == 0; }));
}

TEST_F(RunIntegrationTest, ASecondDaemonOfTheLedgerIsSentAway) {
  Simulator simulator(folder);
  given_leads(1);
  configure_daemon(simulator);
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "ready")) << daemon.err();
  const auto second = referrald({"run"});
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_THAT(second.err, HasSubstr(std::to_string(daemon.pid())));
}

TEST_F(RunIntegrationTest, WithoutASignInItEndsAtOnce) {
  Simulator simulator(folder);
  given_leads(1);
  configure_daemon(simulator);
  fs::remove(folder / "refresh-token");
  const auto ended = referrald({"run"});
  EXPECT_EQ(ended.exit_code, 77);
  EXPECT_THAT(ended.err, HasSubstr("referrald login"));
}

TEST_F(RunIntegrationTest, AWrongConfigurationIsSentAwayAndAReloadedOneChangesNothing) {
  Simulator simulator(folder);
  given_leads(3);
  configure_daemon(simulator);
  const auto good = content_of(folder / "referrald.yaml");
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "ready")) << daemon.err();
  write("referrald.yaml", good + "colour: blue\n");
  EXPECT_EQ(referrald({"run"}).exit_code, 78);
  daemon.signal(SIGHUP);
  ASSERT_TRUE(says(daemon, "the old one stays in force")) << daemon.err();
  EXPECT_THAT(daemon.err(), HasSubstr("colour"));
  drop(6, "later.csv");
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 8; })) << daemon.err();
  write("referrald.yaml", good);
  daemon.signal(SIGHUP);
  ASSERT_TRUE(says(daemon, "going on with the new configuration")) << daemon.err();
  drop(9, "last.csv");
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == 12; })) << daemon.err();
}

TEST_F(RunIntegrationTest, KilledAndStartedAgainItMakesNoDuplicate) {
  constexpr std::size_t rows = 300;
  Simulator simulator(folder, {"--drop-after", "0.1", "--seed", "5"});
  given_leads(rows);
  configure_daemon(simulator);
  for (std::size_t seen : {20, 60, 120}) {
    Process daemon(command({"run"}), folder.string());
    ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() >= seen; }));
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(becomes(daemon, [&] { return simulator.referrals().size() == rows / 3 * 4; }))
      << simulator.referrals().size();
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait().exit_code, 0);
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
  EXPECT_EQ(simulator.referrals().size(), rows / 3 * 4);
}

TEST_F(RunIntegrationTest, AServiceThatIsDownIsWaitedForAndOneMessageSaysSo) {
  given_leads(3);
  auto simulator = std::make_unique<Simulator>(folder);
  configure_daemon(*simulator);
  simulator.reset();
  Process daemon(command({"run"}), folder.string());
  ASSERT_TRUE(says(daemon, "connection refused")) << daemon.err();
  EXPECT_FALSE(daemon.wait_for(200ms)) << "it goes on waiting";
  daemon.signal(SIGTERM);
  const auto ended = daemon.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

}  // namespace
}  // namespace referrald::test
