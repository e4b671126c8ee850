// The promise itself, on the real programs: whatever the service does to requests and whenever the
// process is killed, every row ends as exactly one referral.
#include <map>
#include <random>

#include <signal.h>

#include "tests/integration/setting.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;

class CrashIntegrationTest : public IntegrationTest {
 protected:
  void expect_exactly_once(const Simulator& simulator, std::size_t rows) const {
    std::map<std::string, int> own;              // by externalReferenceId
    std::map<std::string, std::string> engaged;  // externalReferenceId to engagement
    std::map<std::string, int> microsofts;       // by engagement
    for (const auto& referral : simulator.referrals()) {
      const std::string engagement(referral.at("engagementId").as_string());
      const auto* external = referral.if_contains("externalReferenceId");
      if (external == nullptr || !external->is_string() || external->as_string().empty()) {
        ++microsofts[engagement];
        continue;
      }
      const std::string id(external->as_string());
      ++own[id];
      engaged[id] = engagement;
    }
    EXPECT_EQ(own.size(), rows);
    std::size_t co_sell = 0;
    for (const auto& [id, count] : own) {
      EXPECT_EQ(count, 1) << id;
      const bool wants = std::stoul(id.substr(id.size() - 12)) % 3 == 0;
      co_sell += wants ? 1 : 0;
      EXPECT_EQ(microsofts[engaged[id]], wants ? 1 : 0) << id;
    }
    std::size_t all = 0;
    for (const auto& [engagement, count] : microsofts) all += static_cast<std::size_t>(count);
    EXPECT_EQ(all, co_sell);
  }
};

TEST_F(CrashIntegrationTest, FiftyKillsAndAMisbehavingServiceLeaveExactlyOneReferralForEachRow) {
  constexpr std::size_t rows = 600;
  Simulator simulator(folder, {"--seed", "1", "--drop-after", "0.2", "--gateway-timeout", "0.2",
                               "--truncate", "0.2", "--quiet"});
  configure({.url = simulator.url()});
  given_leads(rows);
  std::mt19937 random(20261122);
  std::uniform_int_distribution<int> moment(5, 120);
  int kills = 0;
  while (kills < 50) {
    Process sync(command({"sync", "--no-progress"}), folder.string());
    if (const auto ended = sync.wait_for(std::chrono::milliseconds{moment(random)})) {
      // It came to its end before; what is killed next is a sync with nothing, or little, to do.
      ASSERT_TRUE(ended->exit_code == 0 || ended->exit_code == 2 || ended->exit_code == 69)
          << ended->err;
    } else {
      sync.signal(SIGKILL);
      sync.wait();
    }
    ++kills;
  }
  Ended last;
  for (int i = 0; i < 50; ++i) {
    last = referrald({"sync", "--no-progress"});
    if (last.exit_code == 0) break;
  }
  EXPECT_EQ(last.exit_code, 0) << last.out << last.err;
  expect_exactly_once(simulator, rows);
  const auto again = json(referrald({"sync", "--json"}).out);
  EXPECT_EQ(again.at("unchanged").as_int64(), static_cast<std::int64_t>(rows));
  EXPECT_EQ(again.at("requests").as_int64(), 0);
}

TEST_F(CrashIntegrationTest, TheFirstSignalDrainsAndTheNextSyncGoesOn) {
  constexpr std::size_t rows = 300;
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(),
             .submission = "  rate: 200/s\n  burst: 1\n  connections: 4\n  timeout: 10s\n"});
  given_leads(rows);
  Process sync(command({"sync", "--no-progress"}), folder.string());
  while (simulator.referrals().size() < 20) {
    ASSERT_FALSE(sync.wait_for(5ms).has_value());
  }
  sync.signal(SIGTERM);
  const auto ended = sync.wait();
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  const auto status = json(referrald({"status", "--json"}).out);
  const auto rest = referrald({"sync", "--no-progress", "--json"});
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  EXPECT_EQ(json(rest.out).at("in_doubt").as_int64(), 0);
  expect_exactly_once(simulator, rows);
}

TEST_F(CrashIntegrationTest, ASecondProcessIsToldWhoHoldsTheLedger) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url(), .submission = "  rate: 1/s\n  burst: 1\n  connections: 1\n"});
  given_leads(50);
  Process first(command({"sync", "--no-progress"}), folder.string());
  while (simulator.referrals().empty()) {
    ASSERT_FALSE(first.wait_for(5ms).has_value());
  }
  const auto second = referrald({"sync"});
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_NE(second.err.find(std::to_string(first.pid())), std::string::npos) << second.err;
  EXPECT_EQ(referrald({"status"}).exit_code, 0);
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait().exit_code, 2);
}

}  // namespace
}  // namespace referrald::test
