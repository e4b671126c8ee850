#include "persistence/migrations.hpp"

#include <array>
#include <string>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include "ledger_migrations.hpp"

namespace referrald::persistence {
namespace {

constexpr std::array embedded{
    Migration{1, ledger_sql::m0001_ledger},
};

}  // namespace

std::span<const Migration> migrations() {
  return embedded;
}

int newest_version() {
  return embedded.back().version;
}

void migrate(SQLite::Database& database, std::span<const Migration> migrations) {
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  for (const auto& migration : migrations) {
    if (migration.version <= version) continue;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(migration.sql));
    database.exec("PRAGMA user_version = " + std::to_string(migration.version));
    transaction.commit();
  }
}

}  // namespace referrald::persistence
