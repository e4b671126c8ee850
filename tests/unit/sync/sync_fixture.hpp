// Exports, a ledger and a Partner Center in memory, in virtual time: a test changes one side,
// syncs, and compares both.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "config/config.hpp"
#include "daemon/recording_log.hpp"
#include "daemon/sync/sync_run.hpp"
#include "daemon/sync/tenant.hpp"
#include "tests/support/partner_center_world.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {

// A row of the export that the fixture writes.
struct RowSpec {
  std::string id;
  std::string name = "Storage renewal";
  std::string deal = "private";
  std::string help = "Please help";  // co-sell: the invitation's notes
};

// Dies at a chosen piece of ledger work, as a process that is killed: nothing of it or after it is
// written.
class MortalLedger final : public sync::LedgerQueue {
 public:
  MortalLedger(std::unique_ptr<sync::LedgerQueue> inner, int lives)
      : inner_(std::move(inner)), lives_(lives) {}

  boost::asio::awaitable<void> run(sync::LedgerWork work) override;
  void post(sync::LedgerWork work, std::function<void(std::exception_ptr)> done) override;
  std::future<void> submit(sync::LedgerWork work,
                           std::function<void(std::exception_ptr)> done) override;

 private:
  sync::LedgerWork mortal(sync::LedgerWork work);

  std::unique_ptr<sync::LedgerQueue> inner_;
  int lives_;
};

class SyncTest : public ::testing::Test {
 protected:
  SyncTest();
  ~SyncTest() override;

  // Writes an export into the source's folder.
  std::filesystem::path given_export(const std::string& name, const std::vector<RowSpec>& rows);
  // Written at the present of the virtual clock.
  std::filesystem::path given_young_export(const std::string& name,
                                           const std::vector<RowSpec>& rows);
  std::filesystem::path given_file(const std::string& name, const std::string& content);

  struct Options {
    std::vector<std::filesystem::path> exports{};
    std::optional<std::uint64_t> limit{};
    bool confirm = false;
    bool without_adopt = false;
    std::optional<int> dies_after{};  // pieces of ledger work
    std::optional<std::chrono::milliseconds> drain_after{};
    // What others do to the files meanwhile: after so long; when the n-th piece of blocking work
    // (checking headers, counting for the guard, reading an export) has ended.
    std::chrono::milliseconds interfere_after{0};
    std::function<void()> interfere{};
    std::function<void(int)> after_blocking_work{};
  };
  // The ledger does not know yet whether it may send to this tenant.
  bool first_sync = false;
  // No row is passed over because it is unchanged.
  bool maps_all_rows = false;

  // Syncs to the end. nullopt when the ledger died (dies_after).
  std::optional<sync::SyncOutcome> sync(const Options& options);
  sync::SyncOutcome sync() { return *sync(Options{}); }

  // `pages`: after so many pages the command is stopped.
  sync::AdoptOutcome adopt(std::size_t pages = 1'000'000);
  sync::PullOutcome pull();
  std::unique_ptr<persistence::Ledger> writer();

  std::unique_ptr<persistence::Ledger> reader() const;
  persistence::State state_of(const std::string& id) const;

  // Every given row: one own referral; a co-sell row one for Microsoft; and no others.
  void expect_exactly_once(const std::vector<RowSpec>& rows) const;

  test::TemporaryFolder own_folder;
  std::filesystem::path folder = own_folder.path();
  config::Config config;
  RecordingLog log;
  std::unique_ptr<PartnerCenterWorld> world;
  std::unique_ptr<SignedIn> tokens;

 private:
  // The world outlives a run, and so does the time it lives in.
  boost::asio::io_context io_;
  std::unique_ptr<VirtualClock> clock_;
  std::unique_ptr<SeededRandom> random_;

 protected:
  VirtualClock& clock() { return *clock_; }
};

}  // namespace referrald::test
