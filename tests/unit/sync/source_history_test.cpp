#include "daemon/sync/source_history.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;

class SourceHistoryTest : public SyncTest {
 protected:
  sync::SourceHistory history(std::string_view source = "leads") {
    return sync::history_of(*reader(), source);
  }
};

TEST_F(SourceHistoryTest, IsEmptyBeforeTheFirstRun) {
  (void)writer();
  EXPECT_FALSE(history().last.has_value());
  EXPECT_FALSE(history().last_success.has_value());
}

TEST_F(SourceHistoryTest, KnowsTheLastRunAndTheLastSuccess) {
  given_export("leads.csv", {{.id = "a"}});
  ASSERT_EQ(sync().exit, Exit::ok);
  const auto after_success = history();
  ASSERT_TRUE(after_success.last.has_value());
  EXPECT_EQ(after_success.last->exit, Exit::ok);
  EXPECT_EQ(after_success.last_success, after_success.last->finished);
  clock().advance(1h);
  given_file("leads.csv", "Identifier,Name\r\n1,x\r\n");  // not what the mapping wants
  ASSERT_EQ(sync().exit, Exit::invalid);
  const auto after_failure = history();
  EXPECT_EQ(after_failure.last->exit, Exit::invalid);
  EXPECT_GE(after_failure.last->finished - after_success.last->finished, 1h);
  EXPECT_EQ(after_failure.last_success, after_success.last_success);
}

// The run that sends what was left has no export of the source.
TEST_F(SourceHistoryTest, ASourceWhoseRowsAreSentLaterHasCaughtUp) {
  given_export("leads.csv", {{.id = "a"}});
  world->fault = [](const auto&) { return Fault::status_503; };
  config.submission.retry.attempts = 1;
  ASSERT_NE(sync().exit, Exit::ok);
  ASSERT_FALSE(sync::is_success(history().last->exit));
  world->fault = [](const auto&) { return Fault::none; };
  std::filesystem::remove(folder / "in" / "leads.csv");
  clock().advance(1h);
  ASSERT_EQ(sync().exit, Exit::ok);
  EXPECT_TRUE(sync::is_success(history().last->exit));
  EXPECT_TRUE(history().last_success.has_value());
}

TEST_F(SourceHistoryTest, TakesRowsThatNeedAPersonForNoFailure) {
  given_export("leads.csv", {{.id = "a"}, {.id = ""}});
  ASSERT_EQ(sync().exit, Exit::needs_person);
  EXPECT_TRUE(history().last_success.has_value());
}

TEST_F(SourceHistoryTest, OutlivesTheListOfRuns) {
  given_export("leads.csv", {{.id = "a"}});
  (void)sync();
  given_file("leads.csv", "Identifier,Name\r\n1,x\r\n");
  (void)sync();
  const auto ledger = writer();
  ledger->begin();
  ledger->prune(clock().wall() + 1h);
  ledger->commit();
  EXPECT_EQ(ledger->runs(9).size(), 1u);  // that failed
  EXPECT_TRUE(sync::history_of(*ledger, "leads").last_success.has_value());
}

TEST_F(SourceHistoryTest, PassesOverWhatItCannotRead) {
  const auto ledger = writer();
  ledger->begin();
  ledger->set_note("source.leads.last_run", "yesterday");
  ledger->set_note("source.leads.last_success", "x");
  ledger->commit();
  EXPECT_FALSE(sync::history_of(*ledger, "leads").last.has_value());
  EXPECT_FALSE(sync::history_of(*ledger, "leads").last_success.has_value());
}

}  // namespace
}  // namespace referrald::test
