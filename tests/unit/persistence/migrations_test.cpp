#include "persistence/migrations.hpp"

#include <array>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>

namespace referrald::persistence {
namespace {

int version(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

class Migrations : public testing::Test {
 protected:
  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(Migrations, AreNumberedWithoutGaps) {
  int expected = 1;
  for (const auto& migration : migrations()) {
    EXPECT_EQ(migration.version, expected++);
    EXPECT_FALSE(migration.sql.empty());
  }
  EXPECT_EQ(newest_version(), expected - 1);
}

TEST_F(Migrations, BringAnEmptyDatabaseToTheNewestVersion) {
  migrate(database_, migrations());
  EXPECT_EQ(version(database_), newest_version());
  EXPECT_EQ(database_.execAndGet("SELECT count(*) FROM row").getInt(), 0);
  EXPECT_NO_THROW(migrate(database_, migrations())) << "nothing is left to do";
}

TEST_F(Migrations, AreAppliedFromTheVersionThatIsThere) {
  const std::array steps{Migration{1, "CREATE TABLE one (a)"}, Migration{2, "CREATE TABLE two (a)"},
                         Migration{3, "INSERT INTO one SELECT count(*) FROM two"}};
  migrate(database_, std::span(steps).first(1));
  EXPECT_EQ(version(database_), 1);
  migrate(database_, steps);
  EXPECT_EQ(version(database_), 3);
  EXPECT_EQ(database_.execAndGet("SELECT count(*) FROM one").getInt(), 1);
}

TEST_F(Migrations, OfWhichOneFailsLeaveTheLastCompleteVersion) {
  const std::array steps{Migration{1, "CREATE TABLE one (a)"},
                         Migration{2, "CREATE TABLE two (a); DROP TABLE one; CREATE nonsense"}};
  EXPECT_THROW(migrate(database_, steps), SQLite::Exception);
  EXPECT_EQ(version(database_), 1);
  EXPECT_TRUE(database_.tableExists("one"));
  EXPECT_FALSE(database_.tableExists("two"));
}

}  // namespace
}  // namespace referrald::persistence
