#include "persistence/sqlite_errors.hpp"

#include <new>

#include <SQLiteCpp/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace referrald::persistence {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Kind = LedgerError::Kind;

LedgerError translated(int code, Access access) {
  try {
    translating("/var/lib/ledger.db", "take a row in", access,
                [&] { throw SQLite::Exception("the reason", code); });
  } catch (const LedgerError& error) {
    return error;
  }
  throw std::runtime_error("no error");
}

TEST(SqliteErrors, SayWhatWasDoneToWhatAndWhy) {
  EXPECT_THAT(translated(SQLITE_FULL, Access::writing).what(),
              StartsWith("ledger /var/lib/ledger.db: take a row in: the reason; make room"));
}

TEST(SqliteErrors, BecomeTheKindThatDecidesTheExitCode) {
  EXPECT_EQ(translated(SQLITE_FULL, Access::writing).kind(), Kind::cannot_write);
  EXPECT_EQ(translated(SQLITE_READONLY, Access::writing).kind(), Kind::cannot_write);
  EXPECT_EQ(translated(SQLITE_IOERR, Access::writing).kind(), Kind::cannot_write);
  EXPECT_EQ(translated(SQLITE_CANTOPEN, Access::writing).kind(), Kind::cannot_write);
  EXPECT_EQ(translated(SQLITE_IOERR, Access::reading).kind(), Kind::cannot_read);
  EXPECT_EQ(translated(SQLITE_CANTOPEN, Access::reading).kind(), Kind::cannot_read);
  EXPECT_EQ(translated(SQLITE_READONLY, Access::reading).kind(), Kind::cannot_read);
  EXPECT_EQ(translated(SQLITE_CORRUPT, Access::writing).kind(), Kind::damaged);
  EXPECT_EQ(translated(SQLITE_NOTADB, Access::reading).kind(), Kind::damaged);
  EXPECT_EQ(translated(SQLITE_BUSY, Access::writing).kind(), Kind::held);
  EXPECT_THAT(translated(SQLITE_BUSY, Access::writing).what(), HasSubstr("sqlite3"));
}

TEST(SqliteErrors, ThatAreOursAreNotTheOperators) {
  const auto translate = [](int code) {
    translating("f", "d", Access::writing, [&] { throw SQLite::Exception("reason", code); });
  };
  EXPECT_THROW(translate(SQLITE_CONSTRAINT), std::logic_error);
  EXPECT_THROW(translate(SQLITE_MISUSE), std::logic_error);
  EXPECT_THROW(translate(SQLITE_NOMEM), std::bad_alloc);
}

TEST(SqliteErrors, LeaveOtherExceptionsAlone) {
  EXPECT_THROW(translating("f", "d", Access::reading, [] { throw std::out_of_range("x"); }),
               std::out_of_range);
}

}  // namespace
}  // namespace referrald::persistence
