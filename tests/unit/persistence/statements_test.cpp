#include "persistence/statements.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "persistence/migrations.hpp"
#include "persistence/statement_texts.hpp"

namespace referrald::persistence {
namespace {

class StatementsTest : public testing::Test {
 protected:
  void SetUp() override { migrate(database_, migrations()); }

  bool any_busy() {
    for (sqlite3_stmt* each = sqlite3_next_stmt(database_.getHandle(), nullptr); each != nullptr;
         each = sqlite3_next_stmt(database_.getHandle(), each)) {
      if (sqlite3_stmt_busy(each) != 0) return true;
    }
    return false;
  }

  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  Statements statements_{database_};
};

TEST_F(StatementsTest, AllFitTheNewestSchema) {
  for (int query = 0; query < static_cast<int>(Query::count_); ++query) {
    EXPECT_NO_THROW(statements_.lend(static_cast<Query>(query)))
        << statement_text(static_cast<Query>(query));
  }
}

// One that was stepped once and not reset would keep the log from ever being emptied.
TEST_F(StatementsTest, AreResetWhenTheyComeBack) {
  for (const char* name : {"a", "b"}) {
    statements_.lend(Query::add_source).bind_text(name).run();
  }
  {
    Lent source = statements_.lend(Query::source);
    ASSERT_TRUE(source.bind_text("a").step());
    EXPECT_TRUE(any_busy());
  }
  EXPECT_FALSE(any_busy());
}

TEST_F(StatementsTest, ForgetWhatWasBound) {
  statements_.lend(Query::add_source).bind_text("a").run();
  { statements_.lend(Query::source).bind_text("a"); }
  Lent source = statements_.lend(Query::source);
  EXPECT_FALSE(source.step()) << "nothing is bound, so nothing is found";
}

TEST_F(StatementsTest, AreLentOnceAtATime) {
  {
    const Lent first = statements_.lend(Query::source);
    EXPECT_THROW(statements_.lend(Query::source), std::logic_error);
  }
  EXPECT_NO_THROW(statements_.lend(Query::source));
}

TEST_F(StatementsTest, ComeBackAfterAFailure) {
  statements_.lend(Query::add_source).bind_text("a").run();
  EXPECT_THROW(statements_.lend(Query::add_source).bind_text("a").run(), SQLite::Exception);
  EXPECT_NO_THROW(statements_.lend(Query::add_source).bind_text("b").run());
}

}  // namespace
}  // namespace referrald::persistence
