// What commit() promises, on a disk that counts and fails.
#include <set>

#include "tests/unit/persistence/failing_disk.hpp"
#include "tests/unit/persistence/sqlite_story.hpp"

namespace referrald::persistence {
namespace {

class SqliteDurability : public SqliteStory {
 protected:
  void SetUp() override { make_ledger(20); }
};

TEST_F(SqliteDurability, ACommitReachesTheDiskBeforeItReturns) {
  FailingDisk disk;
  open();
  for (int i = 0; i < 5; ++i) {
    ledger().begin();
    offer("new-" + std::to_string(i));
    const auto before = disk.log_syncs();
    ledger().commit();
    EXPECT_GT(disk.log_syncs(), before);
  }
  const auto before = disk.log_syncs();
  offer("alone");
  EXPECT_GT(disk.log_syncs(), before) << "without a transaction around it, it is one";
  close();
}

TEST_F(SqliteDurability, ApartItIsSyncThatWaitsForTheDisk) {
  FailingDisk disk;
  open();
  ledger().sync_apart(true);
  offer("the first one begins the log");
  for (int i = 0; i < 5; ++i) {
    const auto before = disk.log_syncs();
    offer("new-" + std::to_string(i));
    EXPECT_EQ(disk.log_syncs(), before);
    ledger().sync();
    EXPECT_GT(disk.log_syncs(), before);
  }
  ledger().sync_apart(false);
  const auto before = disk.log_syncs();
  offer("alone");
  EXPECT_GT(disk.log_syncs(), before);
  close();
}

TEST_F(SqliteDurability, NothingIsWrittenAfterASyncThatFailed) {
  FailingDisk disk;
  open();
  ledger().sync_apart(true);
  offer("a");
  ledger().sync();
  offer("b");
  disk.fail_after(0);
  EXPECT_THROW(ledger().sync(), LedgerError);
  disk.mend();
  EXPECT_THROW(offer("c"), LedgerError);
  close();
  open();
  EXPECT_TRUE(knows("a"));
  EXPECT_FALSE(knows("c"));
}

// Every write, sync and truncation of a small run fails once; what had been committed is there at
// the next start, and nothing is there that never was.
class SqliteDurabilityApart : public SqliteDurability, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(CommitOrSync, SqliteDurabilityApart, testing::Bool());

TEST_P(SqliteDurabilityApart, WhicheverOperationFailsNothingCommittedIsLost) {
  const bool apart = GetParam();
  std::set<std::string> committed, tried;
  bool whole_run = false;
  for (std::uint64_t operations = 0; !whole_run; ++operations) {
    SCOPED_TRACE("after " + std::to_string(operations) + " operations");
    ASSERT_LT(operations, 2000U);
    {
      FailingDisk disk;
      disk.fail_after(operations);
      std::vector<Intent> intents;
      try {
        open();
        ledger().sync_apart(apart);
        const std::string id = "new-" + std::to_string(operations);
        tried.insert(id);
        offer(id, std::string(9000, 'x'));
        ledger().sync();
        committed.insert(id);
        ledger().begin();
        intents = claim(1);
        ledger().commit();
        ledger().sync();
        for (const auto& intent : intents) created(intent);
        ledger().finish_run(run(), {}, 0, now());
        close();
        whole_run = !disk.failed();
      } catch (const LedgerError& error) {
        EXPECT_TRUE(disk.failed()) << error.what();
        EXPECT_EQ(error.kind(), LedgerError::Kind::cannot_write) << error.what();
      }
      close();
    }
    open();
    for (const auto& id : committed) EXPECT_TRUE(knows(id)) << id;
    Counts rows;
    ledger().list({}, [&](const RowView& row) {
      ++rows[row.state];
      if (row.external_id.starts_with("new-")) {
        EXPECT_TRUE(tried.contains(row.external_id)) << row.external_id;
      }
    });
    EXPECT_EQ(ledger().counts({}), rows);
    ledger().recover(now());
    EXPECT_EQ(verdict("row-0"), Verdict::unchanged);
    close();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(committed.size(), 10U);
}

}  // namespace
}  // namespace referrald::persistence
